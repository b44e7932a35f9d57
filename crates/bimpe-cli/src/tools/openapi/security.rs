//! Security schemes as the `auth_type` of the integration.

use super::{Document, Node, Problem, Result};

/// Returns the `auth_type` that an operation needs. The first alternative that an integration can send counts.
pub(super) fn auth_type<'a>(document: &Document<'a>, operation: &Node<'a>) -> Result<Option<&'static str>> {
    let root = Node { value: document.root, place: String::new() };
    let own = if operation.field("security").is_some() { operation } else { &root };
    let mut reasons = Vec::new();
    let alternatives = own.items("security")?;
    if alternatives.is_empty() {
        return Ok(None);
    }
    for alternative in alternatives {
        let names = alternative.value.as_object().ok_or_else(|| alternative.broken("must be an object"))?;
        let names: Vec<&str> = names.keys().map(String::as_str).collect();
        match names[..] {
            [] => return Ok(None),
            [name] => match scheme(document, &alternative, name)? {
                Ok(auth_type) => return Ok(Some(auth_type)),
                Err(reason) => reasons.push(reason),
            },
            _ => reasons.push(format!("it needs `{}` together", names.join("` and `"))),
        }
    }
    Err(Problem::Refused(format!("{}, which an integration cannot send", reasons.join("; "))))
}

/// Returns the `auth_type` of a scheme, or why there is none.
fn scheme<'a>(
    document: &Document<'a>,
    user: &Node<'a>,
    name: &str,
) -> Result<std::result::Result<&'static str, String>> {
    let schemes = document.root.pointer("/components/securitySchemes");
    let place = format!("/components/securitySchemes/{name}");
    let value = schemes.and_then(|schemes| schemes.get(name));
    let value =
        value.ok_or_else(|| user.broken(&format!("names the security scheme `{name}`, which is missing")))?;
    let node = document.follow(Node { value, place })?;
    let kind = node.text("type").unwrap_or_default();
    let detail = node.text("scheme").or_else(|| node.text("in")).unwrap_or_default().to_lowercase();
    Ok(match (kind, detail.as_str()) {
        ("http", "bearer") | ("oauth2" | "openIdConnect", _) => Ok("bearer"),
        ("http", "basic") => Ok("basic"),
        ("apiKey", "header") => Ok("api_key"),
        ("apiKey", place) => Err(format!("it needs an API key in the {place} (`{name}`)")),
        (kind, detail) => Err(format!("it needs `{name}` ({})", format!("{kind} {detail}").trim())),
    })
}
