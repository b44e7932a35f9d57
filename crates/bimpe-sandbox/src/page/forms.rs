//! Forms from the schemas of the OpenAPI documents, and the JSON that a filled-in form describes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::spec::Spec;

/// Returns the schema of an object. `choice` selects the schema of a union by its discriminator.
pub(super) fn object<'a>(spec: &'a Spec, schema: &'a Value, choice: Option<&str>) -> &'a Value {
    let schema = spec.resolve(schema);
    let Some(mapping) = schema["discriminator"]["mapping"].as_object() else { return schema };
    let target = choice.and_then(|choice| mapping.get(choice)).or_else(|| mapping.values().next());
    let pointer = target.and_then(Value::as_str).unwrap_or_default();
    spec.resolve(spec.component(pointer))
}

/// Returns the fields of an object for a template. `given` holds their values.
pub(super) fn fields(spec: &Spec, schema: &Value, given: &BTreeMap<String, String>) -> Vec<Value> {
    let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
    let properties = properties(spec, schema).into_iter().filter(|(_, property)| property["const"].is_null());
    let view = |(name, property): (&String, &Value)| {
        field(spec, name, property, required.contains(&name.as_str().into()), given.get(name))
    };
    properties.map(view).collect()
}

/// Returns one field for a template.
pub(super) fn field(
    spec: &Spec,
    name: &str,
    schema: &Value,
    required: bool,
    given: Option<&String>,
) -> Value {
    let resolved = spec.resolve(schema);
    let description = schema["description"].as_str().or_else(|| resolved["description"].as_str());
    let kind = match spec.kind(schema) {
        _ if resolved["x-secret"] == true && spec.kind(schema) == Some("string") => "secret",
        Some(kind @ ("integer" | "number" | "boolean" | "array" | "string")) => kind,
        _ => "json",
    };
    let options = if kind == "boolean" { json!(["true", "false"]) } else { resolved["enum"].clone() };
    json!({
        "name": name,
        "kind": kind,
        "options": options,
        "minimum": resolved["minimum"],
        "maximum": resolved["maximum"],
        "required": required,
        "description": description.map(|text| text.replace('`', "")),
        "value": given,
    })
}

/// Returns the JSON object that the fields of a form describe.
pub(super) fn body(spec: &Spec, schema: &Value, form: &BTreeMap<String, String>) -> Value {
    let mut body = Map::new();
    for (name, property) in properties(spec, schema) {
        if !property["const"].is_null() {
            body.insert(name.clone(), property["const"].clone());
        } else if let Some(text) = form.get(name) {
            body.insert(name.clone(), value(spec, property, text));
        }
    }
    body.into()
}

fn value(spec: &Spec, schema: &Value, text: &str) -> Value {
    match spec.kind(schema) {
        Some("integer" | "number" | "boolean" | "string") => spec.typed(schema, text),
        Some("array") if !text.trim_start().starts_with('[') => {
            let items = text.split([',', ' ', '\n', '\r']).filter(|item| !item.is_empty());
            items.collect::<Vec<_>>().into()
        }
        _ => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
    }
}

/// Returns the properties of an object and of the parts of its `allOf`.
fn properties<'a>(spec: &'a Spec, schema: &'a Value) -> Vec<(&'a String, &'a Value)> {
    let parts = schema["allOf"].as_array().into_iter().flatten().map(|part| spec.resolve(part));
    let own = std::iter::once(schema).chain(parts);
    own.filter_map(|part| part["properties"].as_object()).flatten().collect()
}
