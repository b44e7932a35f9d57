//! Secrets: from a prompt, standard input, a file or the environment, not from the arguments.

use std::collections::BTreeSet;

use bimpe::operations::OPERATIONS;
use bimpe::schema::{Field, Type};
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::prompt;
use crate::spec::words;

/// Refuses secrets in JSON from the arguments.
pub(super) fn refuse(value: &Value) -> Result<(), Failure> {
    let mut names = BTreeSet::new();
    for operation in OPERATIONS {
        collect(operation.body, &mut names, 0);
    }
    find(value, &names).map_or(Ok(()), |name| Err(prompt::in_arguments(name)))
}

fn find<'a>(value: &'a Value, names: &BTreeSet<&str>) -> Option<&'a str> {
    match value {
        Value::Object(fields) => fields.iter().find_map(|(name, value)| match value {
            Value::String(text) if names.contains(name.as_str()) && !text.is_empty() => Some(name.as_str()),
            Value::Object(inner) if names.contains(name.as_str()) && !inner.is_empty() => Some(name.as_str()),
            other => find(other, names),
        }),
        Value::Array(items) => items.iter().find_map(|item| find(item, names)),
        _ => None,
    }
}

/// Asks for the required secrets that a body lacks, if a person is there. `parent` is the path of the body.
pub(super) fn ask(ty: &'static Type, body: &mut Map<String, Value>, parent: &str) -> Result<(), Failure> {
    for field in variant(ty, body) {
        let path = format!("{parent}{}", field.name);
        match (field.ty, body.get_mut(field.name)) {
            (Type::String(_), None) if field.secret && field.required => {
                body.insert(field.name.to_owned(), prompt::secret(&path, &words(&path))?.into());
            }
            (Type::Object(_), Some(Value::Object(inner))) => ask(field.ty, inner, &format!("{path}."))?,
            (Type::Object(_), None) if field.required => {
                let mut inner = Map::new();
                ask(field.ty, &mut inner, &format!("{path}."))?;
                if !inner.is_empty() {
                    body.insert(field.name.to_owned(), inner.into());
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns the fields of an object, or of the variant of a union that the tag selects.
fn variant(ty: &'static Type, body: &Map<String, Value>) -> &'static [Field] {
    match ty {
        Type::Object(object) => object.fields,
        Type::Union(union) => {
            let tag = union.tag.and_then(|tag| body.get(tag)).and_then(Value::as_str);
            let mut variants = union.variants.iter();
            let found =
                variants.find(|variant| tag.map_or(variant.default, |tag| variant.tags.contains(&tag)));
            found.map_or(&[], |variant| variant.object.fields)
        }
        _ => &[],
    }
}

fn collect(ty: Option<&'static Type>, names: &mut BTreeSet<&'static str>, depth: u8) {
    let fields: Vec<&'static Field> = match ty {
        _ if depth > 4 => Vec::new(),
        Some(Type::Object(object)) => object.fields.iter().collect(),
        Some(Type::Union(union)) => union.variants.iter().flat_map(|variant| variant.object.fields).collect(),
        _ => Vec::new(),
    };
    for field in fields {
        if field.secret {
            names.insert(field.name);
        }
        collect(Some(field.ty), names, depth + 1);
    }
}
