//! Retries, on their way from the engine's task to the hook of the caller.

use bimpe::engine::{Call, CallEvent, Observer};
use pyo3::exceptions::PyBaseException;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use serde_json::Value;

use crate::observing::notify;
use crate::outcome::exception_of;

/// An attempt that failed, before the call waits for the next.
pub(crate) struct Retry {
    attempt: u32,
    wait: f64,
    error: Value,
}

impl Retry {
    /// Calls the hook, on a thread of Python. The call goes on whatever the hook does, unless the program is to end:
    /// Ctrl-C may come while the hook runs.
    pub(crate) fn tell(&self, py: Python<'_>, hook: &Py<PyAny>) -> PyResult<()> {
        notify(hook.bind(py), (self.attempt, self.wait, self.error(py)), None)
    }

    /// The hook and its arguments, for Python code to call it.
    pub(crate) fn call<'py>(&self, py: Python<'py>, hook: &Py<PyAny>) -> PyResult<Bound<'py, PyTuple>> {
        (hook, self.attempt, self.wait, self.error(py)).into_pyobject(py)
    }

    fn error(&self, py: Python<'_>) -> Py<PyBaseException> {
        exception_of(py, &self.error).into_value(py)
    }
}

/// Has the engine hand the retries of the call to `send`.
pub(crate) fn observe(call: &mut Call, send: impl Fn(Retry) + Send + Sync + 'static) {
    call.observer = Some(Observer::new(move |event| {
        if let CallEvent::Retry { attempt, wait, error, .. } = event {
            send(Retry { attempt: *attempt, wait: wait.as_secs_f64(), error: error.to_json() });
        }
    }));
}
