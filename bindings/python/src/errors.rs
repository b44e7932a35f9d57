//! Converts errors into exceptions of the Python class of their kind.

use bimpe::Error;
use bimpe::engine::Response;
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList};
use serde_json::Value;

static FACTORY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Sets the function that creates an exception from a dict of error fields.
#[pyfunction]
pub(crate) fn register_error(py: Python<'_>, factory: Py<PyAny>) {
    // A second import of the package in one process keeps the first factory.
    drop(FACTORY.set(py, factory));
}

/// Returns the exception for an error.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    exception_of(py, &error.to_json())
}

/// Returns the exception for an error of one of several streams, with the name of the stream.
pub(crate) fn exception_for_stream(py: Python<'_>, error: &Error, source: Option<&str>) -> PyErr {
    let mut fields = error.to_json();
    if let Some(source) = source {
        fields["display"] = format!("{source}: {}", fields["display"].as_str().unwrap_or_default()).into();
        fields["source"] = source.into();
    }
    exception_of(py, &fields)
}

/// Returns the exception for a response that Python could not decode.
pub(crate) fn unreadable_response(py: Python<'_>, response: &Response, cause: Option<PyErr>) -> PyErr {
    let message = match &cause {
        Some(cause) => format!("the response was read, but Python raised {} meanwhile", cause.get_type(py)),
        None => "the response is not JSON that Python can read".to_owned(),
    };
    let mut fields = fields("unexpected_response", &message);
    fields["status"] = response.status.into();
    fields["request_id"] = response.request_id.clone().into();
    fields["attempts"] = response.attempts.into();
    fields["idempotency_key"] = response.idempotency_key.clone().into();
    fields["method"] = response.operation().method.as_str().into();
    fields["path"] = response.operation().path.into();
    fields["may_have_been_applied"] = (response.operation().method != "GET").into();
    let error = exception_of(py, &fields);
    error.set_cause(py, cause);
    error
}

/// Returns the exception for a stream that a forked child reads, whose connection belongs to the parent.
pub(crate) fn forked_stream(py: Python<'_>) -> PyErr {
    let message = "the stream was opened before this process was forked; open a new one";
    exception_of(py, &fields("forked_stream", message))
}

/// Returns the exception for a request in a forked child, when a hook or a signal handler forked during the request.
pub(crate) fn fork_error(py: Python<'_>) -> PyErr {
    exception_of(py, &fields("forked_stream", "this process was forked during the request; repeat it"))
}

/// Returns the fields of an error that only this binding raises.
fn fields(kind: &str, message: &str) -> Value {
    let mut fields = Error::internal(message).to_json();
    fields["kind"] = kind.into();
    fields
}

/// Returns the exception for error fields.
pub(crate) fn exception_of(py: Python<'_>, fields: &Value) -> PyErr {
    let Some(factory) = FACTORY.get(py) else {
        return PyRuntimeError::new_err("bimpe._native is used without the package bimpe");
    };
    let made = to_python(py, fields).and_then(|fields| factory.bind(py).call1((fields,)));
    made.map_or_else(|problem| problem, PyErr::from_value)
}

/// Runs `work` and converts a panic into an exception, because a panic must not cross into Python.
pub(crate) fn catch_panic<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    bimpe_runtime::catch_panic(work, |error| Err(exception(py, &error)))
}

/// Converts a JSON value into Python objects.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(flag) => flag.into_bound_py_any(py)?,
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(whole), _) => whole.into_bound_py_any(py)?,
            (None, Some(whole)) => whole.into_bound_py_any(py)?,
            (None, None) => number.as_f64().into_bound_py_any(py)?,
        },
        Value::String(text) => text.into_bound_py_any(py)?,
        Value::Array(items) => {
            let items = items.iter().map(|item| to_python(py, item)).collect::<PyResult<Vec<_>>>()?;
            PyList::new(py, items)?.into_any()
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
