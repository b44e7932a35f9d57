//! Converts schemas to types.

use anyhow::Result;
use serde_json::Value as Json;

use super::{
    ir::{Field, Shape, TypeDef, TypeKind, TypeRef, Variant},
    official,
    spec::Spec,
    yaml::{Node, Value},
};

/// Returns the type that a named schema defines. Returns `None` for an alias, such as a string with a format.
pub(crate) fn define(spec: &Spec, name: &str, node: &Node) -> Result<Option<TypeDef>> {
    let kind = named_kind(node);
    let shape = match kind {
        Some(TypeKind::Object) => {
            let fields = fields(spec, node)?;
            Shape::Object { open: is_open(node), groups: groups(node, &fields)?, fields }
        }
        Some(TypeKind::Union) => union(spec, node)?,
        Some(TypeKind::Enum) => Shape::Enum { values: node.texts_of("enum")? },
        _ => return Ok(None),
    };
    let secret = matches!(&shape, Shape::Object { fields, .. } if fields.iter().any(|field| field.secret));
    Ok(Some(TypeDef {
        name: name.to_owned(),
        doc: node.text_of("description")?,
        input: false,
        output: false,
        foreign: Vec::new(),
        foreign_tag: None,
        secret,
        base: base(node)
            .map(|reference| spec.schema(reference))
            .transpose()?
            .map(|(name, _)| name.to_owned()),
        official: official::names(node)?,
        shape,
    }))
}

/// Returns the reference to the schema that this one extends.
fn base(node: &Node) -> Option<&Node> {
    node.get("allOf")?.items().ok()?.first()?.get("$ref")
}

/// Returns the groups of fields of which at least one must be complete.
fn groups(node: &Node, fields: &[Field]) -> Result<Vec<Vec<String>>> {
    let Some(any) = node.get("anyOf") else { return Ok(Vec::new()) };
    let group = |group: &Node| {
        let names = group.texts_of("required")?;
        match names.iter().find(|name| !fields.iter().any(|field| field.name == **name && !field.required)) {
            Some(name) => Err(group.error(format!("`{name}` is not an optional field of the object"))),
            None => Ok(names),
        }
    };
    any.items()?.iter().map(group).collect()
}

/// Returns the kind of type that a named schema defines.
fn named_kind(node: &Node) -> Option<TypeKind> {
    if node.get("properties").is_some() || node.get("allOf").is_some() {
        Some(TypeKind::Object)
    } else if node.get("oneOf").is_some() {
        Some(TypeKind::Union)
    } else if node.get("enum").is_some() {
        Some(TypeKind::Enum)
    } else {
        None
    }
}

/// Returns the fields of an object. The inherited fields come first.
fn fields(spec: &Spec, node: &Node) -> Result<Vec<Field>> {
    let Some(parts) = node.get("allOf") else {
        return own_fields(spec, node);
    };
    let [base, extension] = parts.items()? else {
        return Err(parts.error("invalid `allOf`: expected one `$ref`, then one object"));
    };
    let reference = base.get("$ref").ok_or_else(|| base.error("invalid `allOf`: expected a `$ref` first"))?;
    let mut all = fields(spec, &spec.schema(reference)?.1.entry.node)?;
    for field in &mut all {
        field.inherited = true;
    }
    for field in own_fields(spec, extension)? {
        match all.iter_mut().find(|other| other.name == field.name) {
            Some(other) => *other = field,
            None => all.push(field),
        }
    }
    Ok(all)
}

fn own_fields(spec: &Spec, node: &Node) -> Result<Vec<Field>> {
    let required = node.texts_of("required")?;
    let properties = node.get("properties").map_or(Ok(&[][..]), Node::entries)?;
    if let Some(name) = required.iter().find(|name| properties.iter().all(|entry| entry.key != **name)) {
        return Err(node.error(format!("missing property `{name}`, which `required` lists")));
    }
    properties
        .iter()
        .map(|entry| field(spec, &entry.key, required.contains(&entry.key), &entry.node))
        .collect()
}

/// Returns the property or parameter with the schema `node`.
pub(crate) fn field(spec: &Spec, name: &str, required: bool, node: &Node) -> Result<Field> {
    let ty = type_ref(spec, node)?;
    let default = node.get("default").map(Node::to_json);
    let constant = node.get("const").map(|text| text.text().map(str::to_owned)).transpose()?;
    Ok(Field {
        name: name.to_owned(),
        required: required && !node.flag("x-may-be-absent"),
        promised: required,
        inherited: false,
        nullable: ty.nullable,
        secret: node.flag("x-secret"),
        doc: field_doc(spec, node)?,
        limits: limits(&ty),
        has_default: default.is_some(),
        default: default.unwrap_or_default(),
        example: node.get("example").map(Node::to_json).unwrap_or_default(),
        constant,
        ty,
        recursive: false,
    })
}

/// Returns the description of a field, or else the description of its type.
fn field_doc(spec: &Spec, node: &Node) -> Result<String> {
    let own = node.text_of("description")?;
    if !own.is_empty() {
        return Ok(own);
    }
    match (node.get("const"), node.get("$ref")) {
        (Some(value), _) => Ok(format!("Always `{}`.", value.text()?)),
        (_, Some(reference)) => spec.schema(reference)?.1.entry.node.text_of("description"),
        _ => Ok(own),
    }
}

/// Returns the type of a value.
pub(crate) fn type_ref(spec: &Spec, node: &Node) -> Result<TypeRef> {
    if let Some(reference) = node.get("$ref") {
        let (name, component) = spec.schema(reference)?;
        return match named_kind(&component.entry.node) {
            Some(kind) => Ok(TypeRef { name: Some(name.to_owned()), ..TypeRef::of(kind) }),
            None => type_ref(spec, &component.entry.node),
        };
    }
    if let Some(variants) = node.get("oneOf") {
        return match variants.items()? {
            [value, null] if null.get("type").is_some_and(|ty| matches!(ty.text(), Ok("null"))) => {
                Ok(TypeRef { nullable: true, ..type_ref(spec, value)? })
            }
            _ => Err(node.error("unsupported union without a name: move it to components.schemas")),
        };
    }
    let Some(ty) = node.get("type") else {
        return match node.get("const") {
            Some(_) => literal(node),
            None => Ok(TypeRef {
                nullable: true,
                usual: node.texts_of("x-usual-types")?,
                ..TypeRef::of(TypeKind::Any)
            }),
        };
    };
    let (word, nullable) = match &ty.value {
        Value::List(words) => match words.as_slice() {
            [word, null] if null.text()? == "null" => (word.text()?, true),
            _ => return Err(ty.error("invalid list of types: expected `[TYPE, \"null\"]`")),
        },
        _ => (ty.text()?, false),
    };
    Ok(TypeRef { nullable, ..plain_type(spec, word, node)? })
}

fn plain_type(spec: &Spec, word: &str, node: &Node) -> Result<TypeRef> {
    match word {
        "string" if node.get("enum").is_some() || node.get("const").is_some() => literal(node),
        "string" => Ok(TypeRef {
            format: node.get("format").map(|format| format.text().map(str::to_owned)).transpose()?,
            min_length: length(node, "minLength")?,
            max_length: length(node, "maxLength")?,
            ..TypeRef::of(TypeKind::String)
        }),
        "integer" | "number" => Ok(TypeRef {
            minimum: number(node, "minimum")?,
            maximum: number(node, "maximum")?,
            unit: node.get("x-unit").map(|unit| unit.text().map(str::to_owned)).transpose()?,
            ..TypeRef::of(if word == "integer" { TypeKind::Integer } else { TypeKind::Number })
        }),
        "boolean" => Ok(TypeRef::of(TypeKind::Boolean)),
        "array" => {
            let item = type_ref(spec, node.require("items")?)?;
            Ok(TypeRef { item: Some(Box::new(item)), ..TypeRef::of(TypeKind::Array) })
        }
        "object" if node.get("properties").is_some() => {
            Err(node.error("unsupported object without a name: move it to components.schemas"))
        }
        "object" => {
            let item = match node.get("additionalProperties") {
                Some(item) if matches!(item.value, Value::Map(_)) => type_ref(spec, item)?,
                _ => TypeRef { nullable: true, ..TypeRef::of(TypeKind::Any) },
            };
            Ok(TypeRef { item: Some(Box::new(item)), ..TypeRef::of(TypeKind::Map) })
        }
        other => Err(node.error(format!("unknown type `{other}`"))),
    }
}

fn literal(node: &Node) -> Result<TypeRef> {
    let values = match node.get("const") {
        Some(value) => vec![value.text()?.to_owned()],
        None => node.texts_of("enum")?,
    };
    Ok(TypeRef { values, ..TypeRef::of(TypeKind::Literal) })
}

fn length(node: &Node, key: &str) -> Result<Option<u64>> {
    let Some(value) = node.get(key) else { return Ok(None) };
    value
        .to_json()
        .as_u64()
        .map(Some)
        .ok_or_else(|| value.error(format!("invalid `{key}`: expected a whole number")))
}

fn number(node: &Node, key: &str) -> Result<Option<serde_json::Number>> {
    match node.get(key).map(Node::to_json) {
        None => Ok(None),
        Some(Json::Number(number)) => Ok(Some(number)),
        Some(_) => Err(node.error(format!("invalid `{key}`: expected a number"))),
    }
}

fn is_open(node: &Node) -> bool {
    let extension = node.get("allOf").and_then(|parts| parts.items().ok()?.last());
    extension.unwrap_or(node).get("additionalProperties").is_some_and(|open| match &open.value {
        Value::Scalar(value) => value == &Json::Bool(true),
        _ => true,
    })
}

fn union(spec: &Spec, node: &Node) -> Result<Shape> {
    let tag = node.get("discriminator").map(|tag| tag.text_of("propertyName")).transpose()?;
    let variants: Vec<Variant> = node
        .require("oneOf")?
        .items()?
        .iter()
        .map(|variant| {
            let reference = variant
                .get("$ref")
                .ok_or_else(|| variant.error("invalid variant of a union: expected a `$ref`"))?;
            let (name, component) = spec.schema(reference)?;
            let schema = &component.entry.node;
            if named_kind(schema) != Some(TypeKind::Object) {
                return Err(variant.error(format!("invalid variant `{name}` of a union: expected an object")));
            }
            let Some(tag) = &tag else {
                return Ok(Variant { name: name.to_owned(), tags: Vec::new(), default: false });
            };
            let fields = fields(spec, schema)?;
            let field = fields
                .iter()
                .find(|field| field.name == *tag)
                .ok_or_else(|| variant.error(format!("missing tag `{tag}` of the union in `{name}`")))?;
            if field.ty.values.is_empty() {
                return Err(variant.error(format!("invalid tag `{tag}` of `{name}`: expected a `const`")));
            }
            Ok(Variant { name: name.to_owned(), tags: field.ty.values.clone(), default: !field.required })
        })
        .collect::<Result<_>>()?;
    if let Some(discriminator) = node.get("discriminator") {
        check_mapping(spec, discriminator, &variants)?;
    }
    Ok(Shape::Union { tag, variants })
}

/// Checks that the mapping matches the tags of the variants. Other readers of the spec need the mapping.
fn check_mapping(spec: &Spec, discriminator: &Node, variants: &[Variant]) -> Result<()> {
    let mapping = discriminator.get("mapping").map_or(Ok(&[][..]), Node::entries)?;
    for entry in mapping {
        let (name, _) = spec.schema(&entry.node)?;
        if !variants.iter().any(|variant| variant.name == name && variant.tags.contains(&entry.key)) {
            return Err(entry
                .node
                .error(format!("the mapping of `{}` does not match the `const` of `{name}`", entry.key)));
        }
    }
    Ok(())
}

/// Describes the limits of a value.
fn limits(ty: &TypeRef) -> Option<String> {
    let mut words = Vec::new();
    match ty.format.as_deref() {
        Some("uri") => words.push("a URL".to_owned()),
        Some("email") => words.push("an email address".to_owned()),
        Some("uuid") => words.push("a UUID".to_owned()),
        Some("date-time") => words.push("an ISO 8601 time".to_owned()),
        Some("e164") => words.push("a phone number in E.164 form".to_owned()),
        _ => {}
    }
    match (ty.min_length, ty.max_length) {
        (None | Some(0), Some(most)) => words.push(format!("at most {most} characters")),
        (Some(1), None) => words.push("not empty".to_owned()),
        (Some(least), Some(most)) => words.push(format!("{least} to {most} characters")),
        (Some(least), None) => words.push(format!("at least {least} characters")),
        (None, None) => {}
    }
    let unit = ty.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
    match (&ty.minimum, &ty.maximum) {
        (Some(least), Some(most)) => words.push(format!("{least} to {most}{unit}")),
        (Some(least), None) => words.push(format!("at least {least}{unit}")),
        (None, Some(most)) => words.push(format!("at most {most}{unit}")),
        (None, None) => {}
    }
    (!words.is_empty()).then(|| words.join(", "))
}
