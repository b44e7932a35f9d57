//! Decodes server-sent events as WHATWG specifies, without I/O and within limits.

use memchr::memchr2;

/// The longest line, in bytes.
const MAX_LINE: usize = 1024 * 1024;
/// The most data of one event, in bytes. Each `data` line counts at least one.
const MAX_EVENT: usize = 8 * 1024 * 1024;
const MAX_FIELDS: usize = 10_000;
const MAX_ID: usize = 1024;
/// The memory that is kept for the data of the next event, in bytes.
const KEPT: usize = 64 * 1024;

/// The type of an event that names none.
const MESSAGE: &str = "message";
const BOM: &[u8] = "\u{feff}".as_bytes();

/// An item of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SseItem<'a> {
    /// An event with data.
    Event {
        /// Its type. Defaults to `message`.
        event_type: &'a str,
        /// Its data lines.
        data: &'a str,
        /// The `id` in this very event.
        id: Option<&'a str>,
    },
    /// An event without data, which only sets the id that a browser would resume with.
    Id(&'a str),
    /// A comment, or an empty event.
    Comment,
    /// The reconnect delay that the server sets, in milliseconds.
    Retry(u64),
}

/// A stream that goes beyond the bounds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLarge(pub(crate) &'static str);

/// Decodes bytes into items, wherever the chunks are cut.
#[derive(Default)]
pub(crate) struct Decoder {
    /// The line that is not complete yet.
    line: Vec<u8>,
    /// Whether the last byte was a CR, so that an LF belongs to it.
    after_cr: bool,
    /// Whether the first line has begun, so that a byte order mark is data.
    begun: bool,
    event_type: String,
    /// The data lines of the event, each with its end.
    data: String,
    id: String,
    /// Whether the event has an id, which may be empty.
    has_id: bool,
    fields: usize,
    /// How often bytes were no UTF-8.
    pub(crate) replacements: u64,
}

impl Decoder {
    /// Decodes more bytes, and passes each item to `emit`.
    pub(crate) fn feed(
        &mut self,
        mut bytes: &[u8],
        mut emit: impl FnMut(SseItem<'_>),
    ) -> Result<(), TooLarge> {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let Some(end) = memchr2(b'\r', b'\n', bytes) else {
                if self.line.len() + bytes.len() > MAX_LINE {
                    return Err(TooLarge("a line of the stream is longer than 1 MiB"));
                }
                self.line.extend_from_slice(bytes);
                return Ok(());
            };
            if self.line.len() + end > MAX_LINE {
                return Err(TooLarge("a line of the stream is longer than 1 MiB"));
            }
            self.after_cr = bytes[end] == b'\r';
            if self.line.is_empty() {
                self.end_of_line(&bytes[..end], &mut emit)?;
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(&bytes[..end]);
                self.end_of_line(&line, &mut emit)?;
                line.clear();
                self.line = line;
            }
            bytes = &bytes[end + 1..];
        }
        Ok(())
    }

    /// The id of the event that is not complete yet, if it has one.
    pub(crate) fn id(&self) -> Option<&str> {
        (self.has_id && !self.id.is_empty()).then_some(self.id.as_str())
    }

    fn end_of_line(&mut self, line: &[u8], emit: &mut impl FnMut(SseItem<'_>)) -> Result<(), TooLarge> {
        let line = if std::mem::replace(&mut self.begun, true) {
            line
        } else {
            line.strip_prefix(BOM).unwrap_or(line)
        };
        if line.is_empty() {
            self.dispatch(emit);
            return Ok(());
        }
        if line[0] == b':' {
            emit(SseItem::Comment);
            return Ok(());
        }
        self.fields += 1;
        if self.fields > MAX_FIELDS {
            return Err(TooLarge("an event of the stream has more than 10,000 fields"));
        }
        let (name, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &[] as &[u8]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" => {
                self.replacements += append(&mut self.data, value);
                self.data.push('\n');
                if self.data.len() > MAX_EVENT {
                    return Err(TooLarge("an event of the stream is larger than 8 MiB"));
                }
            }
            b"event" => {
                self.event_type.clear();
                self.replacements += append(&mut self.event_type, value);
            }
            b"id" if !value.contains(&0) => {
                if value.len() > MAX_ID {
                    return Err(TooLarge("an id of the stream is longer than 1 KiB"));
                }
                self.id.clear();
                self.has_id = true;
                self.replacements += append(&mut self.id, value);
            }
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                let millis = std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok());
                emit(SseItem::Retry(millis.unwrap_or(u64::MAX)));
            }
            _ => {}
        }
        Ok(())
    }

    fn dispatch(&mut self, emit: &mut impl FnMut(SseItem<'_>)) {
        let id = self.has_id.then_some(self.id.as_str());
        emit(match (self.data.strip_suffix('\n'), id) {
            (Some(data), id) => {
                let event_type = if self.event_type.is_empty() { MESSAGE } else { &self.event_type };
                SseItem::Event { event_type, data, id }
            }
            (None, Some(id)) => SseItem::Id(id),
            (None, None) => SseItem::Comment,
        });
        self.fields = 0;
        self.has_id = false;
        self.event_type.clear();
        self.data.clear();
        self.data.shrink_to(KEPT);
    }
}

/// Adds these bytes to the text. Gives 1 if they are no UTF-8.
fn append(text: &mut String, bytes: &[u8]) -> u64 {
    // Faster than the lossy conversion, which checks each byte.
    if let Ok(valid) = std::str::from_utf8(bytes) {
        text.push_str(valid);
        return 0;
    }
    text.push_str(&String::from_utf8_lossy(bytes));
    1
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine as _};

    use super::*;

    const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/sse.json");

    #[derive(Debug, PartialEq)]
    struct Seen {
        events: Vec<(String, String, String)>,
        retry: Option<u64>,
        last_id: String,
    }

    fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Seen {
        let mut decoder = Decoder::default();
        let mut seen = Seen { events: Vec::new(), retry: None, last_id: String::new() };
        for piece in pieces {
            let emit = |item: SseItem<'_>| match item {
                SseItem::Event { event_type, data, id } => {
                    if let Some(id) = id {
                        seen.last_id = id.to_owned();
                    }
                    seen.events.push((event_type.to_owned(), data.to_owned(), seen.last_id.clone()));
                }
                SseItem::Id(id) => seen.last_id = id.to_owned(),
                SseItem::Retry(time) => seen.retry = Some(time),
                SseItem::Comment => {}
            };
            decoder.feed(piece, emit).expect("within bounds");
        }
        seen
    }

    #[test]
    fn the_vectors_pass_whole_bytewise_and_at_every_split() {
        let vectors: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(VECTORS).expect("the vectors")).expect("JSON");
        let vectors = vectors.as_array().expect("a list");
        assert_eq!(vectors.len(), 36);
        for vector in vectors {
            let name = vector["name"].as_str().expect("a name");
            let input = BASE64_STANDARD.decode(vector["input_b64"].as_str().expect("text")).expect("base64");
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            let whole = decode([input.as_slice()]);
            // Ids are those that hold for the event, which a browser carries over from earlier ones.
            let events: Vec<_> = vector["events"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|event| (text(&event["type"]), text(&event["data"]), text(&event["id"])))
                .collect();
            assert_eq!(whole.events, events, "{name}");
            // One vector leaves the handling of a huge time open, in words.
            if !vector["retry"].is_string() {
                assert_eq!(whole.retry, vector["retry"].as_u64(), "{name}");
            }
            if let Some(id) = vector["final_id"].as_str() {
                assert_eq!(whole.last_id, id, "{name}");
            }
            assert_eq!(decode(input.chunks(1)), whole, "{name}, bytewise");
            for split in 0..=input.len() {
                let (head, tail) = input.split_at(split);
                assert_eq!(decode([head, tail]), whole, "{name}, split at {split}");
            }
        }
    }

    #[test]
    fn bounds_hold_however_the_bytes_come() {
        let endless = vec![b'x'; 64 * 1024];
        let mut decoder = Decoder::default();
        let fed = (0..100).take_while(|_| decoder.feed(&endless, |_| ()).is_ok()).count();
        assert_eq!(fed, 16, "a line ends at 1 MiB");

        let mut decoder = Decoder::default();
        let empty = b"data\n".repeat(MAX_FIELDS + 1);
        assert!(decoder.feed(&empty, |_| ()).is_err(), "empty data lines count as well");

        let mut decoder = Decoder::default();
        let line = [b"data:".as_slice(), &vec![b'x'; 1024 * 1000], b"\n"].concat();
        let fed = (0..100).take_while(|_| decoder.feed(&line, |_| ()).is_ok()).count();
        assert_eq!(fed, MAX_EVENT / (1024 * 1000), "an event ends at 8 MiB");

        let long = [b"id:".as_slice(), &vec![b'x'; MAX_ID + 1], b"\n"].concat();
        assert!(Decoder::default().feed(&long, |_| ()).is_err());
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_and_counted() {
        let mut decoder = Decoder::default();
        let mut items = 0;
        let emit = |item: SseItem<'_>| {
            assert_eq!(item, SseItem::Event { event_type: "message", data: "a\u{fffd}b", id: None });
            items += 1;
        };
        decoder.feed(b"data: a\xffb\n\n", emit).expect("within bounds");
        assert_eq!(items, 1);
        assert_eq!(decoder.replacements, 1);
    }
}
