//! Request bodies as templates.

use serde_json::{Map, Value};

use super::super::proposal::Draft;
use super::{Document, Node, Problem, Result};

/// Adds the body of an operation to a tool.
pub(super) fn add<'a>(document: &Document<'a>, draft: &mut Draft, operation: &Node<'a>) -> Result<()> {
    let Some(body) = operation.field("requestBody") else { return Ok(()) };
    let body = document.follow(body)?;
    let Some((content, types)) = body.object("content")? else {
        return Err(body.broken("has no `content`"));
    };
    let is_json = |name: &&String| {
        let name = name.split(';').next().unwrap_or_default().trim();
        name == "application/json" || name.ends_with("+json")
    };
    let Some(json) = types.keys().find(is_json) else {
        return Err(Problem::Refused(refused_content(types)));
    };
    let media = content.field(json).expect("the key is in the object");
    let Some(schema) = media.field("schema") else {
        return Err(Problem::Refused("its body has no schema".to_owned()));
    };
    let shape = document.shape(schema, "its body")?;
    if shape.kind != "object" {
        return Err(Problem::Refused(format!("its body is no object, but of the type `{}`", shape.kind)));
    }
    if shape.is_map() {
        return Err(Problem::Refused("its body is an object without named fields".to_owned()));
    }
    let mut template = Map::new();
    for (name, node) in &shape.properties {
        let required = shape.required.contains(name);
        let field = match document.shape(node.clone(), &format!("`{name}` of its body")) {
            Ok(field) => field,
            Err(Problem::Refused(reason)) if !required => {
                draft.notes.push(format!("left out: {reason}"));
                continue;
            }
            Err(problem) => return Err(problem),
        };
        if field.is_read_only {
            continue;
        }
        if let Some(value) = field.only_value().filter(|_| required) {
            template.insert((*name).to_owned(), value.clone());
        } else if required || document.options.optional {
            let definition = document.definition(&field, name, required, None, 0)?;
            let placeholder = draft.parameter("body", name, definition);
            template.insert((*name).to_owned(), placeholder.into());
        } else {
            draft.skip_optional(name);
        }
    }
    draft.body = Some(Value::Object(template));
    Ok(())
}

fn refused_content(types: &Map<String, Value>) -> String {
    let names: Vec<&str> = types.keys().map(String::as_str).collect();
    let kind = match names.first() {
        Some(name) if name.starts_with("multipart/") => "a form with files",
        Some(name) if name.contains("urlencoded") => "a form",
        Some(_) => "a file or text",
        None => "nothing",
    };
    format!("its body is {kind} ({}), and tools send JSON", names.join(", "))
}
