//! Everything that is logged on one thread, at all levels, by `tracing` and by `log`.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, set_global_default};
use tracing::{Event, Metadata, Subscriber};

/// The texts of this thread's records so far. It serves the whole program, in which other tests speak as well.
#[derive(Clone)]
pub(super) struct Log {
    of: ThreadId,
    texts: Arc<Mutex<Vec<String>>>,
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").expect("it grows");
    }
}

impl Log {
    /// Listens to this thread from now on.
    pub(super) fn listen() -> Self {
        let log = Self { of: thread::current().id(), texts: Arc::default() };
        log::set_boxed_logger(Box::new(log.clone())).expect("it is the only one of this program");
        log::set_max_level(log::LevelFilter::Trace);
        set_global_default(log.clone()).expect("it is the only one of this program");
        log
    }

    fn hears(&self) -> bool {
        thread::current().id() == self.of
    }

    fn add(&self, text: String) {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }

    fn visited(&self, metadata: &Metadata<'_>, visit: impl FnOnce(&mut Fields)) {
        let mut fields = Fields(format!("{} {} ", metadata.target(), metadata.level()));
        visit(&mut fields);
        self.add(fields.0);
    }

    /// Returns the log records since the last call.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.texts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Subscriber for Log {
    /// Asked again each time, since another thread may be the first to come by.
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        self.hears()
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.visited(span.metadata(), |fields| span.record(fields));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut fields = Fields(String::new());
        values.record(&mut fields);
        self.add(fields.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.visited(event.metadata(), |fields| event.record(fields));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        self.hears()
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.hears() {
            self.add(format!("{} {} {}", record.target(), record.level(), record.args()));
        }
    }

    fn flush(&self) {}
}
