//! Compares an existing resource with the request, as far as the API returns it.

use serde_json::{Map, Value};
use url::Url;

use crate::error::FieldError;
use crate::schema::{Field, Format, ObjectType, Operation, ResponseShape, StringType, Type};

/// Longer values are not repeated in errors.
const SHOWN: usize = 40;
/// Longer segments of an address may be secrets.
const SEGMENT: usize = 16;

/// How a field of a request compares with an entry of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison<'a> {
    /// An equal value.
    Same,
    /// Another value.
    Different(&'a Value),
    /// The API does not return the field, or the field holds a secret.
    NotReturned,
}

/// Compares a field of a request with an entry of a list. `returned` are the fields from [`returned_fields`].
///
/// ```
/// use bimpe::engine::{Comparison, compare, returned_fields};
/// use bimpe::operations::{AGENTS_CREATE, AGENTS_LIST};
/// use bimpe::schema::Type;
/// use serde_json::json;
///
/// let Some(Type::Object(agent)) = AGENTS_CREATE.body else { panic!("an agent is an object") };
/// let language = agent.fields.iter().find(|field| field.name == "language").unwrap();
/// let found = json!({ "name": "Ada", "language": "en" });
/// let compared = compare(language, &json!("fr"), returned_fields(&AGENTS_LIST, None), &found);
/// assert_eq!(compared, Comparison::Different(&json!("en")));
/// ```
pub fn compare<'a>(field: &Field, value: &Value, returned: &[Field], found: &'a Value) -> Comparison<'a> {
    // A field that is absent or null has no value if it may have none; otherwise it was not returned.
    let may_be_unset = returned.iter().any(|other| other.name == field.name && may_be_unset(other));
    let there = match found.get(field.name) {
        None | Some(Value::Null) if !may_be_unset => return Comparison::NotReturned,
        None => &Value::Null,
        Some(there) => there,
    };
    if holds_secret(field) {
        Comparison::NotReturned
    } else if same(field.ty, value, there) {
        Comparison::Same
    } else {
        Comparison::Different(there)
    }
}

/// The fields of a request that differ from what was found. `part` is the field of the entry that holds them.
/// Fields that the request leaves out, that the API does not return, or that hold secrets are not compared.
pub(super) fn between(
    create: &Operation,
    list: &Operation,
    part: Option<&str>,
    asked: &Map<String, Value>,
    found: &Value,
) -> Vec<FieldError> {
    let returned = returned_fields(list, part);
    let compared = asked.iter().filter_map(|(name, value)| {
        let field = create.body.and_then(|ty| field_of(ty, name))?;
        let Comparison::Different(there) = compare(field, value, returned, found) else { return None };
        let message = format!("is {}, not {}", show(there), show(value));
        Some(FieldError { path: name.clone(), message })
    });
    compared.collect()
}

/// Returns the fields of the entries of a list, or those of one object in each entry.
///
/// ```
/// use bimpe::engine::returned_fields;
/// use bimpe::operations::AGENTS_INTEGRATIONS_CUSTOM_API_LIST;
///
/// let settings = returned_fields(&AGENTS_INTEGRATIONS_CUSTOM_API_LIST, Some("config"));
/// assert!(settings.iter().any(|field| field.name == "base_url"));
/// ```
pub fn returned_fields(list: &Operation, part: Option<&str>) -> &'static [Field] {
    let (ResponseShape::List(Type::Object(whole)) | ResponseShape::Page(Type::Object(whole))) = list.response
    else {
        return &[];
    };
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
        (Type::Array(_), Value::Array(asked), Value::Null) => asked.is_empty(),
        (Type::Array(item), Value::Array(asked), Value::Array(found)) => {
            // The server leaves empty lists as placeholders among objects.
            let is_item = |value: &&Value| !matches!((item, value), (Type::Object(_), Value::Array(_)));
            let found: Vec<&Value> = found.iter().filter(is_item).collect();
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
