//! The envelope of an answer: finds `data` and `meta` without decoding them.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

use super::json::{Kind, NotJson, Reader};
use super::legible::is_legible;

/// Where the parts of an envelope lie in its body.
pub(crate) struct Envelope {
    pub(crate) body: Bytes,
    pub(crate) data: Option<Range<usize>>,
    pub(crate) meta: Option<Range<usize>>,
}

impl Envelope {
    /// Reads a body; `None` if it is not a JSON object that every language reads alike.
    pub(crate) fn read(body: Bytes) -> Option<Self> {
        if let Some((data, meta)) = places(&body) {
            return Some(Self { body, data, meta });
        }
        // The server has been seen to send raw control characters inside strings.
        let body = escape_controls(&body)?;
        let (data, meta) = places(&body)?;
        Some(Self { body, data, meta })
    }

    /// Whether the data is an array.
    pub(crate) fn is_list(&self) -> bool {
        self.data.as_ref().is_some_and(|data| self.body[data.start] == b'[')
    }
}

/// Where data and meta lie in a body, in one pass; `None` if it is not one that every language reads alike.
#[expect(clippy::type_complexity, reason = "a pair of ranges, used once")]
fn places(body: &[u8]) -> Option<(Option<Range<usize>>, Option<Range<usize>>)> {
    let json = std::str::from_utf8(body).ok()?;
    let mut reader = Reader::of_envelope(json);
    let (mut data, mut meta) = (None, None);
    if reader.kind() != Ok(Kind::Object) {
        return None;
    }
    let read = reader.fields(|reader, name| {
        let value = reader.skip()?;
        let part = match name.decode().as_deref() {
            Some("data") => &mut data,
            Some("meta") => &mut meta,
            _ => return Ok(()),
        };
        // Which of two counts is not for this reader to say.
        if part.replace(value).is_none() { Ok(()) } else { Err(NotJson) }
    });
    read.ok()?;
    let is_plain = reader.finish().ok()?;
    if !is_plain && ![data, meta].into_iter().flatten().all(is_legible) {
        return None;
    }
    let place = |part: &str| {
        let start = part.as_ptr().addr() - body.as_ptr().addr();
        start..start + part.len()
    };
    Some((data.map(place), meta.filter(|meta| *meta != "null").map(place)))
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
