//! Finds secrets that a file holds in clear.

use bimpe::schema::{Field, ObjectType, Type};
use serde_json::Value;

use crate::reference::is_reference;

/// Headers whose values are never secret.
const PLAIN_HEADERS: &[&str] = &["accept", "accept-language", "content-type", "user-agent"];

/// Returns the paths of secrets in clear within a field. `written` is the value as the file writes it.
pub(crate) fn find(field: &Field, written: &Value) -> Vec<String> {
    let mut found = Vec::new();
    visit(field.ty, field.secret, written, field.name, &mut found);
    found
}

/// Whether a value holds a reference.
pub(crate) fn refers(written: &Value) -> bool {
    match written {
        Value::String(text) => is_reference(text),
        Value::Array(items) => items.iter().any(refers),
        Value::Object(fields) => fields.values().any(refers),
        _ => false,
    }
}

fn visit(ty: &Type, secret: bool, value: &Value, path: &str, found: &mut Vec<String>) {
    match (ty, value) {
        (Type::Nullable(inner), _) => visit(inner, secret, value, path, found),
        (Type::Array(item), Value::Array(items)) => {
            for (index, value) in items.iter().enumerate() {
                visit(item, secret, value, &format!("{path}[{index}]"), found);
            }
        }
        (Type::Object(object), Value::Object(fields)) => {
            for (name, value) in fields {
                let secret = secret || is_secret(object, name);
                let ty = object
                    .fields
                    .iter()
                    .find(|field| field.name == name)
                    .map_or(&Type::Any, |field| field.ty);
                visit(ty, secret, value, &format!("{path}.{name}"), found);
            }
        }
        (_, Value::Object(fields)) if secret => {
            for (name, value) in fields {
                if !PLAIN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                    visit(&Type::Any, true, value, &format!("{path}.{name}"), found);
                }
            }
        }
        (_, Value::Array(items)) if secret => {
            for (index, value) in items.iter().enumerate() {
                visit(&Type::Any, true, value, &format!("{path}[{index}]"), found);
            }
        }
        // The model fills in a text with a placeholder.
        (_, Value::String(text))
            if secret && !text.is_empty() && !is_reference(text) && !text.contains("{{") =>
        {
            found.push(path.to_owned());
        }
        (_, Value::Number(_)) if secret => found.push(path.to_owned()),
        _ => {}
    }
}

fn is_secret(object: &ObjectType, name: &str) -> bool {
    object.fields.iter().any(|field| field.name == name && field.secret)
}
