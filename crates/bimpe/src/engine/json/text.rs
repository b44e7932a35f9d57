//! Strings of a JSON text, and their decoding.

use std::borrow::Cow;

use super::scan::find_special_byte;
use super::{JsonError, Reader};

/// A string or a name in the text, with its escapes.
#[derive(Debug, Clone, Copy)]
pub struct StringSlice<'a> {
    /// The text between the quotes.
    inner: &'a str,
    escaped: bool,
}

impl<'a> StringSlice<'a> {
    /// Decodes the escapes. Half of a surrogate pair becomes U+FFFD.
    #[inline]
    pub fn decode(self) -> Cow<'a, str> {
        if self.escaped { Cow::Owned(self.unescaped()) } else { Cow::Borrowed(self.inner) }
    }

    fn unescaped(self) -> String {
        let mut decoded = String::with_capacity(self.inner.len());
        let mut rest = self.inner;
        loop {
            let (plain, escape) = rest.split_at(find_special_byte(rest.as_bytes(), 0));
            decoded.push_str(plain);
            let Some((character, length)) = unescape(escape.as_bytes()) else { return decoded };
            decoded.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
            rest = &escape[length..];
        }
    }
}

impl<'a> Reader<'a> {
    /// Reads the next string.
    #[expect(
        clippy::inline_always,
        reason = "what it gives would be passed through memory, which takes longer than to read it"
    )]
    #[inline(always)]
    pub fn string(&mut self) -> Result<StringSlice<'a>, JsonError> {
        let start = self.at + 1;
        let escaped = self.skip_string()?;
        Ok(StringSlice { inner: &self.json[start..self.at - 1], escaped })
    }

    /// Reads the next string as text. Decodes a string with escapes into the buffer, and returns `None`.
    #[inline]
    pub fn decode_string(&mut self, buffer: &mut String) -> Result<Option<&'a str>, JsonError> {
        self.take(b'"')?;
        let start = self.at;
        self.at = find_special_byte(self.json.as_bytes(), start);
        let plain = &self.json[start..self.at];
        if self.take(b'"').is_ok() {
            return Ok(Some(plain));
        }
        buffer.clear();
        buffer.push_str(plain);
        self.decode_escapes(buffer).map(|()| None)
    }

    /// The rest of a string from the first escape on.
    #[inline(never)]
    fn decode_escapes(&mut self, buffer: &mut String) -> Result<(), JsonError> {
        while self.take(b'"').is_err() {
            if self.peek()? != b'\\' {
                return Err(JsonError);
            }
            buffer.push(self.escape()?);
            let start = self.at;
            self.at = find_special_byte(self.json.as_bytes(), start);
            buffer.push_str(&self.json[start..self.at]);
        }
        Ok(())
    }

    /// Passes over a string, and tells whether there are escapes in it.
    #[inline]
    pub(super) fn skip_string(&mut self) -> Result<bool, JsonError> {
        self.take(b'"')?;
        self.at = find_special_byte(self.json.as_bytes(), self.at);
        if self.take(b'"').is_ok() { Ok(false) } else { self.skip_escapes().map(|()| true) }
    }

    /// The rest of a string from the first escape on.
    #[inline(never)]
    pub(super) fn skip_escapes(&mut self) -> Result<(), JsonError> {
        while self.take(b'"').is_err() {
            if self.peek()? != b'\\' {
                return Err(JsonError);
            }
            self.escape()?;
            self.at = find_special_byte(self.json.as_bytes(), self.at);
        }
        Ok(())
    }

    /// Reads the next escape, and returns its character.
    #[inline]
    fn escape(&mut self) -> Result<char, JsonError> {
        let (character, length) = unescape(&self.json.as_bytes()[self.at..]).ok_or(JsonError)?;
        self.at += length;
        self.halves |= character.is_none();
        Ok(character.unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

/// The character that an escape stands for, and how many bytes the escape is; no character if it is half of a surrogate
/// pair. `None` if it is no escape.
#[inline]
pub(super) fn unescape(escape: &[u8]) -> Option<(Option<char>, usize)> {
    let character = match escape.get(1)? {
        b'n' => '\n',
        byte @ (b'"' | b'\\' | b'/') => char::from(*byte),
        b't' => '\t',
        b'r' => '\r',
        b'u' => return numbered(escape),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        _ => return None,
    };
    Some((Some(character), 2))
}

fn numbered(escape: &[u8]) -> Option<(Option<char>, usize)> {
    let first = hex(&escape[2..])?;
    let second = || escape.get(6..)?.strip_prefix(b"\\u").and_then(hex);
    if let 0xd800..0xdc00 = first
        && let Some(second @ 0xdc00..0xe000) = second()
    {
        let both = 0x1_0000 + ((first - 0xd800) << 10 | (second - 0xdc00));
        return Some((char::from_u32(both), 12));
    }
    Some((char::from_u32(first), 6))
}

/// The number that four digits are.
fn hex(digits: &[u8]) -> Option<u32> {
    let digits = digits.first_chunk::<4>()?;
    digits.iter().try_fold(0, |number, digit| Some(number << 4 | char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_decoded() {
        let decoded = |inner: &str| StringSlice { inner, escaped: true }.decode().into_owned();
        let all = r#"a\"b\\c\/\b\f\n\r\t é\u00e9\u00E9\ud83e\udd80🦀"#;
        assert_eq!(decoded(all), "a\"b\\c/\u{8}\u{c}\n\r\t ééé🦀🦀");
        for (half, wanted) in [
            (r"\ud83e", "\u{fffd}"),
            (r"a\udd80b", "a\u{fffd}b"),
            (r"\ud83e\ud83e\udd80", "\u{fffd}🦀"),
            (r"\ud83e\n", "\u{fffd}\n"),
            (r"\udd80\ud83e", "\u{fffd}\u{fffd}"),
            (r"\ud83e\u0041", "\u{fffd}A"),
            (r"\ufffd", "\u{fffd}"),
        ] {
            assert_eq!(decoded(half), wanted, "{half}");
        }
    }

    #[test]
    fn each_character_is_read_by_its_number() {
        for character in (0..=0x10_ffff).filter_map(char::from_u32) {
            let mut units = [0; 2];
            let units = character.encode_utf16(&mut units);
            let escape = units.iter().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat();
            assert_eq!(unescape(escape.as_bytes()), Some((Some(character), escape.len())));
        }
    }
}
