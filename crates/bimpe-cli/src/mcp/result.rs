//! Results of tools: data without secrets, one page at a time, and errors that say the next step.

use std::collections::HashSet;
use std::sync::LazyLock;

use bimpe::engine::{Response, json};
use bimpe::operations::OPERATIONS;
use bimpe::schema::{Field, ResponseShape, Type};
use bimpe::{Error, ErrorKind};
use serde_json::{Map, Value};

use super::request::Cut;

const MASK: &str = "****";

/// Returns the result of a tool as an object.
pub(super) fn content(response: &Response, cut: Cut, page: u64) -> Result<Value, Error> {
    let unreadable = || Error::internal(format!("the response of `{}` is not JSON", response.operation().id));
    let mut data = json::value(response.data()).map_err(|_| unreadable())?;
    let mut content = Map::new();
    match response.operation().response {
        ResponseShape::Nothing => data = Value::Null,
        ResponseShape::One(ty) | ResponseShape::Stream(ty) => mask(Some(ty), &mut data),
        ResponseShape::List(ty) => {
            mask_items(ty, &mut data);
            let items = data.as_array().map_or(&[][..], Vec::as_slice);
            let start = (cut.page - 1).saturating_mul(cut.limit).min(items.len());
            let end = start.saturating_add(cut.limit).min(items.len());
            content.insert("total_count".to_owned(), items.len().into());
            if end < items.len() {
                content.insert("next_page".to_owned(), (cut.page + 1).into());
            }
            data = items[start..end].into();
        }
        ResponseShape::Page(ty) => {
            mask_items(ty, &mut data);
            let meta = response.meta().and_then(|meta| json::value(meta).ok()).unwrap_or_default();
            if let Some(total) = meta["total_count"].as_u64() {
                content.insert("total_count".to_owned(), total.into());
            }
            if response.next().is_some() {
                content.insert("next_page".to_owned(), (page + 1).into());
            }
        }
    }
    content.insert("data".to_owned(), data);
    Ok(content.into())
}

fn mask_items(ty: &Type, items: &mut Value) {
    items.as_array_mut().into_iter().flatten().for_each(|item| mask(Some(ty), item));
}

/// Masks secrets of a result. Servers return more fields than the spec has: such a field is a secret if its name is that of
/// a secret of some request.
fn mask(ty: Option<&Type>, value: &mut Value) {
    match value {
        Value::Array(items) => {
            let item = match ty {
                Some(Type::Array(item)) => Some(*item),
                _ => None,
            };
            for value in items {
                mask(item, value);
            }
        }
        Value::Object(values) => {
            let fields = fields(ty);
            for (name, value) in values {
                let field = fields.iter().find(|field| field.name == name);
                let secret = field.map_or_else(|| SECRET_NAMES.contains(name.as_str()), |field| field.secret);
                if secret && !value.is_null() {
                    *value = MASK.into();
                } else {
                    mask(field.map(|field| field.ty), value);
                }
            }
        }
        _ => {}
    }
}

static SECRET_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let mut names = HashSet::new();
    for operation in OPERATIONS {
        collect(operation.body, &mut names);
    }
    names
});

fn collect(ty: Option<&'static Type>, names: &mut HashSet<&'static str>) {
    for field in fields(ty) {
        if field.secret {
            names.insert(field.name);
        }
        collect(Some(field.ty), names);
    }
}

/// Returns the fields of an object, or of all variants of a union.
fn fields(ty: Option<&Type>) -> Vec<&Field> {
    match ty {
        Some(Type::Object(object)) => object.fields.iter().collect(),
        Some(Type::Union(union)) => union.variants.iter().flat_map(|variant| variant.object.fields).collect(),
        Some(Type::Nullable(inner)) => fields(Some(inner)),
        _ => Vec::new(),
    }
}

/// Returns an error as an assistant reads it: what failed, and the next step.
pub(super) fn explain(error: &Error) -> String {
    let next = match error.kind() {
        ErrorKind::User | ErrorKind::Validation | ErrorKind::BadRequest => {
            "Correct the arguments, and use the tool again. Nothing has changed.".to_owned()
        }
        ErrorKind::Authentication => {
            "Do not repeat. Ask the user to check the API key of this MCP server.".to_owned()
        }
        ErrorKind::PermissionDenied => {
            "Do not repeat. Ask the user for a key with the missing scope.".to_owned()
        }
        ErrorKind::NotFound => "Get the right id from a list tool.".to_owned(),
        ErrorKind::Conflict => {
            "Read the current state, and decide whether the change is still needed.".to_owned()
        }
        ErrorKind::RateLimit => match error.retry_after() {
            Some(wait) => format!("Wait {} seconds before the next use.", wait.as_secs().max(1)),
            None => "Wait a minute before the next use.".to_owned(),
        },
        _ if error.may_have_been_applied() => {
            "Read the current state before you repeat, because the change may have been made.".to_owned()
        }
        _ if error.retryable() => {
            "Try once more later. If it fails again, tell the user that the Console API cannot be reached."
                .to_owned()
        }
        _ => "Do not repeat. Tell the user about this error.".to_owned(),
    };
    format!("{error}\nNext step: {next}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn masked(id: &str, mut value: Value) -> Value {
        let operation = OPERATIONS.iter().find(|operation| operation.id == id).expect("it exists");
        match operation.response {
            ResponseShape::One(ty) => mask(Some(ty), &mut value),
            ResponseShape::List(ty) => mask_items(ty, &mut value),
            _ => unreachable!("no data"),
        }
        value
    }

    #[test]
    fn fields_beyond_the_spec_are_masked_by_their_names() {
        let config = json!({"name": "Shop", "api_key": "k-1", "auth_config": {"a": "k-2"}, "token": null});
        let listed = masked("agents.integrations.custom_api.list", json!([{"id": "cm1", "config": config}]));
        let expected = json!({"name": "Shop", "api_key": "****", "auth_config": "****", "token": null});
        assert_eq!(listed, json!([{"id": "cm1", "config": expected}]));
    }

    #[test]
    fn fields_of_the_spec_stay() {
        let code = json!({"code": "A", "channels": {"instagram": {"username": "bimpe.sandbox"}}});
        assert_eq!(masked("agents.get_test_code", code.clone()), code);
    }

    #[test]
    fn an_error_says_the_next_step() {
        let text = explain(&Error::field("agents.list", "limit", "must be a whole number"));
        assert!(text.contains("`limit` must be a whole number"), "{text}");
        assert!(text.contains("Next step: Correct the arguments"), "{text}");
    }
}
