//! Placeholders `{{name}}` in URLs, headers and bodies.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

/// Everything but the unreserved characters of RFC 3986, because a value must not add parts to a URL.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Renders a URL. Values are percent-encoded.
pub(super) fn url(template: &str, arguments: &Map<String, Value>) -> String {
    render(template, |name| utf8_percent_encode(&text(arguments, name), RESERVED).to_string())
}

/// Renders a JSON value. A text that is only a placeholder becomes the argument with its type.
pub(super) fn json(template: &Value, arguments: &Map<String, Value>) -> Value {
    match template {
        Value::String(template) => match placeholder(template) {
            Some((0, end, name)) if end == template.len() => arguments.get(name).cloned().unwrap_or_default(),
            _ => render(template, |name| text(arguments, name)).into(),
        },
        Value::Array(items) => items.iter().map(|item| json(item, arguments)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, field)| (name.clone(), json(field, arguments))).collect()
        }
        other => other.clone(),
    }
}

/// Renders the text of a header.
pub(super) fn header(template: &Value, arguments: &Map<String, Value>) -> String {
    plain(&json(template, arguments))
}

/// Replaces the placeholders of a text. A missing argument is an empty text.
fn render(template: &str, value: impl Fn(&str) -> String) -> String {
    let (mut rendered, mut rest) = (String::new(), template);
    while let Some((start, end, name)) = placeholder(rest) {
        rendered += &rest[..start];
        rendered += &value(name);
        rest = &rest[end..];
    }
    rendered + rest
}

/// Returns the start, the end and the name of the first placeholder.
fn placeholder(text: &str) -> Option<(usize, usize, &str)> {
    let start = text.find("{{")?;
    let length = text[start..].find("}}")?;
    Some((start, start + length + 2, text[start + 2..start + length].trim()))
}

fn text(arguments: &Map<String, Value>, name: &str) -> String {
    arguments.get(name).map(plain).unwrap_or_default()
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
