//! How a call ends: an error becomes an exception of the Python class that its kind stands for.

use bimpe::engine::Response;
use bimpe::{Error, panics};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList};
use serde_json::Value;

static FACTORY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Sets the function that makes an exception of the facts of an error, given as a dict.
#[pyfunction]
pub(crate) fn register_error(py: Python<'_>, factory: Py<PyAny>) {
    // A second import of the package in one process keeps the first factory.
    drop(FACTORY.set(py, factory));
}

/// The exception that stands for this error.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    exception_of(py, &error.to_json())
}

/// The same for one of several streams, which it names.
pub(crate) fn exception_in(py: Python<'_>, error: &Error, source: Option<&str>) -> PyErr {
    let mut facts = error.to_json();
    if let Some(source) = source {
        facts["display"] = format!("{source}: {}", facts["display"].as_str().unwrap_or_default()).into();
        facts["source"] = source.into();
    }
    exception_of(py, &facts)
}

/// The exception for a response that was received, but that Python cannot hold, perhaps because of an exception.
pub(crate) fn unreadable(py: Python<'_>, response: &Response, cause: Option<PyErr>) -> PyErr {
    let message = match &cause {
        Some(cause) => format!("the response was read, but Python raised {} meanwhile", cause.get_type(py)),
        None => "the response is not JSON that Python can read".to_owned(),
    };
    let mut facts = facts("unexpected_response", &message);
    facts["status"] = response.status.into();
    facts["request_id"] = response.request_id.clone().into();
    facts["attempts"] = response.attempts.into();
    facts["idempotency_key"] = response.idempotency_key.clone().into();
    facts["may_have_been_applied"] = (response.operation().method != "GET").into();
    let error = exception_of(py, &facts);
    error.set_cause(py, cause);
    error
}

/// The exception for a stream that a forked child tries to read: the connection is the parent's.
pub(crate) fn forked_stream(py: Python<'_>) -> PyErr {
    let message = "the stream was opened before this process was forked; open one of its own";
    exception_of(py, &facts("forked_stream", message))
}

/// The exception for a call that is under way when a hook or the handler of a signal forks: it is the parent's, and
/// the child cannot wait for it.
pub(crate) fn forked_call(py: Python<'_>) -> PyErr {
    exception_of(
        py,
        &facts("forked_stream", "this process was forked while the call was under way; make it anew"),
    )
}

/// The facts of an error that only a binding meets.
fn facts(kind: &str, message: &str) -> Value {
    let mut facts = Error::internal(message).to_json();
    facts["kind"] = kind.into();
    facts
}

/// The exception for the facts of an error.
pub(crate) fn exception_of(py: Python<'_>, facts: &Value) -> PyErr {
    let Some(factory) = FACTORY.get(py) else {
        return PyRuntimeError::new_err("bimpe._native is used without the package bimpe");
    };
    let made = to_python(py, facts).and_then(|facts| factory.bind(py).call1((facts,)));
    made.map_or_else(|problem| problem, PyErr::from_value)
}

/// Runs `work`, turning a panic into our exception: a panic may not cross into Python.
pub(crate) fn guarded<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    panics::caught(work, |error| Err(exception(py, &error)))
}

/// A JSON value as plain Python objects.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(flag) => flag.into_pyobject(py)?.to_owned().into_any(),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(whole), _) => whole.into_pyobject(py)?.into_any(),
            (None, Some(whole)) => whole.into_pyobject(py)?.into_any(),
            (None, None) => number.as_f64().into_pyobject(py)?.into_any(),
        },
        Value::String(text) => text.into_pyobject(py)?.into_any(),
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(to_python(py, item)?)?;
            }
            list.into_any()
        }
        Value::Object(fields) => {
            let dict = PyDict::new(py);
            for (name, field) in fields {
                dict.set_item(name, to_python(py, field)?)?;
            }
            dict.into_any()
        }
    })
}
