//! The JSON Schema of files, for editors. It follows from the types of the operations.

use bimpe::schema::{Field, ObjectType, Type};
use serde_json::{Map, Value, json};

use crate::kinds::{
    ACTIONS, AGENTS, ALL, DISCOVER, EACH_AGENT, FAMILIES, INTEGRATIONS, Kind, TOP, WORKFLOW, object_types,
};

/// Returns the JSON Schema (draft 7) of files. `openapi` is the OpenAPI document of the Console API, whose descriptions the
/// schema repeats; null for a schema without descriptions.
///
/// ```
/// let openapi = bimpe::serde_json::from_str(bimpe_sandbox::OPENAPI)?;
/// let schema = bimpe_plan::schema(&openapi);
/// assert_eq!(schema["definitions"]["agents"]["properties"]["language"]["maxLength"], 10);
/// # Ok::<(), bimpe::serde_json::Error>(())
/// ```
pub fn schema(openapi: &Value) -> Value {
    let mut builder = Builder { openapi, definitions: Map::new() };
    for kind in ALL {
        let definition = builder.kind(kind);
        builder.definitions.insert(kind.section.to_owned(), definition);
    }
    let mut properties: Map<String, Value> =
        TOP.iter().map(|kind| (kind.section.to_owned(), list(kind))).collect();
    let defaults: Map<String, Value> =
        ALL.iter().map(|kind| (kind.section.to_owned(), reference(kind.section))).collect();
    properties.insert(
        "defaults".to_owned(),
        object("Fields of all objects of a section, unless they have their own.", defaults),
    );
    // Agents that exist have a name already.
    let mut each = builder.definitions[AGENTS.section].clone();
    each["description"] = "Fields of each agent that the command line selects.".into();
    if let Some(properties) = each["properties"].as_object_mut() {
        properties.shift_remove("name");
    }
    properties.insert(EACH_AGENT.to_owned(), each);
    let mut schema = object("Agents and workflows of a team.", properties);
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = "bimpe.yaml".into();
    schema["definitions"] = builder.definitions.into();
    schema
}

struct Builder<'a> {
    openapi: &'a Value,
    definitions: Map<String, Value>,
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}

fn object(description: &str, properties: Map<String, Value>) -> Value {
    let mut schema = json!({ "type": "object", "description": description, "additionalProperties": false });
    schema["properties"] = properties.into();
    schema
}

/// A list of objects, each with a name.
fn list(kind: &Kind) -> Value {
    json!({ "type": ["array", "null"], "items": { "allOf": [reference(kind.section)], "required": ["name"] } })
}

impl Builder<'_> {
    fn kind(&mut self, kind: &Kind) -> Value {
        let types = object_types(kind.create);
        let mut properties = Map::new();
        let mut name =
            json!({ "type": "string", "description": "Name, by which the object is found on the server." });
        let names: Vec<&str> =
            types.iter().flat_map(|object| tags(object, kind.name_field)).copied().collect();
        if !names.is_empty() {
            name["enum"] = names.into();
        }
        properties.insert("name".to_owned(), name);
        for field in kind.fields() {
            let mut schema = self.ty(field.ty);
            let values: Vec<&str> =
                types.iter().flat_map(|object| tags(object, field.name)).copied().collect();
            if values.len() > 1 {
                schema["enum"] = values.into();
            }
            let mut owners = types.iter().copied().chain(kind.status.into_iter().flat_map(object_types));
            let description = owners.find_map(|object| self.description(object, field));
            describe(&mut schema, description);
            properties.insert(field.name.to_owned(), schema);
        }
        let (families, others): (Vec<&Kind>, Vec<&Kind>) = kind
            .children
            .iter()
            .partition(|child| FAMILIES.iter().any(|family| family.section == child.section));
        properties.extend(others.iter().map(|child| (child.section.to_owned(), list(child))));
        for key in kind.keys {
            let schema = match *key {
                WORKFLOW => {
                    json!({ "type": "string", "description": "Name of the workflow that the agent runs." })
                }
                DISCOVER => {
                    json!({ "type": "boolean", "description": "Whether to discover the tools of a new server." })
                }
                INTEGRATIONS => object(
                    "Integrations by family.",
                    families.iter().map(|child| (child.section.to_owned(), list(child))).collect(),
                ),
                ACTIONS => json!({ "type": ["array", "null"], "items": action() }),
                _ => json!({}),
            };
            properties.insert((*key).to_owned(), schema);
        }
        let description =
            types.first().and_then(|object| self.schema_of(object.name)["description"].as_str());
        object(description.unwrap_or_default(), properties)
    }

    fn ty(&mut self, ty: &'static Type) -> Value {
        match ty {
            Type::String(limits) => {
                let mut schema = json!({ "type": "string" });
                if let Some(most) = limits.max_length {
                    schema["maxLength"] = most.into();
                }
                if !limits.values.is_empty() {
                    schema["enum"] = limits.values.into();
                }
                schema
            }
            Type::Integer { min, max, .. } => {
                bounds("integer", (*min).map(Value::from), (*max).map(Value::from))
            }
            Type::Number { min, max } => bounds("number", min.map(Value::from), max.map(Value::from)),
            Type::Boolean => json!({ "type": "boolean" }),
            Type::Any => json!({}),
            Type::Map(_) | Type::Union(_) => json!({ "type": "object" }),
            Type::Array(item) => json!({ "type": "array", "items": self.ty(item) }),
            Type::Nullable(inner) => json!({ "anyOf": [self.ty(inner), { "type": "null" }] }),
            Type::Object(object) => {
                self.define(object);
                reference(object.name)
            }
        }
    }

    /// Adds the definition of an object type, which may hold itself.
    fn define(&mut self, ty: &'static ObjectType) {
        if self.definitions.contains_key(ty.name) {
            return;
        }
        self.definitions.insert(ty.name.to_owned(), Value::Null);
        let mut properties = Map::new();
        for field in ty.fields {
            let mut schema = self.ty(field.ty);
            describe(&mut schema, self.description(ty, field));
            properties.insert(field.name.to_owned(), schema);
        }
        let mut schema =
            object(self.schema_of(ty.name)["description"].as_str().unwrap_or_default(), properties);
        let required: Vec<&str> =
            ty.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
        schema["required"] = required.into();
        schema["additionalProperties"] = ty.open.into();
        self.definitions.insert(ty.name.to_owned(), schema);
    }

    fn schema_of(&self, name: &str) -> &Value {
        &self.openapi["components"]["schemas"][name]
    }

    fn description(&self, object: &ObjectType, field: &Field) -> Option<String> {
        let property = self.property(self.schema_of(object.name), field.name)?;
        let described =
            [property, self.target(property)].into_iter().find(|schema| schema["description"].is_string());
        described.and_then(|schema| schema["description"].as_str()).map(str::to_owned)
    }

    /// Finds a property in a schema or in the schemas that it combines.
    fn property<'b>(&'b self, schema: &'b Value, name: &str) -> Option<&'b Value> {
        let schema = self.target(schema);
        let parts = || schema["allOf"].as_array()?.iter().find_map(|part| self.property(part, name));
        schema["properties"].get(name).or_else(parts)
    }

    /// Follows the `$ref` of a schema.
    fn target<'b>(&'b self, schema: &'b Value) -> &'b Value {
        let reference = schema["$ref"].as_str().map(|text| text.trim_start_matches('#'));
        reference.and_then(|pointer| self.openapi.pointer(pointer)).unwrap_or(schema)
    }
}

/// Adds a description, if there is one.
fn describe(schema: &mut Value, description: Option<String>) {
    if let Some(description) = description {
        schema["description"] = description.into();
    }
}

/// The values of a tag in one variant of a body.
fn tags(object: &'static ObjectType, name: &str) -> &'static [&'static str] {
    match object.fields.iter().find(|field| field.name == name).map(|field| field.ty) {
        Some(Type::String(limits)) => limits.values,
        _ => &[],
    }
}

fn bounds(ty: &str, min: Option<Value>, max: Option<Value>) -> Value {
    let mut schema = json!({ "type": ty });
    if let Some(min) = min {
        schema["minimum"] = min;
    }
    if let Some(max) = max {
        schema["maximum"] = max;
    }
    schema
}

fn action() -> Value {
    let mut schema = object(
        "An action of the agent.",
        Map::from_iter([
            (
                "name".to_owned(),
                json!({ "type": "string", "description": "Name that the model uses, as `find_order`." }),
            ),
            (
                "integration".to_owned(),
                json!({ "type": "string", "description": "Name of the integration of the action." }),
            ),
            (
                "is_enabled".to_owned(),
                json!({ "type": "boolean", "default": true, "description": "Whether the agent may use it." }),
            ),
        ]),
    );
    schema["required"] = json!(["name"]);
    schema
}
