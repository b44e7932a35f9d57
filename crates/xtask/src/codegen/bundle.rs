//! The merged OpenAPI document. The sandbox validates requests and responses with it.

use anyhow::Result;
use serde_json::{Map, Value};

use super::{files::File, spec::Spec};

const PATH: &str = "crates/bimpe-sandbox/src/openapi.json";

/// Returns the bundle as a file.
pub(crate) fn file(spec: &Spec) -> Result<File> {
    let mut text = serde_json::to_string_pretty(&document(spec))?;
    text.push('\n');
    Ok(File { path: PATH.to_owned(), text })
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
