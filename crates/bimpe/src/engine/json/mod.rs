//! Reads JSON in place, without copies. The engine finds the parts of an envelope with it, and bindings decode results.

pub(super) use self::repair::repaired;
pub use self::scan::bytes_eq;
pub use self::text::StringSlice;
pub use self::value::value;

mod repair;
mod scan;
mod skip;
mod text;
mod value;

/// How deep arrays and objects may lie in each other. In a debug build, each level takes 2.5 KB of a stack, and threads of
/// Rust have 2 MB.
const MAX_DEPTH: usize = 500;
/// A number with fewer digits is within the bounds of all readers.
const MAX_DIGITS: usize = 300;

/// The text is not JSON, is nested deeper than 500 levels, or has a number beyond the bounds of a double.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonError;

/// The kind of the next value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// A place in a JSON text.
#[derive(Debug)]
pub struct Reader<'a> {
    json: &'a str,
    at: usize,
    depth: usize,
    max_depth: usize,
    /// Whether a string holds half of a surrogate pair.
    halves: bool,
}

impl<'a> Reader<'a> {
    /// At the start of this text.
    pub fn new(json: &'a str) -> Self {
        Self { json, at: 0, depth: 0, max_depth: MAX_DEPTH, halves: false }
    }

    /// The same for a text whose parts may be as deep as other texts.
    pub(super) fn of_envelope(json: &'a str) -> Self {
        Self { max_depth: MAX_DEPTH + 1, ..Self::new(json) }
    }

    /// Makes sure that nothing but white space is left. Says whether every reader sees the same in the text: no string that
    /// was passed holds half of a surrogate pair.
    pub fn end(mut self) -> Result<bool, JsonError> {
        self.white_space();
        if self.at == self.json.len() { Ok(!self.halves) } else { Err(JsonError) }
    }

    /// Returns the kind of the next value. Skips `null`, `true` and `false`.
    #[inline]
    pub fn kind(&mut self) -> Result<Kind, JsonError> {
        self.white_space();
        // By far the most.
        if self.peek()? == b'"' { Ok(Kind::String) } else { self.other_kind() }
    }

    fn other_kind(&mut self) -> Result<Kind, JsonError> {
        match self.peek()? {
            b'{' => Ok(Kind::Object),
            b'[' => Ok(Kind::Array),
            b't' => self.word("true", Kind::Bool(true)),
            b'f' => self.word("false", Kind::Bool(false)),
            b'n' => self.word("null", Kind::Null),
            b'-' | b'0'..=b'9' => Ok(Kind::Number),
            _ => Err(JsonError),
        }
    }

    /// Reads the next array. `read` must read one value each time.
    pub fn items<E: From<JsonError>>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut left = self.enter(b'[', b']')?;
        while left {
            read(self)?;
            left = self.has_next(b']')?;
        }
        Ok(())
    }

    /// Reads the next object. `read` receives a name, and must read the value.
    pub fn fields<E: From<JsonError>>(
        &mut self,
        mut read: impl FnMut(&mut Self, StringSlice<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut left = self.enter_object()?;
        while left {
            let name = self.name()?;
            read(self, name)?;
            left = self.has_more_fields()?;
        }
        Ok(())
    }

    /// Enters the next object. Returns whether it has a field.
    pub fn enter_object(&mut self) -> Result<bool, JsonError> {
        self.enter(b'{', b'}')
    }

    /// Reads the name of a field. Its value is next.
    pub fn name(&mut self) -> Result<StringSlice<'a>, JsonError> {
        self.white_space();
        let name = self.string()?;
        self.colon()?;
        Ok(name)
    }

    fn colon(&mut self) -> Result<(), JsonError> {
        self.white_space();
        self.take(b':')
    }

    /// Reads the name of a field if it is this one, and is written without escapes or white space.
    #[inline]
    pub fn is_name(&mut self, name: &str) -> bool {
        let rest = &self.json.as_bytes()[self.at..];
        let end = name.len() + 1;
        let found = rest.len() > end + 1
            && rest[0] == b'"'
            && rest[end] == b'"'
            && rest[end + 1] == b':'
            && bytes_eq(&rest[1..end], name.as_bytes());
        self.at += if found { end + 2 } else { 0 };
        found
    }

    /// Whether there is another field, after the value of one was read.
    pub fn has_more_fields(&mut self) -> Result<bool, JsonError> {
        self.has_next(b'}')
    }

    /// Reads the next number, and returns its text.
    pub fn number(&mut self) -> Result<&'a str, JsonError> {
        let start = self.at;
        self.at += usize::from(self.peek()? == b'-');
        let first = self.peek()?;
        let digits = self.digits()?;
        if digits > 1 && first == b'0' {
            return Err(JsonError);
        }
        if self.take(b'.').is_ok() {
            self.digits()?;
        }
        let mut may_be_too_large = digits > MAX_DIGITS;
        if let Ok(b'e' | b'E') = self.peek() {
            may_be_too_large = true;
            self.at += 1;
            self.at += usize::from(matches!(self.peek()?, b'+' | b'-'));
            self.digits()?;
        }
        let number = &self.json[start..self.at];
        if may_be_too_large && !number.parse().is_ok_and(f64::is_finite) {
            return Err(JsonError);
        }
        Ok(number)
    }

    fn digits(&mut self) -> Result<usize, JsonError> {
        let count = self.json.as_bytes()[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count > 0 { Ok(count) } else { Err(JsonError) }
    }

    /// Goes into an array or object; says whether there is anything in it.
    fn enter(&mut self, begin: u8, end: u8) -> Result<bool, JsonError> {
        self.take(begin)?;
        if self.depth == self.max_depth {
            return Err(JsonError);
        }
        self.white_space();
        let empty = self.take(end).is_ok();
        self.depth += usize::from(!empty);
        Ok(!empty)
    }

    /// Whether there is more of the array or object after a comma.
    #[inline]
    fn has_next(&mut self, end: u8) -> Result<bool, JsonError> {
        self.white_space();
        let next = self.peek()?;
        self.at += 1;
        if next == end {
            self.depth -= 1;
            return Ok(false);
        }
        if next == b',' { Ok(true) } else { Err(JsonError) }
    }

    #[inline]
    fn word(&mut self, word: &str, kind: Kind) -> Result<Kind, JsonError> {
        if !self.json.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(JsonError);
        }
        self.at += word.len();
        Ok(kind)
    }

    #[inline]
    fn peek(&self) -> Result<u8, JsonError> {
        self.json.as_bytes().get(self.at).copied().ok_or(JsonError)
    }

    #[inline]
    fn take(&mut self, wanted: u8) -> Result<(), JsonError> {
        if self.peek()? != wanted {
            return Err(JsonError);
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn white_space(&mut self) {
        // Servers send none.
        if self.peek().is_ok_and(|next| next <= b' ') {
            self.skip_white_space();
        }
    }

    #[cold]
    fn skip_white_space(&mut self) {
        while let Ok(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Returns whether a text is JSON, and whether all readers decode it alike.
    fn seen(json: &str) -> Result<bool, JsonError> {
        let mut reader = Reader::new(json);
        reader.skip()?;
        reader.end()
    }

    #[test]
    fn the_grammar() {
        let plain = "1e3|-2.5E-7|1e-999|\"\\u00e9\"|\"\\ud83e\\udd80\"| null |true| false |0|-0|0.5|-12.25|\"\"|\"a\\\"b\\\\\"|\"\\n\\/\"|[]|[ ]|[1,[2,[]]]|{}|{ \"a\" : {} }";
        for json in plain.split('|') {
            assert_eq!(seen(json), Ok(true), "{json}");
        }
        assert_eq!(seen(&"7".repeat(301)), Ok(true));
        for json in ["\"\\ud83e\"", "[\"\\udd80\\ud83e\"]", "{\"\\ud83e\": 1}"] {
            assert_eq!(seen(json), Ok(false), "{json}");
        }
        for json in ["[1E+400]", "-1e999", &"7".repeat(400)] {
            assert_eq!(seen(json), Err(JsonError), "{json}");
        }
        let bad = "|nul|tru|True|+1|.5|1.|01|-|1e|1e+|0x1|\"|\"\\x\"|\"\\u12\"|\"\\u12g4\"|[|[1|[1,]|[,1]|[1 2]|{|{a:1}|{\"a\"}|{\"a\":}|{\"a\":1,}|[1}|1 2|]";
        for json in bad.split('|') {
            assert_eq!(seen(json), Err(JsonError), "{json}");
            assert!(serde_json::from_str::<Value>(json).is_err(), "{json}");
        }
        assert_eq!(seen("\"a\nb\""), Err(JsonError));
    }

    #[test]
    fn the_depth_is_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(seen(&nested(500)), Ok(true));
        assert_eq!(seen(&nested(501)), Err(JsonError));
        assert_eq!(seen(&nested(1_000_000)), Err(JsonError));
        let side_by_side = format!("[{}]", vec![nested(499); 50].join(","));
        assert_eq!(seen(&side_by_side), Ok(true));
    }

    #[test]
    fn values_are_given_as_they_stand() {
        let mut reader = Reader::new(" {\"a\\n\": [1.50, \"\u{e9}\\t\"], \"b\": null }");
        let mut found = Vec::new();
        assert_eq!(reader.kind(), Ok(Kind::Object));
        let read = reader.fields(|reader, name| {
            found.push((name.decode().into_owned(), reader.skip()?));
            Ok::<(), JsonError>(())
        });
        assert_eq!(read, Ok(()));
        assert_eq!(found, [("a\n".to_owned(), "[1.50, \"\u{e9}\\t\"]"), ("b".to_owned(), "null")]);
    }

    #[test]
    fn arrays_and_objects_end_as_they_began_at_any_depth() {
        for depth in [1, 126, 127, 128, 129, 255, 256, 257, 499] {
            let mixed = |wrong: usize| {
                let begin: String =
                    (0..depth).map(|at| if at % 3 == 0 { "{\"a\":" } else { "[1," }).collect();
                let end = (0..depth).rev().map(|at| if (at % 3 == 0) == (at != wrong) { '}' } else { ']' });
                begin + "2" + &end.collect::<String>()
            };
            assert_eq!(seen(&mixed(depth)), Ok(true), "{depth}");
            for wrong in [0, depth / 2, depth - 1] {
                assert_eq!(seen(&mixed(wrong)), Err(JsonError), "{wrong} of {depth}");
            }
        }
    }
}
