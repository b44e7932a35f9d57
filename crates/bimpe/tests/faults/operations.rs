//! Every operation with valid arguments: the examples of the API's description.

use bimpe::engine::OperationRequest;
use serde_json::{Map, Value};

const DESCRIPTION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../bimpe-sandbox/src/openapi.json");

/// An operation and what to call it with.
pub(crate) struct Described {
    pub(crate) id: String,
    /// As in `/agents/{agent_id}`.
    pub(crate) template: String,
    pub(crate) path: Vec<String>,
    query: Map<String, Value>,
    body: Option<Value>,
}

impl Described {
    /// A call with these ids instead of those of the examples.
    pub(crate) fn call(&self, path: Vec<String>) -> OperationRequest {
        let mut call = OperationRequest::new(&self.id).expect("it exists");
        call.path = path;
        call.query.clone_from(&self.query);
        call.body.clone_from(&self.body);
        call
    }

    pub(crate) fn is_stream(&self) -> bool {
        self.id == "conversations.messages.stream"
    }
}

/// All operations of the description.
pub(crate) fn all() -> Vec<Described> {
    let text = std::fs::read_to_string(DESCRIPTION).expect("the description");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let mut found = Vec::new();
    for (template, methods) in document["paths"].as_object().expect("paths") {
        for operation in methods.as_object().expect("methods").values() {
            found.extend(describe(&document, template, operation));
        }
    }
    found
}

fn describe(document: &Value, template: &str, operation: &Value) -> Option<Described> {
    let id = operation["operationId"].as_str()?.to_owned();
    let mut path = Vec::new();
    let mut query = Map::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let parameter = match parameter["$ref"].as_str() {
            Some(reference) => document.pointer(reference.trim_start_matches('#')).expect("a reference"),
            None => parameter,
        };
        let example = parameter["example"].clone();
        if parameter["in"] == "path" {
            path.push(example.as_str().expect("ids are text").to_owned());
        } else {
            query.insert(parameter["name"].as_str().expect("a name").to_owned(), example);
        }
    }
    let body = operation.pointer("/requestBody/content/application~1json/example").cloned();
    Some(Described { id, template: template.to_owned(), path, query, body })
}
