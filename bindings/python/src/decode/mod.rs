//! Decodes responses into typed Python objects, by the static type table.
//!
//! The decoder is lenient: a value of an unexpected type stays a plain Python value, an unknown field goes to the object's
//! dict, and an unknown enum value is a string. An applied write never fails because of the shape of its response.

mod value;

use bimpe::engine::json::{JsonError, Reader};
use bimpe::engine::{Response, header_pairs};
use bimpe::operations::PAGINATION_META;
use bimpe::schema::{ObjectType, ResponseShape, Type};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

pub(crate) use self::value::StringCache;
use self::value::{Decoder, Shape};
use crate::errors::{catch_panic, unreadable_response};
use crate::model_registry::object_named;

/// The type of the `meta` of pages.
static META: Type = Type::Object(&PAGINATION_META);

/// Reason for a failed decoding.
enum Failure {
    /// Python raised an exception, such as `MemoryError`.
    Python(PyErr),
    /// The text is not JSON that Python can read.
    Text,
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl From<JsonError> for Failure {
    fn from(_: JsonError) -> Self {
        Self::Text
    }
}

/// Returns the Python value of a response: `None`, an object, a list, or `(items, meta, request id, cursor)` of a page. With
/// `raw`, returns a pair of the value and a dict of response metadata.
pub(crate) fn response<'py>(py: Python<'py>, response: &Response, raw: bool) -> PyResult<Bound<'py, PyAny>> {
    let value = match response.operation().response {
        ResponseShape::Nothing => py.None().into_bound(py),
        ResponseShape::One(ty) | ResponseShape::Stream(ty) => {
            shaped(py, response, response.data(), Shape::One(ty))?
        }
        ResponseShape::List(ty) => shaped(py, response, response.data(), Shape::List(ty))?,
        ResponseShape::Page(ty) => {
            let items = shaped(py, response, response.data(), Shape::List(ty))?;
            let meta = response.meta().map(|meta| shaped(py, response, meta, Shape::One(&META)));
            (items, meta.transpose()?, response.request_id.as_deref(), response.next())
                .into_pyobject(py)?
                .into_any()
        }
    };
    if raw {
        return Ok((value, about(py, response)?).into_pyobject(py)?.into_any());
    }
    Ok(value)
}

/// Returns the event of a stream, or its text if the text is not valid JSON.
pub(crate) fn event<'py>(
    py: Python<'py>,
    text: &str,
    ty: &'static Type,
    cache: &mut StringCache,
) -> Bound<'py, PyAny> {
    value(py, text, Shape::One(ty), cache).unwrap_or_else(|_failure| PyString::new(py, text).into_any())
}

/// Returns an object of the class `name` from JSON text.
#[pyfunction]
pub(crate) fn build<'py>(py: Python<'py>, name: &str, text: &str) -> PyResult<Bound<'py, PyAny>> {
    catch_panic(py, || {
        let found = object_named(name).ok_or_else(|| PyKeyError::new_err(name.to_owned()))?;
        object(py, text, found)
    })
}

fn object<'py>(py: Python<'py>, text: &str, object: &'static ObjectType) -> PyResult<Bound<'py, PyAny>> {
    let read = || {
        let mut reader = Reader::new(text);
        reader.kind()?;
        let value = Decoder::new(py, &mut StringCache::of(text)).object(&mut reader, object)?;
        reader.end()?;
        Ok(value)
    };
    read().map_err(|failure| match failure {
        Failure::Python(error) => error,
        Failure::Text => PyValueError::new_err("this is not JSON, or nested too deeply"),
    })
}

fn shaped<'py>(
    py: Python<'py>,
    response: &Response,
    text: &str,
    shape: Shape,
) -> PyResult<Bound<'py, PyAny>> {
    value(py, text, shape, &mut StringCache::of(text)).map_err(|failure| match failure {
        Failure::Python(error) if error.is_instance_of::<pyo3::exceptions::PyMemoryError>(py) => error,
        Failure::Python(error) => unreadable_response(py, response, Some(error)),
        Failure::Text => unreadable_response(py, response, None),
    })
}

fn value<'py>(
    py: Python<'py>,
    text: &str,
    shape: Shape,
    cache: &mut StringCache,
) -> Result<Bound<'py, PyAny>, Failure> {
    let mut reader = Reader::new(text);
    let value = Decoder::new(py, cache).value(&mut reader, shape, &[])?;
    reader.end()?;
    Ok(value)
}

fn about<'py>(py: Python<'py>, response: &Response) -> PyResult<Bound<'py, PyDict>> {
    let about = PyDict::new(py);
    let headers = PyList::empty(py);
    for pair in header_pairs(&response.headers) {
        headers.append(pair)?;
    }
    let meta = response.meta().map(|meta| shaped(py, response, meta, Shape::One(&Type::Any)));
    about.set_item("status", response.status)?;
    about.set_item("headers", headers)?;
    about.set_item("request_id", response.request_id.as_deref())?;
    about.set_item("attempts", response.attempts)?;
    about.set_item("elapsed", response.elapsed.as_secs_f64())?;
    about.set_item("idempotency_key", response.idempotency_key.as_deref())?;
    // Invalid metadata is left out, because it only describes the data.
    about.set_item("meta", meta.and_then(Result::ok))?;
    Ok(about)
}
