//! Events of a stream, and events of its connection.

use std::time::Duration;

/// One event of a stream: the JSON text that it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamEvent {
    /// The id with which a stream can be resumed after this event.
    pub id: Option<String>,
    /// The JSON text.
    pub data: String,
}

/// The same, in the memory of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamEventRef<'a> {
    /// The id with which a stream can be resumed after this event.
    pub id: Option<&'a str>,
    /// The JSON text.
    pub data: &'a str,
}

impl StreamEventRef<'_> {
    pub(super) fn to_owned(self) -> StreamEvent {
        StreamEvent { id: self.id.map(str::to_owned), data: self.data.to_owned() }
    }
}

/// Events that have arrived together. They share one text, so that an event needs no allocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamEvents {
    /// Their JSON texts, as an array without its end.
    json: String,
    /// Their ids, one after the other. None is empty.
    ids: String,
    ends: Vec<EventOffsets>,
}

/// The offsets at which the texts of an event end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct EventOffsets {
    json: usize,
    id: usize,
}

impl StreamEvents {
    /// How many they are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns the size of their texts, in bytes.
    pub fn size(&self) -> usize {
        self.json.len()
    }

    /// The event at this index.
    pub fn get(&self, index: usize) -> Option<StreamEventRef<'_>> {
        let end = self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(EventOffsets::default(), |before| self.ends[before]);
        let id = &self.ids[start.id..end.id];
        // A bracket or a comma precedes each event.
        Some(StreamEventRef {
            id: (!id.is_empty()).then_some(id),
            data: &self.json[start.json + 1..end.json],
        })
    }

    /// All events, in the order of arrival.
    pub fn iter(&self) -> impl Iterator<Item = StreamEventRef<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// A JSON array of them.
    pub fn into_json(mut self) -> String {
        if self.is_empty() {
            self.json.push('[');
        }
        self.json.push(']');
        self.json
    }

    /// Removes the first events.
    pub(super) fn skip_first(self, count: usize) -> Self {
        if count == 0 {
            return self;
        }
        let mut left = Self::default();
        self.iter().skip(count).for_each(|event| left.push(event));
        left
    }

    pub(super) fn clear(&mut self) {
        self.json.clear();
        self.ids.clear();
        self.ends.clear();
    }

    /// Reserves memory for this number of bytes.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.json.reserve(bytes);
    }

    /// Adds one.
    pub(super) fn push(&mut self, event: StreamEventRef<'_>) {
        self.json.push(if self.is_empty() { '[' } else { ',' });
        self.json.push_str(event.data);
        self.ids.push_str(event.id.unwrap_or_default());
        self.ends.push(EventOffsets { json: self.json.len(), id: self.ids.len() });
    }

    /// Adds other events behind these.
    pub fn append(&mut self, others: Self) {
        if self.is_empty() {
            *self = others;
        } else {
            others.iter().for_each(|event| self.push(event));
        }
    }
}

/// Events that arrived together. An empty batch is the end of the stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamBatch {
    /// The events.
    pub events: StreamEvents,
    /// The connection events before them.
    pub notices: Vec<ConnectionEvent>,
}

impl StreamBatch {
    /// Whether the stream is at its end.
    pub fn is_end(&self) -> bool {
        self.events.is_empty() && self.notices.is_empty()
    }
}

/// An event of a stream's connection, for logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionEvent {
    /// The connection opened.
    Opened,
    /// The connection ended or failed, and the stream reconnects.
    Reconnecting {
        /// `closed`, `broken`, `stalled` or `unreachable`.
        reason: &'static str,
        /// The HTTP status, if the server refused.
        status: Option<u16>,
        /// The wait before the next connection.
        wait: Duration,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(all: &[(Option<&str>, &str)]) -> StreamEvents {
        let mut events = StreamEvents::default();
        for (id, data) in all {
            events.push(StreamEventRef { id: *id, data });
        }
        events
    }

    #[test]
    fn events_are_found_where_they_were_put() {
        let all = [(Some("m1"), "{}"), (None, r#""two""#), (Some("m3"), "3")];
        let found = events(&all);
        assert!(found.iter().map(|event| (event.id, event.data)).eq(all));
        assert_eq!((found.len(), found.get(3)), (3, None));
        let mut joined = events(&all[..1]);
        joined.append(events(&all[1..]));
        assert_eq!(joined, found);
        assert_eq!(joined.skip_first(2), events(&all[2..]));
        assert_eq!(found.into_json(), r#"[{},"two",3]"#);
        assert_eq!(StreamEvents::default().into_json(), "[]");
    }
}
