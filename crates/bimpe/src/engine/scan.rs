//! The quick way to find `data` and `meta` in an answer: one pass over its bytes, which accepts only what every
//! language reads alike. Whatever it does not accept, however right, is left to the careful way.

use std::ops::Range;

/// How deep arrays and objects may lie in each other.
const MAX_DEPTH: usize = 127;
/// A number with fewer digits is within the bounds of all readers.
const MAX_DIGITS: usize = 300;

/// Where the parts of an answer lie in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) data: Option<Range<usize>>,
    pub(super) meta: Option<Range<usize>>,
}

/// The parts of a JSON object; `None` if it needs a closer look.
pub(super) fn parts(json: &[u8]) -> Option<Parts> {
    std::str::from_utf8(json).ok()?;
    let mut parts = Parts::default();
    let mut scanner = Scanner { json, at: 0, depth: 1 };
    scanner.white_space();
    scanner.take(b'{')?;
    scanner.fields(|scanner, name| {
        let start = scanner.at;
        scanner.value()?;
        let part = start..scanner.at;
        match &json[name] {
            b"data" if parts.data.is_none() => parts.data = Some(part),
            b"meta" if parts.meta.is_none() => parts.meta = Some(part),
            // Which of two counts is not for this reader to say.
            b"data" | b"meta" => return None,
            _ => {}
        }
        Some(())
    })?;
    scanner.white_space();
    parts.meta = parts.meta.filter(|meta| &json[meta.clone()] != b"null");
    (scanner.at == json.len()).then_some(parts)
}

/// Whether the whole text is one value that needs no closer look.
pub(super) fn is_plain(json: &str) -> bool {
    let mut scanner = Scanner { json: json.as_bytes(), at: 0, depth: 0 };
    scanner.white_space();
    let read = scanner.value();
    scanner.white_space();
    read.is_some() && scanner.at == json.len()
}

struct Scanner<'a> {
    json: &'a [u8],
    at: usize,
    depth: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'{' => self.nested(|scanner| scanner.fields(|scanner, _name| scanner.value())),
            b'[' => self.nested(Self::items),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    fn nested(&mut self, inside: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        inside(self)?;
        self.depth -= 1;
        Some(())
    }

    fn items(&mut self) -> Option<()> {
        self.white_space();
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            self.white_space();
            self.value()?;
            if self.is_last(b']')? {
                return Some(());
            }
        }
    }

    /// Calls `read` with the place of each name, where its value begins.
    fn fields(&mut self, mut read: impl FnMut(&mut Self, Range<usize>) -> Option<()>) -> Option<()> {
        self.white_space();
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            self.white_space();
            let name = self.string()?;
            self.white_space();
            self.take(b':')?;
            self.white_space();
            read(self, name)?;
            if self.is_last(b'}')? {
                return Some(());
            }
        }
    }

    /// Whether the list ends here, and does not go on after a comma.
    fn is_last(&mut self, end: u8) -> Option<bool> {
        self.white_space();
        let next = self.peek()?;
        self.at += 1;
        match next {
            b',' => Some(false),
            _ => (next == end).then_some(true),
        }
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.json[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    /// Digits with or without a fraction; an exponent needs a closer look.
    fn number(&mut self) -> Option<()> {
        let _ = self.take(b'-');
        let first = self.peek()?;
        let whole = self.digits()?;
        if first == b'0' && whole > 1 {
            return None;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        (!matches!(self.peek(), Some(b'e' | b'E'))).then_some(())
    }

    fn digits(&mut self) -> Option<usize> {
        let count = self.json[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        (1..=MAX_DIGITS).contains(&count).then_some(count)
    }

    /// What stands between the quotes; numbered characters need a closer look.
    fn string(&mut self) -> Option<Range<usize>> {
        self.take(b'"')?;
        let start = self.at;
        loop {
            self.at += plain_text(&self.json[self.at..]);
            match self.peek()? {
                b'"' => break,
                b'\\' => match self.json.get(self.at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
                    _ => return None,
                },
                _ => return None,
            }
        }
        self.at += 1;
        Some(start..self.at - 1)
    }
}

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const TOPS: u64 = ONES << 7;

/// How many bytes there are before a quote, a backslash, a control character or the end. Eight are looked at at once:
/// each of the three terms sets the top bit of the first such byte, and of none before it.
fn plain_text(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let equals = |byte: u8| {
            let zero = word ^ (ONES * u64::from(byte));
            zero.wrapping_sub(ONES) & !zero
        };
        let below_space = word.wrapping_sub(ONES * u64::from(b' ')) & !word;
        let special = (equals(b'"') | equals(b'\\') | below_space) & TOPS;
        if special != 0 {
            return index * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let is_plain = |byte: &&u8| !matches!(**byte, b'"' | b'\\' | 0..b' ');
    words.len() * 8 + rest.iter().take_while(is_plain).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(json: &str, range: Option<Range<usize>>) -> Option<&str> {
        range.map(|range| &json[range])
    }

    #[test]
    fn finds_the_parts() {
        let data = "[ {\"a\":-1.50 , \"b\\\\\": \"\u{e9}t\u{e9}\"}, true ]";
        let json = format!("\n{{ \"message\" : \"ok\\\"\", \"data\" : {data} ,\"meta\":{{}} }}\t");
        let found = parts(json.as_bytes()).expect("plain");
        assert_eq!(part(&json, found.data), Some(data));
        assert_eq!(part(&json, found.meta), Some("{}"));
        assert_eq!(parts(b"{}"), Some(Parts::default()));
        assert_eq!(parts(br#"{"data":null,"meta":null}"#), Some(Parts { data: Some(8..12), meta: None }));
    }

    #[test]
    fn leaves_the_rest_to_a_closer_look() {
        let deep = format!(r#"{{"data":{}1{}}}"#, "[".repeat(127), "]".repeat(127));
        let long = format!(r#"{{"data":{}}}"#, "1".repeat(301));
        let words = "nul tru .5 1. - 01 1e3 1E3 \"\\u0041\" \"\\x\" \"a [1,] [1 [1}} {\"a\"} {\"a\":1,} {a:1} 1,\"data\":2";
        let wrapped = words.split(' ').map(|word| format!(r#"{{"data":{word}}}"#));
        let whole =
            ["", "[]", "{", "{}x", "{\"data\":\"a\nb\"}", r#"{"data" 1}"#, &deep, &long].map(str::to_owned);
        for json in wrapped.chain(whole) {
            assert_eq!(parts(json.as_bytes()), None, "{json}");
        }
        assert_eq!(parts(b"{\"data\":\"\xff\"}"), None);
    }

    #[test]
    fn ends_of_texts_are_found_at_every_place() {
        for length in 0..40 {
            for end in [b'"', b'\\', 0, b'\n', 0x1f] {
                let mut text = vec![b'\xc3'; length];
                assert_eq!(plain_text(&text), length);
                text.push(end);
                text.extend([b'!'; 9]);
                assert_eq!(plain_text(&text), length);
            }
        }
    }
}
