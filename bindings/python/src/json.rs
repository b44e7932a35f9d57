//! Converts Python values to JSON. A value that JSON cannot hold is refused with its path, before anything is sent.

use bimpe::Error;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use serde_json::{Map, Number, Value};

/// The depth that `serde_json` reads. Deeper values usually contain themselves.
const MAX_DEPTH: usize = 128;

/// Converts keyword arguments, or a dict, to a JSON object. `what` names the input in errors.
pub(crate) fn object(
    input: &Bound<'_, PyAny>,
    operation: &str,
    what: &str,
) -> Result<Map<String, Value>, Error> {
    match convert(input, 0) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_other) => {
            Err(Problem::new(format!("must be a dict, not {}", type_name(input))).into_error(operation, what))
        }
        Err(problem) => Err(problem.into_error(operation, what)),
    }
}

/// A value that JSON cannot hold, and its path from the inside out.
struct Problem {
    path: Vec<String>,
    message: String,
}

impl Problem {
    fn new(message: impl Into<String>) -> Self {
        Self { path: Vec::new(), message: message.into() }
    }

    fn inside(mut self, segment: String) -> Self {
        self.path.push(segment);
        self
    }

    fn into_error(self, operation: &str, what: &str) -> Error {
        let mut path = String::new();
        for segment in self.path.iter().rev() {
            if !path.is_empty() && !segment.starts_with('[') {
                path.push('.');
            }
            path.push_str(segment);
        }
        if path.is_empty() {
            what.clone_into(&mut path);
        }
        Error::field(operation, path, self.message)
    }
}

fn convert(value: &Bound<'_, PyAny>, depth: usize) -> Result<Value, Problem> {
    if depth > MAX_DEPTH {
        return Err(Problem::new(format!("is nested deeper than {MAX_DEPTH} levels, or contains itself")));
    }
    if value.is_none() {
        Ok(Value::Null)
    } else if let Ok(text) = value.cast::<PyString>() {
        string(text).map(Value::String)
    } else if let Ok(flag) = value.cast::<PyBool>() {
        Ok(Value::Bool(flag.is_true()))
    } else if value.is_instance_of::<PyInt>() {
        integer(value).ok_or_else(|| Problem::new("does not fit into 64 bits; pass it as a string"))
    } else if let Ok(number) = value.cast::<PyFloat>() {
        let number = number.value();
        Number::from_f64(number).map(Value::Number).ok_or_else(|| {
            let name = if number.is_nan() { "NaN" } else { "infinity" };
            Problem::new(format!("is {name}, which JSON cannot hold; pass None or a string"))
        })
    } else if let Ok(list) = value.cast::<PyList>() {
        array(list.iter(), depth)
    } else if let Ok(tuple) = value.cast::<PyTuple>() {
        array(tuple.iter(), depth)
    } else if let Ok(dict) = value.cast_exact::<PyDict>() {
        // A copy, since the code of a value inside, such as a mapping's `items()`, may change the dict.
        let copy = dict.copy().map_err(|problem| conversion_error(value, &problem))?;
        fields(copy.iter(), depth)
    } else if let Ok(mapping) = value.cast::<PyMapping>() {
        let items = mapping.items().map_err(|problem| conversion_error(value, &problem))?;
        let pairs = items.iter().map(|pair| pair.extract()).collect::<PyResult<Vec<_>>>();
        fields(pairs.map_err(|problem| conversion_error(value, &problem))?.into_iter(), depth)
    } else {
        Err(Problem::new(unsupported_type(value)))
    }
}

fn string(text: &Bound<'_, PyString>) -> Result<String, Problem> {
    text.to_str()
        .map(ToOwned::to_owned)
        .map_err(|_invalid| Problem::new("holds half of a surrogate pair, which is not valid text"))
}

fn integer(value: &Bound<'_, PyAny>) -> Option<Value> {
    value.extract::<i64>().map(Value::from).or_else(|_large| value.extract::<u64>().map(Value::from)).ok()
}

fn array<'py>(items: impl Iterator<Item = Bound<'py, PyAny>>, depth: usize) -> Result<Value, Problem> {
    items
        .enumerate()
        .map(|(index, item)| {
            convert(&item, depth + 1).map_err(|problem| problem.inside(format!("[{index}]")))
        })
        .collect::<Result<_, _>>()
        .map(Value::Array)
}

fn fields<'py>(
    items: impl Iterator<Item = (Bound<'py, PyAny>, Bound<'py, PyAny>)>,
    depth: usize,
) -> Result<Value, Problem> {
    let mut map = Map::new();
    for (key, item) in items {
        let Ok(name) = key.cast::<PyString>() else {
            return Err(Problem::new(format!(
                "has a key of type {}; JSON keys are strings",
                type_name(&key)
            )));
        };
        let name = string(name)?;
        let field = convert(&item, depth + 1).map_err(|problem| problem.inside(name.clone()))?;
        map.insert(name, field);
    }
    Ok(Value::Object(map))
}

fn conversion_error(value: &Bound<'_, PyAny>, problem: &PyErr) -> Problem {
    let error = problem.get_type(value.py());
    let error = error.name().map_or_else(|_unnamed| "an error".to_owned(), |name| name.to_string());
    Problem::new(format!("is of type {}, whose items() raised {error}", type_name(value)))
}

fn unsupported_type(value: &Bound<'_, PyAny>) -> String {
    let name = type_name(value);
    let has = |attribute| value.hasattr(attribute).unwrap_or(false);
    let way_out = if has("to_dict") {
        "its to_dict()"
    } else if has("model_dump") {
        "its model_dump(mode='json')"
    } else if has("isoformat") {
        "its isoformat()"
    } else if has("value") {
        "its value"
    } else if has("__dataclass_fields__") {
        "dataclasses.asdict() of it"
    } else if has("decode") {
        "text, as from its decode()"
    } else if has("__iter__") {
        "a list or a dict"
    } else {
        "str() or float() of it"
    };
    format!("is of type {name}, which JSON cannot hold; pass {way_out}")
}

/// Returns the name of a value's type for messages. Never the value, which may be a secret.
pub(crate) fn type_name(value: &Bound<'_, PyAny>) -> String {
    if value.is_none() {
        return "None".to_owned();
    }
    value.get_type().name().map_or_else(|_unnamed| "an object".to_owned(), |name| name.to_string())
}
