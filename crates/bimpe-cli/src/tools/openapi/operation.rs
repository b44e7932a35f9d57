//! One operation as a tool.

use std::collections::HashMap;

use url::Url;

use super::super::proposal::{Draft, Proposal, text_definition, words};
use super::schema::plain;
use super::{Document, Node, Problem, Result, body, security};

/// Headers that parameters cannot describe, as the specification says.
const IGNORED_HEADERS: [&str; 3] = ["accept", "content-type", "authorization"];
const PLACES: [&str; 4] = ["path", "query", "header", "cookie"];

/// Proposes the tool of an operation.
pub(super) fn propose<'a>(
    document: &Document<'a>,
    path: &str,
    method: &str,
    item: &Node<'a>,
    operation: &Node<'a>,
) -> Result<Proposal> {
    if !matches!(method, "get" | "post" | "put" | "delete" | "patch") {
        return Err(Problem::Refused(format!("tools do not send {}", method.to_uppercase())));
    }
    if operation.object("callbacks")?.is_some_and(|(_, callbacks)| !callbacks.is_empty()) {
        return Err(Problem::Refused("it has callbacks, which tools do not receive".to_owned()));
    }
    let auth_type = security::auth_type(document, operation)?;
    let mut draft = Draft {
        name: name(path, method, operation),
        description: description(operation),
        method: method.to_uppercase(),
        timeout_ms: document.options.timeout_ms,
        ..Draft::default()
    };
    let mut values = HashMap::new();
    for parameter in parameters(document, item, operation)? {
        add_parameter(document, &mut draft, &mut values, &parameter)?;
    }
    let template = rendered(path, &values, &mut draft);
    body::add(document, &mut draft, operation)?;
    draft.url = address(document, item, operation, &template)?;
    Ok(Proposal { auth_type, ..draft.finish() })
}

/// Returns the display name: a short summary, or the words of the id.
fn name(path: &str, method: &str, operation: &Node<'_>) -> String {
    let summary = operation.text("summary").map(|text| text.trim().trim_end_matches('.'));
    if let Some(summary) = summary.filter(|text| !text.is_empty() && text.chars().count() <= 60) {
        return summary.to_owned();
    }
    let words = operation.text("operationId").map(words).unwrap_or_default();
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters.as_str().to_lowercase().chars()).collect(),
        None => format!("{} {path}", method.to_uppercase()),
    }
}

fn description(operation: &Node<'_>) -> String {
    let texts = [operation.text("summary"), operation.text("description")];
    let mut texts: Vec<&str> =
        texts.into_iter().flatten().map(str::trim).filter(|text| !text.is_empty()).collect();
    texts.dedup();
    let ended = texts
        .iter()
        .map(|text| if text.ends_with(['.', '!', '?']) { (*text).to_owned() } else { format!("{text}.") });
    ended.collect::<Vec<_>>().join(" ")
}

/// Returns the parameters of the path and of the operation, which override the former.
fn parameters<'a>(document: &Document<'a>, item: &Node<'a>, operation: &Node<'a>) -> Result<Vec<Node<'a>>> {
    let mut all: Vec<Node<'a>> = Vec::new();
    for node in item.items("parameters")?.into_iter().chain(operation.items("parameters")?) {
        let node = document.follow(node)?;
        let Some(place) = node.text("in").filter(|place| PLACES.contains(place)) else {
            return Err(node.broken(&format!("must have `in` with one of {}", PLACES.join(", "))));
        };
        let Some(name) = node.text("name") else {
            return Err(node.broken("has no `name`"));
        };
        all.retain(|known| known.text("name") != Some(name) || known.text("in") != Some(place));
        all.push(node);
    }
    Ok(all)
}

fn add_parameter<'a>(
    document: &Document<'a>,
    draft: &mut Draft,
    path: &mut HashMap<String, String>,
    node: &Node<'a>,
) -> Result<()> {
    let (name, place) = (node.text("name").unwrap_or_default(), node.text("in").unwrap_or_default());
    if place == "header" && IGNORED_HEADERS.contains(&name.to_lowercase().as_str()) {
        return Ok(());
    }
    let required = place == "path" || node.is_true("required");
    if !required && !document.options.optional {
        draft.skip_optional(name);
        return Ok(());
    }
    let value = match value(document, draft, node, name, place, required) {
        Ok(value) => value,
        Err(Problem::Refused(reason)) if !required => {
            draft.notes.push(format!("left out: {reason}"));
            return Ok(());
        }
        Err(problem) => return Err(problem),
    };
    match place {
        "path" => {
            path.insert(name.to_owned(), value);
        }
        "header" => {
            draft.headers.insert(name.to_owned(), value.into());
        }
        _ => {
            let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
            draft.query.push(format!("{name}={value}"));
        }
    }
    Ok(())
}

/// Returns the placeholder of a parameter, or its only value.
fn value<'a>(
    document: &Document<'a>,
    draft: &mut Draft,
    node: &Node<'a>,
    name: &str,
    place: &str,
    required: bool,
) -> Result<String> {
    let what = format!("the {place} parameter `{name}`");
    if place == "cookie" {
        return Err(Problem::Refused(format!("{what} is a cookie")));
    }
    let Some(schema) = node.field("schema") else {
        return Err(Problem::Refused(format!("{what} has no schema")));
    };
    let shape = document.shape(schema, &what)?;
    if !shape.is_scalar() {
        return Err(Problem::Refused(format!("{what} is of the type `{}`", shape.kind)));
    }
    if let Some(only) = shape.only_value() {
        return Ok(url::form_urlencoded::byte_serialize(plain(only).as_bytes()).collect());
    }
    let definition = document.definition(&shape, name, required, node.text("description"), 0)?;
    Ok(draft.parameter(place, name, definition))
}

/// Returns a path with the values of its parameters. A parameter without a description is a string.
fn rendered(path: &str, values: &HashMap<String, String>, draft: &mut Draft) -> String {
    let mut parts = path.split('{');
    let mut rendered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((name, rest)) = part.split_once('}') else {
            rendered.push('{');
            rendered.push_str(part);
            continue;
        };
        match values.get(name) {
            Some(value) => rendered.push_str(value),
            None => rendered.push_str(&draft.parameter("path", name, text_definition(name))),
        }
        rendered.push_str(rest);
    }
    rendered
}

/// Returns the path below the base URL of the integration, or a whole URL.
fn address(document: &Document<'_>, item: &Node<'_>, operation: &Node<'_>, path: &str) -> Result<String> {
    let root = Node { value: document.root, place: String::new() };
    let base = document.options.base_url.as_ref();
    let mut servers = Vec::new();
    for node in [operation, item, &root] {
        servers = node.items("servers")?;
        if !servers.is_empty() {
            break;
        }
    }
    let Some(server) = servers.first() else {
        return Ok(path.to_owned());
    };
    let text = server.text("url").ok_or_else(|| server.broken("has no `url`"))?;
    let mut text = text.to_owned();
    for (name, variable) in server.object("variables")?.into_iter().flat_map(|(_, variables)| variables) {
        text = text.replace(&format!("{{{name}}}"), &plain(&variable["default"]));
    }
    let joined = match document.url.or(base) {
        Some(origin) => origin.join(&text),
        None => Url::parse(&text),
    };
    let Ok(url) = joined else {
        let reason = format!(
            "its server `{text}` is no absolute URL; pass the document by its URL, or give the integration a `base_url`"
        );
        return Err(Problem::Refused(reason));
    };
    let whole = url.as_str().trim_end_matches('/');
    let is_base = base.is_some_and(|base| base.as_str().trim_end_matches('/') == whole);
    Ok(if is_base { path.to_owned() } else { format!("{whole}{path}") })
}
