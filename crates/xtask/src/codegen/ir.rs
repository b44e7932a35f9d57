//! What the templates are given: the spec with every reference resolved and every name decided.

use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Serialize)]
pub(crate) struct Api {
    pub(crate) title: String,
    pub(crate) version: String,
    /// The top resources, in the order of the tags.
    pub(crate) roots: Vec<Child>,
    pub(crate) operation_ids: Vec<String>,
    pub(crate) groups: Vec<Group>,
}

/// What comes from one file of the spec.
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
    pub(crate) names: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ResourceUse {
    pub(crate) group: String,
    pub(crate) inputs: Vec<String>,
    pub(crate) outputs: Vec<String>,
}

/// A place in the resource tree, as in `client.agents.integrations`.
#[derive(Debug, Serialize)]
pub(crate) struct Resource {
    pub(crate) path: Vec<String>,
    pub(crate) name: String,
    pub(crate) class: String,
    pub(crate) group: String,
    pub(crate) doc: String,
    pub(crate) children: Vec<Child>,
    pub(crate) operations: Vec<Op>,
    pub(crate) official: OfficialNames,
}

#[derive(Debug, Serialize)]
pub(crate) struct Child {
    pub(crate) name: String,
    pub(crate) class: String,
    pub(crate) group: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Op {
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
    pub(crate) answer: Answer,
    pub(crate) errors: Vec<ErrorDoc>,
    pub(crate) scopes: Vec<String>,
    pub(crate) slow: bool,
    pub(crate) replay_safe: bool,
    /// What a helper is made of; nothing for an operation of the API.
    pub(crate) helper: Option<Helper>,
    /// The names of its query.
    pub(crate) official: OfficialNames,
}

/// What the official packages call something that has another name here.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct OfficialNames {
    pub(crate) typescript: Vec<String>,
    pub(crate) python: Vec<String>,
    /// In Python, the dict that is sent, if what is received has a name, too.
    pub(crate) python_input: Vec<String>,
}

/// A method that the engine makes of several requests.
#[derive(Debug, Serialize)]
pub(crate) struct Helper {
    /// The ids of the operations that it may use.
    pub(crate) requests: Vec<String>,
    /// How many seconds it may take in all if the caller does not say.
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

/// How Python takes the body: field by field, or as one dict.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BodyStyle {
    Fields,
    Dict,
}

/// A variant of a body whose choice decides the shape of the answer.
#[derive(Debug, Serialize)]
pub(crate) struct BodyVariant {
    #[serde(rename = "type")]
    pub(crate) name: String,
    pub(crate) result: TypeRef,
}

#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    pub(crate) kind: AnswerKind,
    #[serde(rename = "type")]
    pub(crate) ty: Option<TypeRef>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AnswerKind {
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
    /// Whether a body or a query holds it.
    pub(crate) input: bool,
    /// Whether an answer holds it.
    pub(crate) output: bool,
    /// As the variant of a union that is meant without a tag: the fields of the others, which it may not have.
    pub(crate) foreign: Vec<String>,
    /// The tag of that union.
    pub(crate) foreign_tag: Option<String>,
    /// Whether one of its own fields is secret.
    pub(crate) secret: bool,
    /// The type that it extends, if answers hold that one, too.
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
        /// Groups of optional fields, of which one must be whole; none if there is no such rule.
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
#[expect(clippy::struct_excessive_bools, reason = "templates ask for each of them")]
pub(crate) struct Field {
    pub(crate) name: String,
    /// Whether it can be relied on.
    pub(crate) required: bool,
    /// Whether the API promises it, even if answers without it have been seen.
    pub(crate) promised: bool,
    /// Whether it belongs to the type that this one extends.
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
    /// Whether the value can hold an object of the field's own type without an array between.
    pub(crate) recursive: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct TypeRef {
    pub(crate) kind: TypeKind,
    /// The named type (object, union, enum).
    pub(crate) name: Option<String>,
    /// The type of what an array or a map holds.
    pub(crate) item: Option<Box<TypeRef>>,
    /// The allowed strings of a literal.
    pub(crate) values: Vec<String>,
    pub(crate) format: Option<String>,
    pub(crate) nullable: bool,
    pub(crate) min_length: Option<u64>,
    pub(crate) max_length: Option<u64>,
    pub(crate) minimum: Option<serde_json::Number>,
    pub(crate) maximum: Option<serde_json::Number>,
    /// The JSON types of nearly all values, where any value can come.
    pub(crate) usual: Vec<String>,
    /// What a number counts, as in `milliseconds`.
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

    /// The named types that this one mentions.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self), |ty| ty.item.as_deref()).filter_map(|ty| ty.name.as_deref())
    }
}

impl TypeDef {
    /// The named types that this one mentions directly.
    pub(crate) fn names(&self) -> Vec<&str> {
        match &self.shape {
            Shape::Object { fields, .. } => fields.iter().flat_map(|field| field.ty.names()).collect(),
            Shape::Union { variants, .. } => variants.iter().map(|variant| variant.name.as_str()).collect(),
            Shape::Enum { .. } => Vec::new(),
        }
    }
}
