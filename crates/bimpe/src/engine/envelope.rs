//! The envelope of an answer: finds `data` and `meta` without decoding them.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use serde::de::IgnoredAny;

use super::json::{Kind, NotJson, Reader};
use super::legible::is_legible;

/// Where the parts of an envelope lie in its body.
pub(crate) struct Envelope {
    pub(crate) body: Bytes,
    pub(crate) data: Option<Range<usize>>,
    pub(crate) meta: Option<Range<usize>>,
}

/// Why an answer is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    NoJson,
    NoObject,
    NoData,
    NoList,
    /// Some languages would refuse it, and others make something else of it.
    Illegible,
    NoStream,
}

impl Fault {
    /// As the end of a sentence about the answer.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::NoJson => "is not JSON",
            Self::NoObject => "is JSON, but not an object with `data`",
            Self::NoData => "is a JSON object without `data`",
            Self::NoList => "is a JSON object without a list in `data`",
            Self::Illegible => {
                "is JSON that cannot be read alike in all languages: it has a number that is too large, is nested too \
                 deep, holds half a character, or names `data` twice"
            }
            Self::NoStream => "is not a stream of events",
        }
    }
}

impl Envelope {
    /// Reads a body, if it is a JSON object that every language reads alike.
    pub(crate) fn read(body: Bytes) -> Result<Self, Fault> {
        let fault = match places(&body) {
            Ok((data, meta)) => return Ok(Self { body, data, meta }),
            Err(fault) => fault,
        };
        // The server has been seen to send raw control characters inside strings.
        let body = escape_controls(&body).ok_or(fault)?;
        let (data, meta) = places(&body)?;
        Ok(Self { body, data, meta })
    }

    /// Whether the data is an array.
    pub(crate) fn is_list(&self) -> bool {
        self.data.as_ref().is_some_and(|data| self.body[data.start] == b'[')
    }
}

/// Where data and meta lie in a body, found in one pass.
#[expect(clippy::type_complexity, reason = "a pair of ranges, used once")]
fn places(body: &[u8]) -> Result<(Option<Range<usize>>, Option<Range<usize>>), Fault> {
    let json = std::str::from_utf8(body).map_err(|_| Fault::NoJson)?;
    let is_json = || serde_json::from_str::<IgnoredAny>(json).is_ok();
    let or = |fault: Fault| if is_json() { fault } else { Fault::NoJson };
    let mut reader = Reader::of_envelope(json);
    if reader.kind() != Ok(Kind::Object) {
        return Err(or(Fault::NoObject));
    }
    let (mut data, mut meta) = (None, None);
    let read = reader.fields(|reader, name| {
        let part = match name.decode().as_deref() {
            Some("data") => &mut data,
            Some("meta") => &mut meta,
            _ => return reader.skip_any(),
        };
        // Which of two counts is not for this reader to say.
        if part.replace(reader.skip()?).is_none() { Ok(()) } else { Err(NotJson) }
    });
    let end = read.and_then(|()| reader.finish());
    let is_plain = end.map_err(|NotJson| or(Fault::Illegible))?;
    if !is_plain && ![data, meta].into_iter().flatten().all(is_legible) {
        return Err(Fault::Illegible);
    }
    let place = |part: &str| {
        let start = part.as_ptr().addr() - body.as_ptr().addr();
        start..start + part.len()
    };
    Ok((data.map(place), meta.filter(|meta| *meta != "null").map(place)))
}

/// Escapes control characters inside strings; `None` if there are none or the text is not UTF-8.
fn escape_controls(body: &[u8]) -> Option<Bytes> {
    let text = std::str::from_utf8(body).ok()?;
    let mut inside = false;
    let mut escaped = false;
    let mut changed = false;
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if inside && character < ' ' {
            out.push_str(&control(character));
            changed = true;
            escaped = false;
            continue;
        }
        match character {
            '"' if !escaped => inside = !inside,
            _ => {}
        }
        escaped = inside && character == '\\' && !escaped;
        out.push(character);
    }
    changed.then(|| Bytes::from(out))
}

fn control(character: char) -> Cow<'static, str> {
    match character {
        '\n' => Cow::Borrowed("\\n"),
        '\r' => Cow::Borrowed("\\r"),
        '\t' => Cow::Borrowed("\\t"),
        other => Cow::Owned(format!("\\u{:04x}", u32::from(other))),
    }
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
    fn finds_data_as_it_stands() {
        assert_eq!(data(r#"{"message":"ok", "data" : {"a": 1e2} }"#).as_deref(), Some(r#"{"a": 1e2}"#));
        assert_eq!(data(r#"{"data":null}"#).as_deref(), Some("null"));
        assert_eq!(data(r#"{"message":"ok"}"#), None);
    }

    #[test]
    fn says_why_it_refuses() {
        let refused = |body: &'static [u8]| Envelope::read(Bytes::from_static(body)).err();
        for body in ["", "{\"data\":1", "{\"data\":1} x", "<html>", "{\"data\":NaN}", "[1", "{\"data\":\"\n"]
        {
            assert_eq!(refused(body.as_bytes()), Some(Fault::NoJson), "{body}");
        }
        assert_eq!(refused(b"{\"data\":\"\xff\"}"), Some(Fault::NoJson));
        for body in ["[]", "\"text\"", " 7", "null"] {
            assert_eq!(refused(body.as_bytes()), Some(Fault::NoObject), "{body}");
        }
        for body in [
            r#"{"data":1e400}"#,
            r#"{"data":"\ud800"}"#,
            r#"{"data":1,"data":2}"#,
            "{\"data\":[\"\n\",1e400]}",
        ] {
            assert_eq!(refused(body.as_bytes()), Some(Fault::Illegible), "{body}");
        }
    }

    #[test]
    fn mends_raw_control_characters_inside_strings_only() {
        assert_eq!(data("{\n\"data\": \"a\nb\tc\\\"\u{1}\"}").as_deref(), Some(r#""a\nb\tc\"\u0001""#));
    }
}
