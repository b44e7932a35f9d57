//! Compares an existing resource with the request, as far as the API returns it.

use serde_json::{Map, Value};
use url::Url;

use crate::error::FieldError;
use crate::schema::{Field, Format, ObjectType, Operation, ResponseShape, StringType, Type};

/// Longer values are not repeated in errors.
const SHOWN: usize = 40;
/// Longer segments of an address may be secrets.
const SEGMENT: usize = 16;

/// The fields of a request that differ from what was found. `part` is the field of the response that holds them.
/// Fields that the request leaves out, that the API does not return, or that hold secrets are not compared.
pub(super) fn between(
    create: &Operation,
    part: Option<&str>,
    asked: &Map<String, Value>,
    found: &Value,
) -> Vec<FieldError> {
    let returned = returned(create, part);
    let mut differences = Vec::new();
    for (name, value) in asked {
        let Some(field) = create.body.and_then(|ty| field_of(ty, name)) else { continue };
        // A field that is absent or null has no value if it may have none; otherwise it was not returned.
        let may_be_unset = returned.iter().any(|field| field.name == name && may_be_unset(field));
        let there = match found.get(name) {
            None | Some(Value::Null) if !may_be_unset => continue,
            None => &Value::Null,
            Some(there) => there,
        };
        if !holds_secret(field) && !same(field.ty, value, there) {
            let message = format!("is {}, not {}", show(there), show(value));
            differences.push(FieldError { path: name.clone(), message });
        }
    }
    differences
}

/// The fields that the API returns of what was configured.
fn returned(create: &Operation, part: Option<&str>) -> &'static [Field] {
    let ResponseShape::One(Type::Object(whole)) = create.response else { return &[] };
    let Some(part) = part else { return whole.fields };
    match whole.fields.iter().find(|field| field.name == part).map(|field| field.ty) {
        Some(Type::Object(object)) => object.fields,
        _ => &[],
    }
}

fn may_be_unset(field: &Field) -> bool {
    !field.required || matches!(field.ty, Type::Nullable(_))
}

/// A field of a body, in the first variant that has it.
fn field_of(ty: &'static Type, name: &str) -> Option<&'static Field> {
    let named = |object: &'static ObjectType| object.fields.iter().find(|field| field.name == name);
    match ty {
        Type::Object(object) => named(object),
        Type::Union(union) => union.variants.iter().find_map(|variant| named(variant.object)),
        _ => None,
    }
}

fn holds_secret(field: &Field) -> bool {
    field.secret || matches!(field.ty, Type::Object(object) if object.fields.iter().any(holds_secret))
}

/// Whether two values mean the same to the server.
fn same(ty: &Type, asked: &Value, found: &Value) -> bool {
    match (ty, asked, found) {
        (Type::Nullable(inner), _, _) => same(inner, asked, found),
        (
            Type::String(StringType { format: Some(Format::Uri), .. }),
            Value::String(asked),
            Value::String(found),
        ) => address(asked) == address(found),
        (Type::Array(item), Value::Array(asked), Value::Array(found)) => {
            asked.len() == found.len()
                && asked.iter().zip(found).all(|(asked, found)| same(item, asked, found))
        }
        // Of an object with known fields, the server may have added those with a default.
        (Type::Object(object), Value::Object(asked), Value::Object(found)) => {
            asked.iter().all(|(name, value)| {
                let field = object.fields.iter().find(|field| field.name == name);
                let found = found.get(name).unwrap_or(&Value::Null);
                field.map_or(value == found, |field| holds_secret(field) || same(field.ty, value, found))
            })
        }
        (_, Value::Number(asked), Value::Number(found)) => asked.as_f64() == found.as_f64(),
        _ => asked == found,
    }
}

/// An address in one form: lower case where case means nothing, and no slash at the end.
fn address(text: &str) -> String {
    let url = Url::parse(text.trim());
    url.map_or_else(|_| text.trim().to_owned(), String::from).trim_end_matches('/').to_owned()
}

/// A value as an error may repeat it.
fn show(value: &Value) -> String {
    match value {
        Value::Null => "not set".to_owned(),
        Value::String(text) => match Url::parse(text) {
            Ok(url) if url.has_host() => format!("`{}`", without_secrets(&url)),
            _ if text.chars().count() > SHOWN => "another text".to_owned(),
            _ => format!("`{}`", text.escape_debug()),
        },
        Value::Bool(_) | Value::Number(_) => format!("`{value}`"),
        Value::Array(_) => "another list".to_owned(),
        Value::Object(_) => "another object".to_owned(),
    }
}

/// An address without what may be a secret: the user, the query and long segments of the path.
fn without_secrets(url: &Url) -> String {
    let short = |segment: &str| if segment.len() > SEGMENT { "…".to_owned() } else { segment.to_owned() };
    let path: Vec<String> = url.path().split('/').map(short).collect();
    let query = if url.query().is_some() { "?…" } else { "" };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let host = url.host_str().unwrap_or_default();
    format!("{}://{host}{port}{}{query}", url.scheme(), path.join("/"))
}
