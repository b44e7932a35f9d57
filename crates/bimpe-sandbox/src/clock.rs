//! The time of the sandbox: the real one, plus what the control path has added.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SecondsFormat, Utc};

#[derive(Default)]
pub(crate) struct Clock {
    ahead_ms: AtomicI64,
}

impl Clock {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        Utc::now() + chrono::TimeDelta::milliseconds(self.ahead_ms.load(Ordering::Relaxed))
    }

    /// The present as the API writes it: ISO 8601, UTC, milliseconds.
    pub(crate) fn stamp(&self) -> String {
        iso(self.now())
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.ahead_ms.fetch_add(seconds.saturating_mul(1000), Ordering::Relaxed);
    }

    pub(crate) fn reset(&self) {
        self.ahead_ms.store(0, Ordering::Relaxed);
    }
}

pub(crate) fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

pub(crate) fn parse(stamp: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(stamp).ok().map(|time| time.to_utc())
}
