//! The envelope of an answer: finds `data` and `meta` without decoding them.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::legible::is_legible;
use super::scan;

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

#[derive(Deserialize)]
struct Parts<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    meta: Option<&'a RawValue>,
}

/// Keeps `null` apart from an absent field.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl Envelope {
    /// Reads a body, if it is a JSON object that every language reads alike.
    pub(crate) fn read(body: Bytes) -> Result<Self, Fault> {
        if let Some(scan::Parts { data, meta }) = scan::parts(&body) {
            return Ok(Self { body, data, meta });
        }
        let fault = match Self::ranges(&body) {
            Ok((data, meta)) => return Ok(Self { body, data, meta }),
            Err(fault) => fault,
        };
        // The server has been seen to send raw control characters inside strings.
        let body = escape_controls(&body).ok_or(fault)?;
        let (data, meta) = Self::ranges(&body)?;
        Ok(Self { body, data, meta })
    }

    /// Whether the data is an array.
    pub(crate) fn is_list(&self) -> bool {
        self.data.as_ref().is_some_and(|data| self.body[data.start] == b'[')
    }

    #[expect(clippy::type_complexity, reason = "a pair of ranges, used once")]
    fn ranges(body: &Bytes) -> Result<(Option<Range<usize>>, Option<Range<usize>>), Fault> {
        let is_json =
            || std::str::from_utf8(body).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
        let or = |fault: Fault| if is_json() { fault } else { Fault::NoJson };
        // A struct may also be read from an array, which is no envelope.
        if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
            return Err(or(Fault::NoObject));
        }
        let parts: Parts<'_> = serde_json::from_slice(body).map_err(|_| or(Fault::Illegible))?;
        if ![parts.data, parts.meta].iter().flatten().all(|part| is_legible(part.get())) {
            return Err(Fault::Illegible);
        }
        let range = |part: &RawValue| {
            let start = part.get().as_ptr().addr() - body.as_ptr().addr();
            start..start + part.get().len()
        };
        Ok((parts.data.map(range), parts.meta.map(range)))
    }
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
