//! The OpenAPI documents of the sandbox, by which it validates requests and responses.

use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value};

use super::{files::File, spec::Spec, yaml::Node};

const SANDBOX: &str = "crates/bimpe-sandbox";

/// Returns the document of the Console API.
pub(crate) fn file(spec: &Spec) -> Result<File> {
    json_file("openapi.json", &document(spec))
}

/// Returns the document of the admin API.
pub(crate) fn admin_file(root: &Path) -> Result<File> {
    let mut document = Value::default();
    for group in ["openapi", "approvals", "faults", "requests", "snapshots", "state"] {
        let source = format!("{SANDBOX}/admin/{group}.yaml");
        merge(&mut document, Node::read(&root.join(&source), &source)?.to_json());
    }
    json_file("admin/openapi.json", &document)
}

/// Adds the fields of an object to another object.
fn merge(document: &mut Value, part: Value) {
    match (document, part) {
        (Value::Object(fields), Value::Object(part)) => {
            for (name, value) in part {
                merge(fields.entry(name).or_insert_with(|| Value::Object(Map::new())), value);
            }
        }
        (document, part) => *document = part,
    }
}

fn json_file(name: &str, document: &Value) -> Result<File> {
    let mut text = serde_json::to_string_pretty(document)?;
    text.push('\n');
    Ok(File { path: format!("{SANDBOX}/src/{name}"), text })
}

/// Returns one OpenAPI document: the root file with the paths and components of all files except the helpers.
fn document(spec: &Spec) -> Value {
    let mut document = spec.root.to_json();
    let paths: Map<String, Value> =
        spec.paths.iter().map(|item| (item.path.clone(), item.node.to_json())).collect();
    document["paths"] = paths.into();
    for component in spec.components().iter().filter(|component| component.published) {
        document["components"][&component.kind][&component.entry.key] = component.entry.node.to_json();
    }
    document
}
