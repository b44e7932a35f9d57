//! The envelope of a response: finds `data` and `meta` without decoding them.

use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use serde::de::IgnoredAny;

use super::interoperable::BYTE_ORDER_MARK;
use super::json::{JsonError, Kind, Reader, repaired};

/// A body, and the ranges of its parts.
pub(crate) struct Envelope {
    pub(crate) body: Bytes,
    pub(crate) data: Option<Range<usize>>,
    pub(crate) meta: Option<Range<usize>>,
}

/// Why a body is no envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EnvelopeError {
    InvalidJson,
    NotAnObject,
    MissingData,
    DataNotAList,
    /// Languages decode it differently, or refuse it.
    NotInteroperable,
    NotAnEventStream,
}

/// The end of a sentence about the response.
impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidJson => "is not JSON",
            Self::NotAnObject => "is JSON, but not an object with `data`",
            Self::MissingData => "is a JSON object without `data`",
            Self::DataNotAList => "is a JSON object without a list in `data`",
            Self::NotInteroperable => {
                "is JSON that cannot be read alike in all languages: it has a number that is too large, or is nested \
                 too deep"
            }
            Self::NotAnEventStream => "is not a stream of events",
        })
    }
}

impl Envelope {
    /// Reads a body, if it is a JSON object that every language reads alike.
    pub(crate) fn read(mut body: Bytes) -> Result<Self, EnvelopeError> {
        if body.starts_with(BYTE_ORDER_MARK.as_bytes()) {
            body = body.slice(BYTE_ORDER_MARK.len()..);
        }
        let json = std::str::from_utf8(&body).map_err(|_| EnvelopeError::InvalidJson)?;
        let error = match places(json) {
            Ok((data, meta)) => return Ok(Self { body, data, meta }),
            Err(error) => error,
        };
        let json = repaired(json).ok_or(error)?;
        let (data, meta) = places(&json)?;
        Ok(Self { body: json.into(), data, meta })
    }

    /// Whether the data is an array.
    pub(crate) fn is_list(&self) -> bool {
        self.data.as_ref().is_some_and(|data| self.body[data.start] == b'[')
    }
}

/// Finds the ranges of data and meta in one pass.
#[expect(clippy::type_complexity, reason = "a pair of ranges, used once")]
fn places(json: &str) -> Result<(Option<Range<usize>>, Option<Range<usize>>), EnvelopeError> {
    let is_json = || serde_json::from_str::<IgnoredAny>(json).is_ok();
    let or = |error: EnvelopeError| if is_json() { error } else { EnvelopeError::InvalidJson };
    let mut reader = Reader::of_envelope(json);
    if reader.kind() != Ok(Kind::Object) {
        return Err(or(EnvelopeError::NotAnObject));
    }
    let (mut data, mut meta) = (None, None);
    let read = reader.fields(|reader, name| {
        let part = match name.decode().as_ref() {
            "data" => &mut data,
            "meta" => &mut meta,
            _ => return reader.skip_any(),
        };
        // The last of two counts, as in other languages.
        *part = Some(reader.skip()?);
        Ok(())
    });
    let end = read.and_then(|()| reader.end());
    let is_whole = end.map_err(|JsonError| or(EnvelopeError::NotInteroperable))?;
    if !is_whole {
        return Err(EnvelopeError::NotInteroperable);
    }
    let place = |part: &str| {
        let start = part.as_ptr().addr() - json.as_ptr().addr();
        start..start + part.len()
    };
    Ok((data.map(place), meta.filter(|meta| *meta != "null").map(place)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(body: &'static str) -> Option<String> {
        let envelope = Envelope::read(Bytes::from_static(body.as_bytes())).ok()?;
        let range = envelope.data.clone()?;
        Some(std::str::from_utf8(&envelope.body[range]).expect("UTF-8").to_owned())
    }

    #[test]
    fn data_is_found_unchanged() {
        assert_eq!(data(r#"{"message":"ok", "data" : {"a": 1e2} }"#).as_deref(), Some(r#"{"a": 1e2}"#));
        assert_eq!(data(r#"{"data":null}"#).as_deref(), Some("null"));
        assert_eq!(data(r#"{"message":"ok"}"#), None);
    }

    #[test]
    fn an_invalid_body_is_refused_with_its_reason() {
        let refused = |body: &'static [u8]| Envelope::read(Bytes::from_static(body)).err();
        for body in ["", "{\"data\":1", "{\"data\":1} x", "<html>", "{\"data\":NaN}", "[1", "{\"data\":\"\n"]
        {
            assert_eq!(refused(body.as_bytes()), Some(EnvelopeError::InvalidJson), "{body}");
        }
        assert_eq!(refused(b"{\"data\":\"\xff\"}"), Some(EnvelopeError::InvalidJson));
        for body in ["[]", "\"text\"", " 7", "null"] {
            assert_eq!(refused(body.as_bytes()), Some(EnvelopeError::NotAnObject), "{body}");
        }
        for body in [r#"{"data":1e400}"#, "{\"data\":[\"\n\",1e400]}", "{\"data\":[\"\\ud800\",1e400]}"] {
            assert_eq!(refused(body.as_bytes()), Some(EnvelopeError::NotInteroperable), "{body}");
        }
    }

    #[test]
    fn control_characters_and_lone_surrogates_are_repaired() {
        for (body, wanted) in [
            ("{\n\"data\": \"a\nb\tc\\\"\u{1}\"}", r#""a\u000ab\u0009c\"\u0001""#),
            ("\u{feff}{\"data\": \"\\ud800\"}", r#""\ufffd""#),
            ("{\"message\": \"\\ud800\", \"data\": 1}", "1"),
            ("{\"message\": \"\n\", \"x\": 1e400, \"data\": 1, \"data\": 2}", "2"),
        ] {
            assert_eq!(data(body).as_deref(), Some(wanted), "{body}");
        }
    }
}
