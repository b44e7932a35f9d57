//! JSON objects for setters.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

/// A JSON object for a setter: `json!`, a map, or pairs. Another JSON value is refused when the request is sent.
///
/// ```
/// use bimpe::types::{CreateTool, ToolHttpMethod};
/// use serde_json::json;
///
/// let tool = CreateTool::new("Create order", ToolHttpMethod::Post, "/orders")
///     .body_template(json!({"item": "{{item}}", "count": "{{count}}"}))
///     .headers_template([("X-Shop", "lagos")]);
/// assert_eq!(tool.headers_template, Some(json!({"X-Shop": "lagos"})));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Object(Value);

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        object.0
    }
}

impl From<Value> for Object {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl From<Map<String, Value>> for Object {
    fn from(fields: Map<String, Value>) -> Self {
        Self(fields.into())
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl<K: Into<String>, V: Into<Value>, const N: usize> From<[(K, V); N]> for Object {
    fn from(pairs: [(K, V); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K: Into<String>, V: Into<Value>> From<Vec<(K, V)>> for Object {
    fn from(pairs: Vec<(K, V)>) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K: Into<String>, V: Into<Value>> From<BTreeMap<K, V>> for Object {
    fn from(pairs: BTreeMap<K, V>) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K: Into<String>, V: Into<Value>, S> From<HashMap<K, V, S>> for Object {
    fn from(pairs: HashMap<K, V, S>) -> Self {
        pairs.into_iter().collect()
    }
}
