//! Changes of a running sandbox by the program that started it.

use std::time::Duration;

use serde_json::Value;

use super::{Error, Sandbox};
use crate::journal::MAX_ENTRIES;
use crate::model::{self, onboarding};

/// Methods for tests, as the paths under `/_sandbox` have them.
///
/// ```
/// use std::time::Duration;
///
/// # fn main() -> Result<(), bimpe_sandbox::Error> {
/// let sandbox = bimpe_sandbox::Sandbox::start_blocking()?;
/// sandbox.snapshot("start")?;
/// sandbox.freeze(true)?;
/// sandbox.advance(Duration::from_secs(3600))?;
/// assert_eq!(sandbox.approve_all()?, 0);
/// sandbox.restore("start")?;
///
/// sandbox.fail(serde_json::json!({ "operation": "agents.list", "status": 503, "times": 1 }))?;
/// assert!(sandbox.requests(Some("agents.list"))?.is_empty());
/// sandbox.reset()?;
/// # Ok(())
/// # }
/// ```
impl Sandbox {
    /// Approves all open onboardings, and returns their number.
    pub fn approve_all(&self) -> Result<usize, Error> {
        Ok(self.running.state.change(onboarding::approve_all)?)
    }

    /// Advances the clock.
    pub fn advance(&self, time: Duration) -> Result<(), Error> {
        Ok(self.running.state.change_clock(None, time)?)
    }

    /// Freezes the clock, or lets the clock continue.
    pub fn freeze(&self, frozen: bool) -> Result<(), Error> {
        Ok(self.running.state.change_clock(Some(frozen), Duration::ZERO)?)
    }

    /// Deletes all objects, recorded requests and faults, and seeds the sandbox again.
    pub fn reset(&self) -> Result<(), Error> {
        Ok(self.running.state.reset()?)
    }

    /// Copies all objects and the clock under a name of 1 to 64 letters, digits, underscores and hyphens.
    pub fn snapshot(&self, name: &str) -> Result<(), Error> {
        Ok(self.running.state.take_snapshot(name).map(drop)?)
    }

    /// Replaces all objects and the clock by those of a snapshot.
    pub fn restore(&self, name: &str) -> Result<(), Error> {
        Ok(self.running.state.restore_snapshot(name)?)
    }

    /// Adds a fault, and returns it with its `id`. `POST /_sandbox/faults` accepts the same options.
    pub fn fail(&self, options: Value) -> Result<Value, Error> {
        Ok(self.running.state.faults.add(options).map_err(model::Error::from)?)
    }

    /// Returns the recorded requests of an operation, or all, oldest first, as `GET /_sandbox/requests` does.
    pub fn requests(&self, operation: Option<&str>) -> Result<Vec<Value>, Error> {
        Ok(self.running.state.requests(operation, 0, MAX_ENTRIES)?)
    }
}

impl From<model::Error> for Error {
    fn from(error: model::Error) -> Self {
        let texts =
            error.message.as_array().map(|texts| texts.iter().filter_map(Value::as_str).collect::<Vec<_>>());
        let text = texts.map(|texts| texts.join("; ")).or_else(|| error.message.as_str().map(str::to_owned));
        Self::Refused(text.unwrap_or_default())
    }
}
