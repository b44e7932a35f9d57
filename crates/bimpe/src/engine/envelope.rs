//! The envelope of an answer: finds `data` and `meta` without decoding them.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::legible::is_legible;
use super::scan;

/// Where the parts of an envelope lie in its body.
pub(crate) struct Envelope {
    pub(crate) body: Bytes,
    pub(crate) data: Option<Range<usize>>,
    pub(crate) meta: Option<Range<usize>>,
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
    /// Reads a body; `None` if it is not a JSON object that every language reads alike.
    pub(crate) fn read(body: Bytes) -> Option<Self> {
        if let Some(scan::Parts { data, meta }) = scan::parts(&body) {
            return Some(Self { body, data, meta });
        }
        if let Some(found) = Self::ranges(&body) {
            let (data, meta) = found;
            return Some(Self { body, data, meta });
        }
        // The server has been seen to send raw control characters inside strings.
        let body = escape_controls(&body)?;
        let (data, meta) = Self::ranges(&body)?;
        Some(Self { body, data, meta })
    }

    /// Whether the data is an array.
    pub(crate) fn is_list(&self) -> bool {
        self.data.as_ref().is_some_and(|data| self.body[data.start] == b'[')
    }

    #[expect(clippy::type_complexity, reason = "a pair of ranges, used once")]
    fn ranges(body: &Bytes) -> Option<(Option<Range<usize>>, Option<Range<usize>>)> {
        // A struct may also be read from an array, which is no envelope.
        body.iter().find(|byte| !byte.is_ascii_whitespace()).filter(|byte| **byte == b'{')?;
        let parts: Parts<'_> = serde_json::from_slice(body).ok()?;
        let parts_are_legible = [parts.data, parts.meta].iter().flatten().all(|part| is_legible(part.get()));
        if !parts_are_legible {
            return None;
        }
        let range = |part: &RawValue| {
            let start = part.get().as_ptr().addr() - body.as_ptr().addr();
            start..start + part.get().len()
        };
        Some((parts.data.map(range), parts.meta.map(range)))
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
        let envelope = Envelope::read(Bytes::from_static(body.as_bytes()))?;
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
    fn refuses_what_is_no_object() {
        for body in ["", "[]", "\"text\"", "{\"data\":1", "{\"data\":1} x", "<html>"] {
            assert!(Envelope::read(Bytes::from_static(body.as_bytes())).is_none(), "{body}");
        }
    }

    #[test]
    fn mends_raw_control_characters_inside_strings_only() {
        assert_eq!(data("{\n\"data\": \"a\nb\tc\\\"\u{1}\"}").as_deref(), Some(r#""a\nb\tc\"\u0001""#));
    }
}
