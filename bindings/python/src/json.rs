//! Python values as JSON. What does not fit is refused with the path to it, before anything is sent.

use bimpe::Error;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use serde_json::{Map, Number, Value};

/// As deep as `serde_json` reads; what is deeper contains itself, more often than not.
const MAX_DEPTH: usize = 128;

/// The keyword arguments, or the dict, of a request as a JSON object.
pub(crate) fn object(input: &Bound<'_, PyAny>, what: &str) -> Result<Map<String, Value>, Error> {
    match convert(input, 0) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_other) => Err(Error::user(format!("the {what} must be a dict, got {}", type_name(input)))),
        Err(problem) => Err(problem.into_error(what)),
    }
}

/// What does not fit, and where; the path is collected from the inside out.
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

    fn into_error(self, what: &str) -> Error {
        if self.path.is_empty() {
            return Error::user(format!("the {what}: {}", self.message));
        }
        let mut path = String::new();
        for segment in self.path.iter().rev() {
            if !path.is_empty() && !segment.starts_with('[') {
                path.push('.');
            }
            path.push_str(segment);
        }
        Error::user(format!("{path}: {}", self.message))
    }
}

fn convert(value: &Bound<'_, PyAny>, depth: usize) -> Result<Value, Problem> {
    if depth > MAX_DEPTH {
        return Err(Problem::new(format!("nested more than {MAX_DEPTH} levels deep, or contains itself")));
    }
    if value.is_none() {
        Ok(Value::Null)
    } else if let Ok(text) = value.cast::<PyString>() {
        string(text).map(Value::String)
    } else if let Ok(flag) = value.cast::<PyBool>() {
        Ok(Value::Bool(flag.is_true()))
    } else if value.is_instance_of::<PyInt>() {
        integer(value)
            .ok_or_else(|| Problem::new("the number does not fit into 64 bits; send it as a string"))
    } else if let Ok(number) = value.cast::<PyFloat>() {
        let number = number.value();
        Number::from_f64(number).map(Value::Number).ok_or_else(|| {
            Problem::new(format!("{} is not JSON", if number.is_nan() { "NaN" } else { "infinity" }))
        })
    } else if let Ok(list) = value.cast::<PyList>() {
        array(list.iter(), depth)
    } else if let Ok(tuple) = value.cast::<PyTuple>() {
        array(tuple.iter(), depth)
    } else if let Ok(dict) = value.cast_exact::<PyDict>() {
        fields(dict.iter(), depth)
    } else if let Ok(mapping) = value.cast::<PyMapping>() {
        let items = mapping.items().map_err(|problem| unreadable(value, &problem))?;
        let pairs = items.iter().filter_map(|pair| pair.extract().ok());
        fields(pairs, depth)
    } else {
        Err(Problem::new(foreign(value)))
    }
}

fn string(text: &Bound<'_, PyString>) -> Result<String, Problem> {
    text.to_str()
        .map(ToOwned::to_owned)
        .map_err(|_invalid| Problem::new("the text holds a lone surrogate, which is not Unicode"))
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
            return Err(Problem::new(format!("a key is {}, but JSON keys are strings", type_name(&key))));
        };
        let name = string(name)?;
        let field = convert(&item, depth + 1).map_err(|problem| problem.inside(name.clone()))?;
        map.insert(name, field);
    }
    Ok(Value::Object(map))
}

fn unreadable(value: &Bound<'_, PyAny>, problem: &PyErr) -> Problem {
    Problem::new(format!("{} could not be read: {}", type_name(value), problem.get_type(value.py())))
}

fn foreign(value: &Bound<'_, PyAny>) -> String {
    let name = type_name(value);
    let hint = if value.hasattr("to_dict").unwrap_or(false) {
        "; pass its to_dict()"
    } else if value.hasattr("isoformat").unwrap_or(false) {
        "; pass its isoformat()"
    } else if value.hasattr("value").unwrap_or(false) {
        "; pass its value"
    } else {
        ""
    };
    format!("{name} is not JSON{hint}")
}

/// The name of a value's type, for messages; never the value, which may be a secret.
pub(crate) fn type_name(value: &Bound<'_, PyAny>) -> String {
    if value.is_none() {
        return "None".to_owned();
    }
    value.get_type().name().map_or_else(|_unnamed| "an object".to_owned(), |name| name.to_string())
}
