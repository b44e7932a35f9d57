//! Converts the path, the query and the options of a request. Checks Python types; the engine checks values.

use std::time::Duration;

use bimpe::engine::{OperationRequest, StreamOptions};
use bimpe::schema::Segment;
use bimpe::{ApiKey, Error, RequestOptions};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBoolMethods, PyDate, PyDict, PyFloat, PyInt, PyMapping, PyString, PyTuple};

use crate::json::{self, type_name};

/// A `bimpe._request.Request`.
#[derive(FromPyObject)]
pub(crate) struct Request<'py> {
    operation: Bound<'py, PyAny>,
    path: Bound<'py, PyTuple>,
    options: Bound<'py, PyTuple>,
    query: Option<Bound<'py, PyAny>>,
    body: Option<Bound<'py, PyAny>>,
    cursor: Option<String>,
    pub(crate) is_raw: bool,
    pub(crate) on_retry: Option<Py<PyAny>>,
}

impl Request<'_> {
    pub(crate) fn call(&self) -> Result<OperationRequest, Error> {
        let operation = text(&self.operation, "the method and path")?;
        let mut call = call(&operation, &self.path)?;
        if let Some(query) = &self.query {
            // `None` stands for an omitted filter.
            call.query = json::object(query, &operation, "query")?;
            call.query.retain(|_name, value| !value.is_null());
        }
        if let Some(body) = &self.body {
            call.body = Some(json::object(body, &operation, "body")?.into());
        }
        call.options = options(&self.options)?;
        call.cursor.clone_from(&self.cursor);
        Ok(call)
    }
}

/// Builds the request for an operation id and the ids in its path.
pub(crate) fn call(operation: &str, path: &Bound<'_, PyTuple>) -> Result<OperationRequest, Error> {
    let mut call = OperationRequest::new(operation)?;
    call.path = ids(&call, path)?;
    Ok(call)
}

fn ids(call: &OperationRequest, path: &Bound<'_, PyTuple>) -> Result<Vec<String>, Error> {
    let names = call.operation.segments.iter().filter_map(|segment| match segment {
        Segment::Id { name, .. } => Some(*name),
        Segment::Literal(_) => None,
    });
    let names = names.chain(std::iter::repeat("an id"));
    path.iter().zip(names).map(|(value, name)| text(&value, name)).collect()
}

/// Reads `(idempotency_key, timeout, max_retries, headers, api_key)`. The last may be omitted.
pub(crate) fn options(given: &Bound<'_, PyTuple>) -> Result<RequestOptions, Error> {
    let mut options = RequestOptions::default();
    let mut given = given.iter();
    let mut next = || given.next().filter(|value| !value.is_none());
    if let Some(key) = next() {
        options.idempotency_key = Some(text(&key, "idempotency_key")?);
    }
    if let Some(timeout) = next() {
        options.timeout = Some(seconds(&timeout, "timeout")?);
    }
    if let Some(count) = next() {
        options.max_retries = Some(retries(&count)?);
    }
    if let Some(given) = next() {
        options.headers = headers(&given, "headers")?;
    }
    if let Some(key) = next() {
        options.api_key = Some(ApiKey::new(&text(&key, "api_key")?)?);
    }
    Ok(options)
}

/// Reads the stream options `after`, `reconnect`, `timeout` (without data), `max_retries` (reconnects without events) and
/// `headers`, which only observers set.
pub(crate) fn stream(given: &Bound<'_, PyDict>) -> Result<StreamOptions, Error> {
    let mut options = StreamOptions::default();
    for (name, value) in given.iter().filter(|(_name, value)| !value.is_none()) {
        let name = text(&name, "the name of an option")?;
        match name.as_str() {
            "after" => options.after = Some(after(&value)?),
            "reconnect" => options.reconnect = parse_bool(&value, &name)?,
            "timeout" => options.stall_timeout = seconds(&value, &name)?,
            "max_retries" => options.max_reconnects = Some(retries(&value)?),
            "headers" => options.headers = headers(&value, &name)?,
            _ => return Err(Error::user(format!("unknown option {name:?}"))),
        }
    }
    Ok(options)
}

/// Reads an event id, an ISO 8601 time, a `datetime` or a `date`.
fn after(value: &Bound<'_, PyAny>) -> Result<String, Error> {
    if !value.is_instance_of::<PyString>() && value.is_instance_of::<PyDate>() {
        let time = value.call_method0("isoformat").map_err(|_raised| {
            Error::user(format!("after is of type {}, whose isoformat() raised", type_name(value)))
        })?;
        return text(&time, "after");
    }
    text(value, "after")
}

/// Reads `True` or `False`.
pub(crate) fn parse_bool(value: &Bound<'_, PyAny>, what: &str) -> Result<bool, Error> {
    let wrong = |_other| Error::user(format!("{what} must be True or False, got {}", type_name(value)));
    value.cast::<PyBool>().map(PyBoolMethods::is_true).map_err(wrong)
}

/// Reads a string.
pub(crate) fn text(value: &Bound<'_, PyAny>, what: &str) -> Result<String, Error> {
    let Ok(value) = value.cast::<PyString>() else {
        return Err(Error::user(format!("{what} must be a string, got {}", type_name(value))));
    };
    let text = value.to_str();
    text.map(ToOwned::to_owned).map_err(|_invalid| Error::user(format!("{what} holds a lone surrogate")))
}

/// Reads a duration in seconds.
pub(crate) fn seconds(value: &Bound<'_, PyAny>, what: &str) -> Result<Duration, Error> {
    let is_number = value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>();
    if !is_number || value.is_instance_of::<PyBool>() {
        return Err(Error::user(format!("{what} must be a number of seconds, got {}", type_name(value))));
    }
    let seconds = value.extract::<f64>().ok().filter(|seconds| *seconds > 0.0);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| Error::user(format!("{what} must be a finite number of seconds above 0")))
}

/// Reads a number of retries.
pub(crate) fn retries(value: &Bound<'_, PyAny>) -> Result<u32, Error> {
    let count = if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() {
        // The engine checks the maximum.
        value.extract::<u32>().ok().or_else(|| value.gt(0).ok().filter(|more| *more).map(|_| u32::MAX))
    } else {
        None
    };
    count.ok_or_else(|| Error::user("max_retries must be a whole number of 0 or more"))
}

/// Reads names and values of headers.
pub(crate) fn headers(value: &Bound<'_, PyAny>, what: &str) -> Result<Vec<(String, String)>, Error> {
    let wrong = || Error::user(format!("{what} must map names to values, got {}", type_name(value)));
    let items = value.cast::<PyMapping>().map_err(|_other| wrong())?.items().map_err(|_broken| wrong())?;
    let mut headers = Vec::with_capacity(items.len());
    for item in items.iter() {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract().map_err(|_other| wrong())?;
        let name = text(&name, &format!("a name in {what}"))?;
        let value = text(&value, &format!("the value of {name:?} in {what}"))?;
        headers.push((name, value));
    }
    Ok(headers)
}
