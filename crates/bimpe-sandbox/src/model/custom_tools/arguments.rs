//! Checks of arguments by the parameters of a tool.

use serde_json::{Map, Value};

/// Returns the errors of the arguments.
pub(super) fn check(definition: &Value, arguments: &Map<String, Value>) -> Vec<String> {
    let parameters = ["url_params", "body_params"].into_iter().filter_map(|list| definition[list].as_array());
    parameters.flatten().filter_map(|parameter| check_one(parameter, arguments)).collect()
}

fn check_one(parameter: &Value, arguments: &Map<String, Value>) -> Option<String> {
    let name = parameter["name"].as_str().unwrap_or_default();
    let kind = parameter["type"].as_str().unwrap_or_default();
    match arguments.get(name).unwrap_or(&Value::Null) {
        Value::Null if parameter["required"] == true => Some(format!("arguments.{name}: is required")),
        Value::Null => None,
        value if is_of(kind, value) => None,
        _ => Some(format!("arguments.{name}: must be of type {kind}")),
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}
