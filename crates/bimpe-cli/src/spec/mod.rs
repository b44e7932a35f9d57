//! The operations with their texts: the table of `bimpe`, and the descriptions of the OpenAPI document.

use std::iter;
use std::sync::LazyLock;

use bimpe::operations::OPERATIONS;
use bimpe::schema::{self, Field, Segment, Type};
use serde_json::Value;

/// The documents. The first use parses them.
static SPEC: LazyLock<Spec> = LazyLock::new(|| {
    let parse = |text| serde_json::from_str(text).expect("a generated document is JSON");
    Spec { api: parse(bimpe_sandbox::OPENAPI), helpers: parse(include_str!("helpers.json")) }
});

struct Spec {
    api: Value,
    helpers: Value,
}

/// An operation of the API, or a helper.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    /// Its shapes.
    pub(crate) table: &'static schema::Operation,
    /// Its place in the OpenAPI document.
    node: &'static Value,
}

/// A parameter, or a field of a body.
pub(crate) struct Input {
    pub(crate) name: &'static str,
    /// Empty if the document has none.
    pub(crate) description: &'static str,
    pub(crate) ty: &'static Type,
    /// The words that it can have, if there are such.
    pub(crate) values: Vec<&'static str>,
    pub(crate) secret: bool,
    /// The fields of an object. Those of a union are the fields of all variants.
    pub(crate) fields: Vec<Self>,
}

/// Returns all operations and helpers, sorted by id.
pub(crate) fn operations() -> impl Iterator<Item = Operation> {
    OPERATIONS.iter().map(|table| Operation { table, node: node(table) })
}

/// Returns the description of a resource, as in `agents.integrations`.
pub(crate) fn resource(name: &str) -> &'static str {
    let tags = SPEC.api["tags"].as_array().into_iter().flatten();
    tags.filter(|tag| tag["name"] == name).map(|tag| text(&tag["description"])).next().unwrap_or_default()
}

/// Returns a name as words of the command line.
pub(crate) fn words(name: &str) -> String {
    name.replace('_', "-")
}

impl Operation {
    pub(crate) fn summary(self) -> &'static str {
        text(&self.node["summary"])
    }

    pub(crate) fn description(self) -> &'static str {
        text(&self.node["description"])
    }

    /// Returns the names and descriptions of the ids of the path.
    pub(crate) fn ids(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.table.segments.iter().filter_map(move |segment| match segment {
            Segment::Id { name, .. } => Some((*name, self.parameter(name))),
            Segment::Literal(_) => None,
        })
    }

    pub(crate) fn query(self) -> Vec<Input> {
        let inputs = self.table.query.iter().map(|field| Input {
            description: self.parameter(field.name),
            ..Input::new(field.name, &[(field, None)])
        });
        inputs.collect()
    }

    /// Returns the fields of the body. Those of a union are the fields of all variants.
    pub(crate) fn body(self) -> Vec<Input> {
        let schema = resolve(&self.node["requestBody"]).pointer("/content/application~1json/schema");
        self.table.body.map_or_else(Vec::new, |ty| inputs(&[(ty, schema)]))
    }

    fn parameter(self, name: &str) -> &'static str {
        // A helper has the ids of the operation with its path.
        let item = SPEC.api["paths"][self.table.path].as_object().into_iter().flat_map(|item| item.values());
        let lists = iter::once(self.node).chain(item).filter_map(|node| node["parameters"].as_array());
        let found = lists.flatten().map(resolve).find(|parameter| parameter["name"] == name);
        found.map(|parameter| text(&parameter["description"])).unwrap_or_default()
    }
}

impl Input {
    /// Creates an input from the fields of its name in all variants.
    fn new(name: &'static str, variants: &[(&'static Field, Option<&'static Value>)]) -> Self {
        let inner: Vec<_> = variants.iter().map(|(field, schema)| (field.ty, *schema)).collect();
        Self {
            name,
            description: variants.iter().find_map(|(_, schema)| describe((*schema)?)).unwrap_or_default(),
            ty: variants[0].0.ty,
            values: variants.iter().flat_map(|(field, _)| values(field.ty)).copied().collect(),
            secret: variants.iter().any(|(field, _)| field.secret),
            fields: inputs(&inner),
        }
    }
}

/// Returns the fields of objects, each name once.
fn inputs(objects: &[(&'static Type, Option<&'static Value>)]) -> Vec<Input> {
    let mut names: Vec<&'static str> = Vec::new();
    let all: Vec<_> = objects
        .iter()
        .flat_map(|(ty, schema)| {
            fields(ty)
                .into_iter()
                .map(|field| (field, schema.and_then(|schema| property(schema, field.name))))
        })
        .collect();
    for (field, _) in &all {
        if !names.contains(&field.name) {
            names.push(field.name);
        }
    }
    let of = |name| all.iter().filter(|(field, _)| field.name == name).copied().collect::<Vec<_>>();
    names.into_iter().map(|name| Input::new(name, &of(name))).collect()
}

fn values(ty: &'static Type) -> &'static [&'static str] {
    match ty {
        Type::Nullable(inner) => values(inner),
        Type::String(text) => text.values,
        _ => &[],
    }
}

fn fields(ty: &'static Type) -> Vec<&'static Field> {
    match ty {
        Type::Nullable(inner) => fields(inner),
        Type::Object(object) => object.fields.iter().collect(),
        Type::Union(union) => union.variants.iter().flat_map(|variant| variant.object.fields).collect(),
        _ => Vec::new(),
    }
}

/// Returns the place of an operation in the document. It is null for an operation that the document lacks.
fn node(table: &schema::Operation) -> &'static Value {
    match table.helper {
        Some(_) => &SPEC.helpers["x-helpers"][table.id],
        None => &SPEC.api["paths"][table.path][table.method.as_str().to_ascii_lowercase()],
    }
}

/// Follows `$ref`.
fn resolve(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
        Some(name) => SPEC.api.pointer(name).or_else(|| SPEC.helpers.pointer(name)).map_or(value, resolve),
        None => value,
    }
}

/// Returns the schema of a property, which may stand in a part of the schema.
fn property(schema: &'static Value, name: &str) -> Option<&'static Value> {
    let schema = resolve(schema);
    let mut parts = ["allOf", "oneOf"].iter().filter_map(|key| schema[*key].as_array()).flatten();
    schema["properties"].get(name).or_else(|| parts.find_map(|part| property(part, name)))
}

fn describe(schema: &'static Value) -> Option<&'static str> {
    schema["description"].as_str().or_else(|| resolve(schema)["description"].as_str())
}

fn text(value: &'static Value) -> &'static str {
    value.as_str().unwrap_or_default()
}
