//! Reads JSON where it stands: no value is built, and nothing copied. The envelope is found with it, and bindings make
//! the values of their language with it.

use std::borrow::Cow;

pub use self::scan::is_same;

use self::scan::end_of_plain;

mod scan;
mod skip;

/// How deep arrays and objects may lie in each other.
const MAX_DEPTH: usize = 127;
/// A number with fewer digits is within the bounds of all readers.
const MAX_DIGITS: usize = 300;

/// The text is not JSON, or nested deeper than 127 levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotJson;

/// What kind of value comes next.
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

/// A string or a name as it stands in the text.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// What stands between the quotes.
    inner: &'a str,
    escaped: bool,
}

impl<'a> Text<'a> {
    /// What it says, if it is written without escapes.
    #[inline]
    pub fn plain(self) -> Option<&'a str> {
        (!self.escaped).then_some(self.inner)
    }

    /// What it says; `None` if it holds half of a surrogate pair.
    #[inline]
    pub fn decode(self) -> Option<Cow<'a, str>> {
        if self.escaped {
            return serde_json::from_str(&format!("\"{}\"", self.inner)).ok().map(Cow::Owned);
        }
        Some(Cow::Borrowed(self.inner))
    }
}

/// A place in a JSON text.
#[derive(Debug)]
pub struct Reader<'a> {
    json: &'a str,
    at: usize,
    depth: usize,
    max_depth: usize,
    /// Whether there was anything that other readers may see differently.
    odd: bool,
}

impl<'a> Reader<'a> {
    /// At the start of this text.
    pub fn new(json: &'a str) -> Self {
        Self { json, at: 0, depth: 0, max_depth: MAX_DEPTH, odd: false }
    }

    /// The same for a text whose parts may be as deep as other texts.
    pub(super) fn of_envelope(json: &'a str) -> Self {
        Self { max_depth: MAX_DEPTH + 1, ..Self::new(json) }
    }

    /// Makes sure that nothing but white space is left. Says whether every reader sees the same in the text: none of what
    /// was passed is a numbered character, a number with an exponent, or one with very many digits.
    pub fn finish(mut self) -> Result<bool, NotJson> {
        self.white_space();
        if self.at == self.json.len() { Ok(!self.odd) } else { Err(NotJson) }
    }

    /// What comes next; of `null`, `true` and `false` nothing is left to read.
    #[inline]
    pub fn kind(&mut self) -> Result<Kind, NotJson> {
        self.white_space();
        // By far the most.
        if self.peek()? == b'"' { Ok(Kind::String) } else { self.other_kind() }
    }

    fn other_kind(&mut self) -> Result<Kind, NotJson> {
        match self.peek()? {
            b'{' => Ok(Kind::Object),
            b'[' => Ok(Kind::Array),
            b't' => self.word("true", Kind::Bool(true)),
            b'f' => self.word("false", Kind::Bool(false)),
            b'n' => self.word("null", Kind::Null),
            b'-' | b'0'..=b'9' => Ok(Kind::Number),
            _ => Err(NotJson),
        }
    }

    /// Reads an array that comes next; `read` must pass over one value each time.
    pub fn items<E: From<NotJson>>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut left = self.enter(b'[', b']')?;
        while left {
            read(self)?;
            left = self.goes_on(b']')?;
        }
        Ok(())
    }

    /// Reads an object that comes next; `read` is given a name, and must pass over the value.
    pub fn fields<E: From<NotJson>>(
        &mut self,
        mut read: impl FnMut(&mut Self, Text<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut left = self.enter_object()?;
        while left {
            let name = self.name()?;
            read(self, name)?;
            left = self.has_more_fields()?;
        }
        Ok(())
    }

    /// The same step by step: goes into an object that comes next, and says whether there is a field in it.
    pub fn enter_object(&mut self) -> Result<bool, NotJson> {
        self.enter(b'{', b'}')
    }

    /// Reads the name of a field, after which its value comes.
    pub fn name(&mut self) -> Result<Text<'a>, NotJson> {
        self.white_space();
        let name = self.string()?;
        self.colon()?;
        Ok(name)
    }

    fn colon(&mut self) -> Result<(), NotJson> {
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
            && is_same(&rest[1..end], name.as_bytes());
        self.at += if found { end + 2 } else { 0 };
        found
    }

    /// Whether there is another field, after the value of one was read.
    pub fn has_more_fields(&mut self) -> Result<bool, NotJson> {
        self.goes_on(b'}')
    }

    /// Reads a number that comes next, and gives its text.
    pub fn number(&mut self) -> Result<&'a str, NotJson> {
        let start = self.at;
        self.at += usize::from(self.peek()? == b'-');
        let first = self.peek()?;
        if self.digits()? > 1 && first == b'0' {
            return Err(NotJson);
        }
        if self.take(b'.').is_ok() {
            self.digits()?;
        }
        if let Ok(b'e' | b'E') = self.peek() {
            self.odd = true;
            self.at += 1;
            self.at += usize::from(matches!(self.peek()?, b'+' | b'-'));
            self.digits()?;
        }
        Ok(&self.json[start..self.at])
    }

    /// Reads a string that comes next.
    #[expect(
        clippy::inline_always,
        reason = "what it gives would be passed through memory, which takes longer than to read it"
    )]
    #[inline(always)]
    pub fn string(&mut self) -> Result<Text<'a>, NotJson> {
        let start = self.at + 1;
        let escaped = self.pass_string()?;
        Ok(Text { inner: &self.json[start..self.at - 1], escaped })
    }

    /// Passes over a string, and tells whether there are escapes in it.
    #[inline]
    fn pass_string(&mut self) -> Result<bool, NotJson> {
        self.take(b'"')?;
        self.at = end_of_plain(self.json.as_bytes(), self.at);
        if self.take(b'"').is_ok() { Ok(false) } else { self.pass_escapes().map(|()| true) }
    }

    /// The rest of a string from the first escape on.
    #[inline(never)]
    fn pass_escapes(&mut self) -> Result<(), NotJson> {
        while self.take(b'"').is_err() {
            if self.peek()? != b'\\' {
                return Err(NotJson);
            }
            self.escape()?;
            self.at = end_of_plain(self.json.as_bytes(), self.at);
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<(), NotJson> {
        self.at += 1;
        match self.peek()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'u' => {
                self.odd = true;
                let digits = self.json.as_bytes().get(self.at + 1..self.at + 5).ok_or(NotJson)?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(NotJson);
                }
                self.at += 5;
            }
            _ => return Err(NotJson),
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<usize, NotJson> {
        let count = self.json.as_bytes()[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        self.odd |= count > MAX_DIGITS;
        if count > 0 { Ok(count) } else { Err(NotJson) }
    }

    /// Goes into an array or object; says whether there is anything in it.
    fn enter(&mut self, begin: u8, end: u8) -> Result<bool, NotJson> {
        self.take(begin)?;
        if self.depth == self.max_depth {
            return Err(NotJson);
        }
        self.white_space();
        let empty = self.take(end).is_ok();
        self.depth += usize::from(!empty);
        Ok(!empty)
    }

    /// Whether there is more of the array or object after a comma.
    #[inline]
    fn goes_on(&mut self, end: u8) -> Result<bool, NotJson> {
        self.white_space();
        let next = self.peek()?;
        self.at += 1;
        if next == end {
            self.depth -= 1;
            return Ok(false);
        }
        if next == b',' { Ok(true) } else { Err(NotJson) }
    }

    #[inline]
    fn word(&mut self, word: &str, kind: Kind) -> Result<Kind, NotJson> {
        if !self.json.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(NotJson);
        }
        self.at += word.len();
        Ok(kind)
    }

    #[inline]
    fn peek(&self) -> Result<u8, NotJson> {
        self.json.as_bytes().get(self.at).copied().ok_or(NotJson)
    }

    #[inline]
    fn take(&mut self, wanted: u8) -> Result<(), NotJson> {
        if self.peek()? != wanted {
            return Err(NotJson);
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn white_space(&mut self) {
        // Servers send none.
        if self.peek().is_ok_and(|next| next <= b' ') {
            self.pass_white_space();
        }
    }

    #[cold]
    fn pass_white_space(&mut self) {
        while let Ok(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// What the reader says of a text: whether it is JSON, and whether all readers see the same in it.
    fn seen(json: &str) -> Result<bool, NotJson> {
        let mut reader = Reader::new(json);
        reader.skip()?;
        reader.finish()
    }

    #[test]
    fn the_grammar() {
        let plain = " null |true| false |0|-0|0.5|-12.25|\"\"|\"a\\\"b\\\\\"|\"\\n\\/\"|[]|[ ]|[1,[2,[]]]|{}|{ \"a\" : {} }";
        for json in plain.split('|') {
            assert_eq!(seen(json), Ok(true), "{json}");
        }
        for json in ["1e3", "-2.5E-7", "\"\\u00e9\"", "\"\\ud800\"", &"7".repeat(301), "[1E+400]"] {
            assert_eq!(seen(json), Ok(false), "{json}");
        }
        let bad = "|nul|tru|True|+1|.5|1.|01|-|1e|1e+|0x1|\"|\"\\x\"|\"\\u12\"|\"\\u12g4\"|[|[1|[1,]|[,1]|[1 2]|{|{a:1}|{\"a\"}|{\"a\":}|{\"a\":1,}|[1}|1 2|]";
        for json in bad.split('|') {
            assert_eq!(seen(json), Err(NotJson), "{json}");
            assert!(serde_json::from_str::<Value>(json).is_err(), "{json}");
        }
        assert_eq!(seen("\"a\nb\""), Err(NotJson));
    }

    #[test]
    fn the_depth_is_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(seen(&nested(127)), Ok(true));
        assert_eq!(seen(&nested(128)), Err(NotJson));
        assert_eq!(seen(&nested(1_000_000)), Err(NotJson));
        let side_by_side = format!("[{}]", vec![nested(100); 50].join(","));
        assert_eq!(seen(&side_by_side), Ok(true));
    }

    #[test]
    fn values_are_given_as_they_stand() {
        let mut reader = Reader::new(" {\"a\\n\": [1.50, \"\u{e9}\\t\"], \"b\": null }");
        let mut found = Vec::new();
        assert_eq!(reader.kind(), Ok(Kind::Object));
        let read = reader.fields(|reader, name| {
            found.push((name.decode().expect("whole").into_owned(), reader.skip()?));
            Ok::<(), NotJson>(())
        });
        assert_eq!(read, Ok(()));
        assert_eq!(found, [("a\n".to_owned(), "[1.50, \"\u{e9}\\t\"]"), ("b".to_owned(), "null")]);
    }

    #[test]
    fn texts_are_decoded() {
        let decoded =
            |json: &str| Reader::new(json).string().expect("a string").decode().map(Cow::into_owned);
        assert_eq!(decoded("\"plain \u{1f980}\""), Some("plain \u{1f980}".to_owned()));
        assert_eq!(decoded(r#""\ud83e\udd80 \"x\"""#), Some("\u{1f980} \"x\"".to_owned()));
        assert_eq!(decoded(r#""\ud83e""#), None);
    }
}
