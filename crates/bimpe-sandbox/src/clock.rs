//! The time of the sandbox: the system time plus an offset that tests can increase, or a frozen time.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The year 9000. Expiries are at most ten years later, and a year of ISO 8601 has four digits.
const LATEST_MS: i64 = 221_845_392_000_000;

#[derive(Default)]
pub(crate) struct Clock(Mutex<ClockSetting>);

/// The difference to the system time, in milliseconds.
#[derive(Clone, Copy, Default, Deserialize, Serialize)]
pub(crate) struct ClockSetting {
    offset: i64,
    /// The time of a frozen clock since the Unix epoch.
    frozen: Option<i64>,
}

impl Clock {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.setting().now()
    }

    /// Returns the current time in the format of the API: ISO 8601, UTC, milliseconds.
    pub(crate) fn timestamp(&self) -> String {
        iso(self.now())
    }

    pub(crate) fn setting(&self) -> ClockSetting {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, setting: ClockSetting) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = setting;
    }
}

impl ClockSetting {
    pub(crate) fn now(self) -> DateTime<Utc> {
        let frozen = self.frozen.and_then(DateTime::from_timestamp_millis);
        frozen.unwrap_or_else(|| Utc::now() + TimeDelta::milliseconds(self.offset))
    }

    pub(crate) fn is_frozen(self) -> bool {
        self.frozen.is_some()
    }

    /// Returns the setting after `milliseconds`, or `None` if the time would be later than the year 9000.
    pub(crate) fn advanced(self, milliseconds: i64) -> Option<Self> {
        let now = self.now().timestamp_millis();
        now.checked_add(milliseconds).filter(|time| *time < LATEST_MS)?;
        Some(Self { offset: self.offset + milliseconds, frozen: self.frozen.map(|time| time + milliseconds) })
    }

    /// Returns the setting of a clock that stops or continues at the current time.
    pub(crate) fn with_frozen(self, frozen: bool) -> Self {
        let now = self.now().timestamp_millis();
        Self { offset: now - Utc::now().timestamp_millis(), frozen: frozen.then_some(now) }
    }
}

pub(crate) fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

pub(crate) fn parse(timestamp: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(timestamp).ok().map(|time| time.to_utc())
}
