//! Skips values without decoding them, to find the parts of a response and to check the rest.

use serde::de::IgnoredAny;

use super::scan::find_special_byte;
use super::{JsonError, Kind, Reader};

impl<'a> Reader<'a> {
    /// Skips one value, and returns its text.
    pub fn skip(&mut self) -> Result<&'a str, JsonError> {
        self.white_space();
        let (start, outside) = (self.at, self.depth);
        let mut around = Around::default();
        loop {
            match self.kind()? {
                Kind::Null | Kind::Bool(_) => {}
                Kind::Number => drop(self.number()?),
                Kind::String => drop(self.skip_string()?),
                Kind::Array => {
                    if self.enter(b'[', b']')? {
                        around.push(false);
                        continue;
                    }
                }
                Kind::Object => {
                    if self.enter(b'{', b'}')? {
                        around.push(true);
                        self.skip_name()?;
                        continue;
                    }
                }
            }
            // A value is over, and with it perhaps those around it.
            loop {
                if self.depth == outside {
                    return Ok(&self.json[start..self.at]);
                }
                let is_object = around.is_object();
                if self.has_next(if is_object { b'}' } else { b']' })? {
                    if is_object {
                        self.skip_name()?;
                    }
                    break;
                }
                around.pop();
            }
        }
    }

    /// Skips one value of any depth.
    pub(in super::super) fn skip_any(&mut self) -> Result<(), JsonError> {
        let (at, depth) = (self.at, self.depth);
        if self.skip().is_ok() {
            return Ok(());
        }
        (self.at, self.depth) = (at, depth);
        let mut values = serde_json::Deserializer::from_str(&self.json[at..]).into_iter::<IgnoredAny>();
        let found = values.next().is_some_and(|value| value.is_ok());
        self.at += values.byte_offset();
        if found { Ok(()) } else { Err(JsonError) }
    }

    /// Skips the name of a field, and before it the fields with plain text.
    fn skip_name(&mut self) -> Result<(), JsonError> {
        self.skip_string_fields();
        self.white_space();
        self.skip_string()?;
        self.colon()
    }

    /// Passes over fields as servers write them, of which most responses consist: `"name":"text",`, without white space
    /// and with plain names.
    fn skip_string_fields(&mut self) {
        let json = self.json.as_bytes();
        while json.get(self.at) == Some(&b'"') {
            let name_end = find_special_byte(json, self.at + 1);
            if json.get(name_end..).and_then(<[u8]>::first_chunk) != Some(b"\":\"") {
                return;
            }
            let start = self.at;
            self.at = find_special_byte(json, name_end + 3);
            let is_whole = self.take(b'"').is_ok() || self.skip_escapes().is_ok();
            if !is_whole || self.take(b',').is_err() {
                self.at = start;
                return;
            }
        }
    }
}

/// A bit for each array (0) and object (1) around a place, the innermost last.
#[derive(Default)]
struct Around {
    /// The innermost of them.
    inner: u128,
    count: usize,
    /// Those further out, if there are more than fit.
    outer: Vec<u128>,
}

impl Around {
    fn push(&mut self, is_object: bool) {
        if self.count > 0 && self.count.is_multiple_of(128) {
            self.outer.push(self.inner);
        }
        self.count += 1;
        self.inner = self.inner << 1 | u128::from(is_object);
    }

    fn is_object(&self) -> bool {
        self.inner & 1 == 1
    }

    fn pop(&mut self) {
        self.count -= 1;
        self.inner >>= 1;
        if self.count.is_multiple_of(128)
            && let Some(outer) = self.outer.pop()
        {
            self.inner = outer;
        }
    }
}
