//! Passes retries from the engine to the caller's hook.

use bimpe::engine::{Observer, OperationRequest, RequestEvent};
use pyo3::exceptions::PyBaseException;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use serde_json::Value;

use crate::errors::exception_of;
use crate::observing::notify;

/// A failed attempt that will be retried.
pub(crate) struct Retry {
    attempt: u32,
    wait: f64,
    error: Value,
}

impl Retry {
    /// Calls the hook on a Python thread. Exceptions of the hook do not affect the request, except `KeyboardInterrupt` and
    /// `SystemExit`.
    pub(crate) fn notify(&self, py: Python<'_>, hook: &Py<PyAny>) -> PyResult<()> {
        notify(hook.bind(py), (self.attempt, self.wait, self.error(py)), None)
    }

    /// Returns the hook and its arguments, for Python code to call.
    pub(crate) fn call<'py>(&self, py: Python<'py>, hook: &Py<PyAny>) -> PyResult<Bound<'py, PyTuple>> {
        (hook, self.attempt, self.wait, self.error(py)).into_pyobject(py)
    }

    fn error(&self, py: Python<'_>) -> Py<PyBaseException> {
        exception_of(py, &self.error).into_value(py)
    }
}

/// Makes the engine send the retries of the request to `send`.
pub(crate) fn observe(call: &mut OperationRequest, send: impl Fn(Retry) + Send + Sync + 'static) {
    call.observer = Some(Observer::new(move |event| {
        if let RequestEvent::Retry { attempt, wait, error, .. } = event {
            send(Retry { attempt: *attempt, wait: wait.as_secs_f64(), error: error.to_json() });
        }
    }));
}
