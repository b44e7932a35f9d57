//! The OpenAPI documents of the sandbox, by which it validates requests and responses, and the document of the helpers.

use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::{files::File, spec::Spec, yaml::Node};

const SANDBOX: &str = "crates/bimpe-sandbox";
const COMMAND: &str = "crates/bimpe-cli";

/// Returns the document of the Console API.
pub(crate) fn file(spec: &Spec) -> Result<File> {
    json_file(SANDBOX, "openapi.json", &document(spec))
}

/// Returns the helpers and their types, which the document of the Console API omits.
pub(crate) fn helpers_file(spec: &Spec) -> Result<File> {
    let helpers: Map<String, Value> =
        spec.helpers.iter().map(|helper| (helper.key.clone(), helper.node.to_json())).collect();
    let mut document = json!({ "x-helpers": helpers });
    add_components(&mut document, spec, false);
    json_file(COMMAND, "spec/helpers.json", &document)
}

/// Returns the document of the admin API.
pub(crate) fn admin_file(root: &Path) -> Result<File> {
    let mut document = Value::default();
    for group in ["openapi", "approvals", "faults", "requests", "snapshots", "state", "tools"] {
        let source = format!("{SANDBOX}/admin/{group}.yaml");
        merge(&mut document, Node::read(&root.join(&source), &source)?.to_json());
    }
    json_file(SANDBOX, "admin/openapi.json", &document)
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

fn json_file(folder: &str, name: &str, document: &Value) -> Result<File> {
    let mut text = serde_json::to_string_pretty(document)?;
    text.push('\n');
    Ok(File { path: format!("{folder}/src/{name}"), text })
}

/// Returns one OpenAPI document: the root file with the paths and components of all files except the helpers.
fn document(spec: &Spec) -> Value {
    let mut document = spec.root.to_json();
    let paths: Map<String, Value> =
        spec.paths.iter().map(|item| (item.path.clone(), item.node.to_json())).collect();
    document["paths"] = paths.into();
    add_components(&mut document, spec, true);
    document
}

/// Adds the components of the API, or those of the helpers.
fn add_components(document: &mut Value, spec: &Spec, published: bool) {
    for component in spec.components().iter().filter(|component| component.published == published) {
        document["components"][&component.kind][&component.entry.key] = component.entry.node.to_json();
    }
}
