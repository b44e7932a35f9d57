//! Rules between the fields of one body, which a schema cannot say.

use serde_json::{Map, Value};

use super::input;
use crate::error::Error;
use crate::schema::{Format, Operation};

/// Validates the body of a request: first each field, then the rules between fields. The error has the path of each
/// invalid field.
///
/// ```
/// use bimpe::{engine::check_body, operations::WORKFLOWS_CREATE};
///
/// let body = serde_json::json!({ "name": "Shop assistant" });
/// let error = check_body(&WORKFLOWS_CREATE, Some(&body)).unwrap_err();
/// assert_eq!(error.field_errors()[0].path, "system_prompt");
/// ```
pub fn check_body(operation: &Operation, body: Option<&Value>) -> Result<(), Error> {
    input::body(operation, body)?;
    check(operation, body)
}

/// Checks a body whose fields are right each by itself.
fn check(operation: &Operation, body: Option<&Value>) -> Result<(), Error> {
    let Some(body) = body.and_then(Value::as_object) else { return Ok(()) };
    let violation = match operation.id {
        "conversations.send" | "conversations.ask" => recipient(body),
        "agents.integrations.custom_api.tools.add" | "agents.integrations.custom_api.tools.ensure" => {
            placeholders(body)
        }
        "agents.integrations.bimpeai.configure" => swapped_keys(body),
        _ => None,
    };
    violation.map_or(Ok(()), |(path, message)| {
        Err(Error::field(operation.id, path, message).naming(&["webchat_user_id"]))
    })
}

/// The path of a field, and what is wrong with it.
type Violation = (String, String);

fn violation(path: impl Into<String>, message: impl Into<String>) -> Violation {
    (path.into(), message.into())
}

/// A message goes to a conversation, or to a person on a channel, who is named in the channel's own way.
fn recipient(body: &Map<String, Value>) -> Option<Violation> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if text("conversation_id").is_none() && text("channel_type").is_none() {
        return Some(violation("channel_type", "is required where there is no `conversation_id`"));
    }
    let person = text("channel_user_id")?;
    match text("channel_type")? {
        "webchat" if uuid::Uuid::try_parse(person).is_err() => Some(violation(
            "channel_user_id",
            "must be a UUID for webchat; `webchat_user_id` makes one from any text",
        )),
        "whatsapp" | "telephony" if !input::matches_format(Format::E164, person) => {
            Some(violation("channel_user_id", format!("must be {}", input::format_name(Format::E164))))
        }
        _ => None,
    }
}

/// Payment providers name their keys alike: a secret key in the place of a public one would be shown as one.
fn swapped_keys(body: &Map<String, Value>) -> Option<Violation> {
    let begins = |name: &str, prefixes: &[&str]| {
        let key = body.get(name).and_then(Value::as_str).map(str::trim_start).unwrap_or_default();
        prefixes.iter().any(|prefix| key.starts_with(prefix))
    };
    if begins("public_key", &["sk_", "rk_"]) {
        Some(violation("public_key", "is a secret key; the public key starts with `pk_`"))
    } else if begins("secret_key", &["pk_"]) {
        Some(violation("secret_key", "is a public key; the secret key starts with `sk_`"))
    } else {
        None
    }
}

/// A parameter of a tool reaches the request only where a template holds its placeholder.
fn placeholders(tool: &Map<String, Value>) -> Option<Violation> {
    let url = tool.get("url_template").and_then(Value::as_str)?;
    if let Some(name) = single_braces(url) {
        return Some(violation(
            "url_template",
            format!("has `{{{name}}}` in single braces, which stay as they are; write `{{{{{name}}}}}`"),
        ));
    }
    let templates = ["url_template", "headers_template", "body_template"].map(|name| tool.get(name));
    for (list, template) in [("url_params", "url_template"), ("body_params", "body_template")] {
        let params = tool.get(list).and_then(Value::as_array).into_iter().flatten();
        for (index, name) in
            params.enumerate().filter_map(|(index, param)| Some((index, param["name"].as_str()?)))
        {
            if !templates.iter().flatten().any(|template| has_placeholder(template, name)) {
                return Some(violation(
                    format!("{list}[{index}]"),
                    format!(
                        "would not be sent: put `{{{{{name}}}}}` into `{template}` or remove the parameter"
                    ),
                ));
            }
        }
    }
    None
}

/// The first name between single braces.
fn single_braces(template: &str) -> Option<&str> {
    let mut rest = template;
    while let Some((_, after)) = rest.split_once('{') {
        match after.strip_prefix('{') {
            Some(inside) => rest = inside.split_once("}}")?.1,
            None => return after.split_once('}').map(|(name, _)| name),
        }
    }
    None
}

fn has_placeholder(template: &Value, name: &str) -> bool {
    match template {
        Value::String(text) => text
            .split("{{")
            .skip(1)
            .any(|part| part.split_once("}}").is_some_and(|(inside, _)| inside.trim() == name)),
        Value::Array(values) => values.iter().any(|value| has_placeholder(value, name)),
        Value::Object(values) => values.values().any(|value| has_placeholder(value, name)),
        _ => false,
    }
}
