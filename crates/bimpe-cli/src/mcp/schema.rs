//! JSON Schemas of tools, from the schemas of the OpenAPI document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// The direction of the values that a schema describes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Arguments, which must fit exactly.
    Input,
    /// Results. Servers add enum values and fields later, so that lists of values are only examples.
    Output,
}

/// Keywords of the document that no tool schema has.
const DROPPED: &[&str] = &["discriminator", "example", "enum", "$ref", "required", "properties"];
/// Limits that a result may exceed without harm.
const INPUT_ONLY: &[&str] = &["format", "pattern", "minLength", "maxLength", "minimum", "maximum", "default"];

/// Copies schemas of a document and replaces references by their targets, because some assistants read no references.
pub(super) struct SchemaCopier<'a> {
    document: &'a Value,
    side: Side,
    /// The schemas that are being copied, outermost first.
    open: Vec<String>,
    /// Schemas that contain themselves.
    recursive: BTreeSet<String>,
    definitions: BTreeMap<String, Value>,
}

impl<'a> SchemaCopier<'a> {
    pub(super) fn new(document: &'a Value, side: Side) -> Self {
        let (open, recursive, definitions) = (Vec::new(), BTreeSet::new(), BTreeMap::new());
        Self { document, side, open, recursive, definitions }
    }

    /// Returns the schema of an object with these properties.
    pub(super) fn object(self, properties: Map<String, Value>, required: &[&str]) -> Map<String, Value> {
        let mut schema = Map::new();
        schema.insert("type".into(), "object".into());
        schema.insert("properties".into(), properties.into());
        if !required.is_empty() {
            schema.insert("required".into(), json!(required));
        }
        if self.side == Side::Input {
            schema.insert("additionalProperties".into(), false.into());
        }
        if !self.definitions.is_empty() {
            schema.insert("$defs".into(), json!(self.definitions));
        }
        schema
    }

    /// Copies a schema.
    pub(super) fn copy(&mut self, schema: &Value) -> Value {
        let Some(fields) = schema.as_object() else {
            return schema.clone();
        };
        let mut copy = match fields.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.target(reference),
            None => Map::new(),
        };
        for (keyword, value) in fields {
            let is_input_only = INPUT_ONLY.contains(&keyword.as_str());
            if keyword.starts_with("x-")
                || DROPPED.contains(&keyword.as_str())
                || (is_input_only && self.side == Side::Output)
            {
                continue;
            }
            let value = match value {
                Value::Object(_) => self.copy(value),
                Value::Array(values) => values.iter().map(|value| self.copy(value)).collect(),
                _ => value.clone(),
            };
            copy.insert(keyword.clone(), value);
        }
        if let Some(properties) = fields.get("properties").and_then(Value::as_object) {
            let properties: Map<_, _> =
                properties.iter().map(|(name, value)| (name.clone(), self.copy(value))).collect();
            copy.insert("properties".into(), properties.into());
        }
        self.copy_values(fields, &mut copy);
        copy.into()
    }

    /// Copies the lists of values and of required fields, and marks secrets.
    fn copy_values(&self, fields: &Map<String, Value>, copy: &mut Map<String, Value>) {
        if let Some(values) = fields.get("enum") {
            copy.insert(if self.side == Side::Input { "enum" } else { "examples" }.into(), values.clone());
        } else if let (Some(example), Side::Input) = (fields.get("example"), self.side) {
            copy.insert("examples".into(), json!([example]));
        }
        if let Some(required) = fields.get("required").and_then(Value::as_array) {
            let may_be_absent = |name: &Value| {
                let field = name.as_str().and_then(|name| fields.get("properties")?.get(name));
                field.is_some_and(|field| field["x-may-be-absent"] == true)
            };
            let is_required = |name: &&Value| self.side == Side::Input || !may_be_absent(name);
            copy.insert("required".into(), required.iter().filter(is_required).cloned().collect());
        }
        if fields.get("x-secret") == Some(&Value::Bool(true)) && self.side == Side::Input {
            copy.insert("writeOnly".into(), true.into());
        }
    }

    /// Copies the target of a reference. A schema that contains itself becomes a definition.
    fn target(&mut self, reference: &str) -> Map<String, Value> {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        let link = || Map::from_iter([("$ref".to_owned(), format!("#/$defs/{name}").into())]);
        if self.definitions.contains_key(name) || self.open.iter().any(|open| open == name) {
            self.recursive.insert(name.to_owned());
            return link();
        }
        self.open.push(name.to_owned());
        let document = self.document;
        let copy = self.copy(resolve(document, reference));
        self.open.pop();
        if self.recursive.contains(name) {
            self.definitions.insert(name.to_owned(), copy);
            return link();
        }
        match copy {
            Value::Object(copy) => copy,
            _ => Map::new(),
        }
    }
}

/// Returns the target of a reference such as `#/components/schemas/Agent`.
pub(super) fn resolve<'a>(document: &'a Value, reference: &str) -> &'a Value {
    document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null)
}

/// Follows the reference of a node, if the node is one.
pub(super) fn follow<'a>(document: &'a Value, node: &'a Value) -> &'a Value {
    node["$ref"].as_str().map_or(node, |reference| resolve(document, reference))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        json!({"components": {"schemas": {
            "Tree": {
                "type": "object",
                "required": ["name", "tag"],
                "properties": {
                    "name": {"type": "string", "maxLength": 5, "x-secret": true, "example": "oak"},
                    "tag": {"type": "string", "enum": ["a", "b"], "x-may-be-absent": true},
                    "child": {"$ref": "#/components/schemas/Tree", "description": "The child."}
                }
            },
            "Leaf": {"type": "string", "enum": ["green"]}
        }}})
    }

    fn copied(side: Side, reference: &str) -> Map<String, Value> {
        let document = document();
        let mut copier = SchemaCopier::new(&document, side);
        let copy = copier.copy(&json!({ "$ref": reference }));
        copier.object(Map::from_iter([("value".to_owned(), copy)]), &["value"])
    }

    #[test]
    fn a_reference_becomes_its_target() {
        let schema = copied(Side::Input, "#/components/schemas/Leaf");
        assert_eq!(schema["properties"]["value"], json!({"type": "string", "enum": ["green"]}));
        assert_eq!(schema["additionalProperties"], false);
    }

    #[test]
    fn a_schema_that_contains_itself_becomes_a_definition() {
        let schema = copied(Side::Input, "#/components/schemas/Tree");
        assert_eq!(schema["properties"]["value"], json!({"$ref": "#/$defs/Tree"}));
        let tree = &schema["$defs"]["Tree"];
        assert_eq!(tree["properties"]["child"], json!({"$ref": "#/$defs/Tree", "description": "The child."}));
        let name = json!({"type": "string", "maxLength": 5, "examples": ["oak"], "writeOnly": true});
        assert_eq!(tree["properties"]["name"], name);
        assert_eq!(tree["required"], json!(["name", "tag"]));
    }

    #[test]
    fn a_result_may_have_unknown_values() {
        let schema = copied(Side::Output, "#/components/schemas/Tree");
        let tree = &schema["$defs"]["Tree"];
        assert_eq!(tree["required"], json!(["name"]));
        assert_eq!(tree["properties"]["tag"], json!({"type": "string", "examples": ["a", "b"]}));
        assert_eq!(tree["properties"]["name"], json!({"type": "string"}));
    }
}
