//! The keywords that the spec may use. The generator fails at an unknown keyword with its file and line, because
//! otherwise it would ignore that part of the spec.

use anyhow::{Result, bail};

use super::yaml::{Node, Value};

const OFFICIAL: &str = "x-official-names";
const DOCUMENT: &[&str] =
    &["openapi", "info", "servers", "tags", "security", "paths", "components", "x-helpers"];
const INFO: &[&str] = &["title", "version", "description"];
const SERVER: &[&str] = &["url", "description"];
const TAG: &[&str] = &["name", "description", OFFICIAL];
const COMPONENTS: &[&str] = &["securitySchemes", "parameters", "responses", "schemas"];
const SECURITY_SCHEME: &[&str] = &["type", "scheme", "description"];
const PATH: &[&str] = &["parameters", "get", "post", "put", "patch", "delete"];
const OPERATION: &[&str] = &[
    "operationId",
    "summary",
    "description",
    "tags",
    "parameters",
    "requestBody",
    "responses",
    "security",
    "x-paginated",
    "x-stream",
    "x-replay-safe",
    "x-slow",
    "x-costs-money",
    "x-python-body",
    OFFICIAL,
];
const HELPER: &[&str] = &[
    "summary",
    "description",
    "parameters",
    "requestBody",
    "responses",
    "x-requests",
    "x-timeout",
    "x-python-body",
];
const PARAMETER: &[&str] = &["$ref", "name", "in", "description", "required", "schema", "example"];
const BODY: &[&str] = &["description", "required", "content"];
const MEDIA_TYPES: &[&str] = &["application/json", "text/event-stream"];
const MEDIA: &[&str] = &["schema", "example"];
const RESPONSE: &[&str] = &["$ref", "description", "content"];
const DISCRIMINATOR: &[&str] = &["propertyName", "mapping"];
const SCHEMA: &[&str] = &[
    "$ref",
    "type",
    "description",
    "properties",
    "required",
    "items",
    "enum",
    "const",
    "oneOf",
    "discriminator",
    "allOf",
    "additionalProperties",
    "format",
    "maxLength",
    "minLength",
    "minimum",
    "maximum",
    "pattern",
    "default",
    "example",
    "anyOf",
    "x-secret",
    "x-unit",
    "x-result",
    "x-may-be-absent",
    "x-usual-types",
    OFFICIAL,
];
const FORMATS: &[&str] = &["uri", "email", "uuid", "date-time", "e164"];

/// Checks one file of the spec.
pub(crate) fn check(document: &Node) -> Result<()> {
    keys(document, DOCUMENT)?;
    one(document, "info", |info| keys(info, INFO))?;
    list(document, "servers", |server| keys(server, SERVER))?;
    list(document, "tags", |tag| keys(tag, TAG))?;
    each(document, "paths", path)?;
    each(document, "x-helpers", |helper| {
        keys(helper, HELPER)?;
        list(helper, "parameters", parameter)?;
        body_and_responses(helper)
    })?;
    one(document, "components", |components| {
        keys(components, COMPONENTS)?;
        each(components, "securitySchemes", |scheme| keys(scheme, SECURITY_SCHEME))?;
        each(components, "parameters", parameter)?;
        each(components, "responses", response)?;
        each(components, "schemas", schema)
    })
}

fn path(item: &Node) -> Result<()> {
    keys(item, PATH)?;
    list(item, "parameters", parameter)?;
    for entry in item.entries()?.iter().filter(|entry| entry.key != "parameters") {
        operation(&entry.node)?;
    }
    Ok(())
}

fn operation(operation: &Node) -> Result<()> {
    keys(operation, OPERATION)?;
    list(operation, "parameters", parameter)?;
    body_and_responses(operation)
}

fn body_and_responses(method: &Node) -> Result<()> {
    one(method, "requestBody", |body| {
        keys(body, BODY)?;
        content(body)
    })?;
    each(method, "responses", response)
}

fn parameter(parameter: &Node) -> Result<()> {
    keys(parameter, PARAMETER)?;
    one(parameter, "schema", schema)
}

fn response(response: &Node) -> Result<()> {
    keys(response, RESPONSE)?;
    content(response)
}

fn content(holder: &Node) -> Result<()> {
    one(holder, "content", |content| keys(content, MEDIA_TYPES))?;
    each(holder, "content", |media| {
        keys(media, MEDIA)?;
        one(media, "schema", schema)
    })
}

fn schema(node: &Node) -> Result<()> {
    keys(node, SCHEMA)?;
    each(node, "properties", schema)?;
    one(node, "items", schema)?;
    list(node, "oneOf", schema)?;
    list(node, "allOf", schema)?;
    list(node, "anyOf", |group| keys(group, &["required"]))?;
    one(node, "discriminator", |discriminator| keys(discriminator, DISCRIMINATOR))?;
    one(node, "format", |format| match format.text()? {
        known if FORMATS.contains(&known) => Ok(()),
        other => Err(format.error(format!("unknown format `{other}`"))),
    })?;
    if let (Some(pattern), None) = (node.get("pattern"), node.get("format")) {
        return Err(pattern.error("missing `format` next to `pattern`: only the sandbox reads `pattern`"));
    }
    one(node, "additionalProperties", |properties| match properties.value {
        Value::Map(_) => schema(properties),
        _ => Ok(()),
    })
}

fn keys(node: &Node, allowed: &[&str]) -> Result<()> {
    for entry in node.entries()? {
        if !allowed.contains(&entry.key.as_str()) {
            bail!("{}: unknown keyword `{}`: expected one of {}", entry.place, entry.key, allowed.join(", "));
        }
    }
    Ok(())
}

fn one(node: &Node, key: &str, check: impl Fn(&Node) -> Result<()>) -> Result<()> {
    node.get(key).map_or(Ok(()), check)
}

fn list(node: &Node, key: &str, check: impl Fn(&Node) -> Result<()>) -> Result<()> {
    one(node, key, |items| items.items()?.iter().try_for_each(&check))
}

fn each(node: &Node, key: &str, check: impl Fn(&Node) -> Result<()>) -> Result<()> {
    one(node, key, |entries| entries.entries()?.iter().try_for_each(|entry| check(&entry.node)))
}
