//! The journal: the latest requests of the API, in memory and without secrets.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Request;
use serde_json::{Map, Value};
use tokio::sync::watch;

/// Maximum number of requests. The journal drops the oldest.
pub(crate) const MAX_ENTRIES: usize = 1000;
/// Maximum size of all requests.
const MAX_BYTES: usize = 16 * 1024 * 1024;

#[derive(Default)]
pub(crate) struct Journal {
    log: Mutex<Log>,
    /// The id of the last request.
    last: watch::Sender<u64>,
}

#[derive(Default)]
struct Log {
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
}

/// A recorded request.
pub(crate) struct Entry {
    pub id: u64,
    operation: Option<String>,
    /// The request as JSON text, because a text takes less memory than a `Value`.
    text: String,
    /// The request with its secrets, which only a replay reads. `None` if the sandbox did not read the body.
    pub original: Option<Request<Vec<u8>>>,
}

impl Journal {
    /// Appends a request, and returns its id. `fields` must hold no secret.
    pub(crate) fn append(&self, fields: Map<String, Value>, original: Option<Request<Vec<u8>>>) -> u64 {
        let mut log = self.log();
        let id = *self.last.borrow() + 1;
        let operation = fields.get("operation").and_then(Value::as_str).map(str::to_owned);
        let mut record = Map::from_iter([("id".to_owned(), id.into())]);
        record.extend(fields);
        let entry = Entry { id, operation, text: Value::Object(record).to_string(), original };
        log.bytes += entry.bytes();
        log.entries.push_back(Arc::new(entry));
        while log.entries.len() > MAX_ENTRIES || log.bytes > MAX_BYTES && log.entries.len() > 1 {
            let oldest = log.entries.pop_front();
            log.bytes -= oldest.map_or(0, |entry| entry.bytes());
        }
        // Within the lock, so that a reader that knows the id finds the entry.
        self.last.send_replace(id);
        id
    }

    pub(crate) fn find(&self, id: u64) -> Option<Arc<Entry>> {
        let log = self.log();
        let index = log.entries.binary_search_by_key(&id, |entry| entry.id).ok()?;
        log.entries.get(index).cloned()
    }

    /// Returns the requests after an id, oldest first.
    pub(crate) fn list(&self, operation: Option<&str>, after: u64, limit: usize) -> Vec<Arc<Entry>> {
        let log = self.log();
        let start = log.entries.partition_point(|entry| entry.id <= after);
        let entries = log.entries.range(start..);
        let selected =
            entries.filter(|entry| operation.is_none_or(|name| entry.operation.as_deref() == Some(name)));
        selected.take(limit).cloned().collect()
    }

    /// Deletes all requests. The ids of later requests do not start again.
    pub(crate) fn clear(&self) {
        *self.log() = Log::default();
    }

    /// Returns a receiver of the id of the last request.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Returns the request as the admin API shows it.
    pub(crate) fn data(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    fn bytes(&self) -> usize {
        let original = self.original.as_ref().map_or(0, |request| {
            let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
            request.body().len() + headers.sum::<usize>()
        });
        self.text.len() + original
    }
}
