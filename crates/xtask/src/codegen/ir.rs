//! The data for the templates: the spec with all references resolved and all names determined.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Serialize)]
pub(crate) struct Api {
    pub(crate) title: String,
    pub(crate) version: String,
    /// The top-level resources, in the order of the tags.
    pub(crate) roots: Vec<Child>,
    pub(crate) operation_ids: Vec<String>,
    pub(crate) groups: Vec<Group>,
}

/// The resources and types of one file of the spec.
#[derive(Debug, Serialize)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) doc: String,
    pub(crate) resources: Vec<Resource>,
    pub(crate) types: Vec<TypeDef>,
    /// Types of other groups that this group's types name.
    pub(crate) type_uses: Vec<TypeUse>,
    /// Types of all groups that this group's operations name.
    pub(crate) resource_uses: Vec<ResourceUse>,
}

#[derive(Debug, Serialize)]
pub(crate) struct TypeUse {
    pub(crate) group: String,
    pub(crate) names: BTreeSet<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ResourceUse {
    pub(crate) group: String,
    pub(crate) inputs: BTreeSet<String>,
    pub(crate) outputs: BTreeSet<String>,
}

/// A node of the resource tree, as in `client.agents.integrations`.
#[derive(Debug, Serialize)]
pub(crate) struct Resource {
    pub(crate) path: Vec<String>,
    pub(crate) name: String,
    pub(crate) class: String,
    pub(crate) group: String,
    pub(crate) doc: String,
    pub(crate) children: Vec<Child>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) official: OfficialNames,
}

#[derive(Debug, Serialize)]
pub(crate) struct Child {
    pub(crate) name: String,
    pub(crate) class: String,
    pub(crate) group: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) group: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) segments: Vec<Segment>,
    pub(crate) summary: String,
    pub(crate) description: String,
    pub(crate) path_params: Vec<PathParam>,
    pub(crate) query: Vec<Field>,
    pub(crate) body: Option<Body>,
    pub(crate) response: ResponseShape,
    pub(crate) errors: Vec<ErrorDoc>,
    pub(crate) scopes: Vec<String>,
    pub(crate) slow: bool,
    pub(crate) replay_safe: bool,
    /// The parts of a helper. `None` for an operation of the API.
    pub(crate) helper: Option<Helper>,
    /// The official names of the query type.
    pub(crate) official: OfficialNames,
}

/// The names of a type or a resource in the official packages, if they differ from ours.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct OfficialNames {
    pub(crate) typescript: Vec<String>,
    pub(crate) python: Vec<String>,
    /// In Python, the names of the request dict, if the response type has official names, too.
    pub(crate) python_input: Vec<String>,
}

/// A method that sends several requests.
#[derive(Debug, Serialize)]
pub(crate) struct Helper {
    /// The ids of the operations that the helper may use.
    pub(crate) requests: Vec<String>,
    /// The default timeout in seconds.
    pub(crate) timeout: u64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Segment {
    Literal { literal: String },
    Id { name: String, reserved: Vec<String> },
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct PathParam {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) example: Value,
}

#[derive(Debug, Serialize)]
pub(crate) struct Body {
    #[serde(rename = "type")]
    pub(crate) ty: TypeRef,
    pub(crate) required: bool,
    pub(crate) style: BodyStyle,
    pub(crate) variants: Option<Vec<BodyVariant>>,
    pub(crate) example: Value,
}

/// The form of the body in Python: one parameter per field, or one dict.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BodyStyle {
    Fields,
    Dict,
}

/// A variant of a body that determines the result type.
#[derive(Debug, Serialize)]
pub(crate) struct BodyVariant {
    #[serde(rename = "type")]
    pub(crate) name: String,
    pub(crate) result: TypeRef,
}

#[derive(Debug, Serialize)]
pub(crate) struct ResponseShape {
    pub(crate) kind: ResponseKind,
    #[serde(rename = "type")]
    pub(crate) ty: Option<TypeRef>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ResponseKind {
    Nothing,
    One,
    List,
    Page,
    Stream,
}

#[derive(Debug, Serialize)]
pub(crate) struct ErrorDoc {
    pub(crate) status: u16,
    pub(crate) doc: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct TypeDef {
    pub(crate) name: String,
    pub(crate) doc: String,
    /// Whether a body or a query contains the type.
    pub(crate) input: bool,
    /// Whether a response contains the type.
    pub(crate) output: bool,
    /// For the default variant of a union: the fields of the other variants, which the default variant rejects.
    pub(crate) foreign: Vec<String>,
    /// The tag of the union that `foreign` refers to.
    pub(crate) foreign_tag: Option<String>,
    /// Whether a field of the type is secret.
    pub(crate) secret: bool,
    /// The type that this one extends, if responses contain the base, too.
    pub(crate) base: Option<String>,
    pub(crate) official: OfficialNames,
    #[serde(flatten)]
    pub(crate) shape: Shape,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Shape {
    Object {
        fields: Vec<Field>,
        open: bool,
        /// Groups of optional fields. All fields of at least one group are required. Empty without such a rule.
        groups: Vec<Vec<String>>,
    },
    Union {
        tag: Option<String>,
        variants: Vec<Variant>,
    },
    Enum {
        values: Vec<String>,
    },
}

#[derive(Debug, Serialize)]
pub(crate) struct Variant {
    #[serde(rename = "type")]
    pub(crate) name: String,
    pub(crate) tags: Vec<String>,
    pub(crate) default: bool,
}

#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the templates read each of them")]
pub(crate) struct Field {
    pub(crate) name: String,
    /// Whether the field is always present.
    pub(crate) required: bool,
    /// Whether the API documents the field as required, even if some responses lack it.
    pub(crate) promised: bool,
    /// Whether the field belongs to the type that this one extends.
    pub(crate) inherited: bool,
    pub(crate) nullable: bool,
    pub(crate) secret: bool,
    pub(crate) doc: String,
    #[serde(rename = "type")]
    pub(crate) ty: TypeRef,
    pub(crate) has_default: bool,
    pub(crate) default: Value,
    pub(crate) example: Value,
    #[serde(rename = "const")]
    pub(crate) constant: Option<String>,
    pub(crate) limits: Option<String>,
    /// Whether the value can hold an object of the type of the field without an array between.
    pub(crate) recursive: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct TypeRef {
    pub(crate) kind: TypeKind,
    /// The named type (object, union, enum).
    pub(crate) name: Option<String>,
    /// The type of the items of an array or a map.
    pub(crate) item: Option<Box<TypeRef>>,
    /// The allowed strings of a literal.
    pub(crate) values: Vec<String>,
    pub(crate) format: Option<String>,
    pub(crate) nullable: bool,
    pub(crate) min_length: Option<u64>,
    pub(crate) max_length: Option<u64>,
    pub(crate) minimum: Option<serde_json::Number>,
    pub(crate) maximum: Option<serde_json::Number>,
    /// For a value of any type: the JSON types of nearly all values.
    pub(crate) usual: Vec<String>,
    /// The unit of a number, as in `milliseconds`.
    pub(crate) unit: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TypeKind {
    #[default]
    Any,
    String,
    Integer,
    Number,
    Boolean,
    Map,
    Array,
    Object,
    Union,
    Enum,
    Literal,
}

impl TypeRef {
    pub(crate) fn of(kind: TypeKind) -> Self {
        Self { kind, ..Self::default() }
    }

    /// Returns the named types that this one mentions.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self), |ty| ty.item.as_deref()).filter_map(|ty| ty.name.as_deref())
    }
}

impl TypeDef {
    /// Returns the named types that this one mentions directly.
    pub(crate) fn names(&self) -> Vec<&str> {
        match &self.shape {
            Shape::Object { fields, .. } => fields.iter().flat_map(|field| field.ty.names()).collect(),
            Shape::Union { variants, .. } => variants.iter().map(|variant| variant.name.as_str()).collect(),
            Shape::Enum { .. } => Vec::new(),
        }
    }
}
