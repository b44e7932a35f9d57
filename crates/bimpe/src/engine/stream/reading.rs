//! Reads events from a connection. An event that cannot be decoded becomes an error.

use std::borrow::Cow;
use std::time::Duration;

use super::sse::SseItem;
use super::{EventStream, StreamEventRef, fields, time};
use crate::engine::interoperable::interoperable;
use crate::error::{Error, ErrorKind};

/// After this time, any data on a connection counts as progress.
const STABLE_AFTER: Duration = Duration::from_secs(5);
/// Limit of the reconnect delay that the server sets.
const MAX_SERVER_RETRY: Duration = Duration::from_secs(60);

impl EventStream {
    /// Reads what has arrived on the connection.
    pub(super) fn read(&mut self, bytes: &[u8]) {
        let Some(mut connection) = self.connection.take() else { return };
        let lived = self.client.shared.settings.clock.now().saturating_sub(connection.opened);
        let since = connection.since;
        self.buffer.reserve(bytes.len());
        let fed = connection.decoder.feed(bytes, |frame| {
            if lived >= STABLE_AFTER {
                self.count_as_progress();
            }
            match frame {
                SseItem::Event { event_type: "message", data, id } => self.message(data, id, since),
                SseItem::Retry(millis) => {
                    self.server_retry = Some(Duration::from_millis(millis).min(MAX_SERVER_RETRY));
                }
                SseItem::Event { .. } | SseItem::Id(_) | SseItem::Comment => {}
            }
        });
        let replaced = std::mem::take(&mut connection.decoder.replacements);
        if replaced > 0 {
            self.counters.count(|stats| stats.decode_replacements += replaced);
        }
        let unfinished = fed.is_err().then(|| connection.decoder.id().map(str::to_owned)).flatten();
        self.connection = Some(connection);
        if let Err(too_large) = fed {
            self.pass_over(too_large.0, unfinished);
        }
    }

    /// An event goes beyond the bounds. The next connection begins after it, if its id is known and new.
    fn pass_over(&mut self, bound: &'static str, id: Option<String>) {
        self.connection = None;
        let is_passed = id.as_deref().is_some_and(|id| self.seen.insert(id));
        if is_passed {
            self.cursor = id;
        }
        self.ended = !(is_passed && self.options.reconnect);
        self.buffer.fail(Error::new(ErrorKind::StreamDecode, bound), self.cursor.as_deref());
    }

    fn message(&mut self, data: &str, id: Option<&str>, since: Option<Duration>) {
        let readable = interoperable(data);
        let (is_readable, data) = (readable.is_some(), readable.as_deref().unwrap_or(data));
        if let Some(since) = since
            && fields::text(data, "created_at")
                .and_then(|made| time::of_iso(&made))
                .is_some_and(|made| made < since)
        {
            // A replay by time reaches back to before the stream was opened.
            return;
        }
        let own = id.filter(|id| !id.is_empty()).map(Cow::Borrowed);
        let own = own.or_else(|| fields::text(data, "id").filter(|id| !id.is_empty()).map(Cow::Owned));
        if let Some(id) = own.as_deref() {
            if !self.seen.insert(id) {
                self.counters.count(|stats| stats.duplicates_dropped += 1);
                return;
            }
            let cursor = self.cursor.get_or_insert_default();
            cursor.clear();
            cursor.push_str(id);
        }
        self.count_as_progress();
        if is_readable {
            self.buffer.add(StreamEventRef { id: self.cursor.as_deref(), data });
        } else {
            let of = own.as_deref().unwrap_or("none");
            let text =
                format!("an event of the stream is not JSON (id {of}); the next one can still be read");
            self.buffer.fail(Error::new(ErrorKind::StreamDecode, text), self.cursor.as_deref());
        }
    }

    /// Resets the counts of errors.
    fn count_as_progress(&mut self) {
        self.empty_connections = 0;
        self.refused_keys = 0;
    }
}
