//! Tools from an OpenAPI 3 document.

mod body;
mod operation;
mod schema;
mod security;

use serde_json::{Map, Value};
use url::Url;

use super::proposal::{Proposal, action_name};
use crate::failure::Failure;

/// Methods of a path, in the order of the specification.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
/// References that refer to references.
const MOST_HOPS: usize = 32;

/// How tools are made.
#[derive(Debug, Clone, Default)]
pub(super) struct Options {
    /// The `base_url` of the integration.
    pub(super) base_url: Option<Url>,
    /// Whether tools take optional parameters.
    pub(super) optional: bool,
    pub(super) timeout_ms: Option<i64>,
}

/// Why an operation has no tool.
#[derive(Debug)]
enum Problem {
    /// The document is broken, so that all of it is refused.
    Broken(Failure),
    /// A tool cannot express the operation.
    Refused(String),
}

type Result<T> = std::result::Result<T, Problem>;

/// An operation without a tool.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) operation: String,
    pub(super) reason: String,
}

/// The tools of a document.
#[derive(Debug, Default)]
pub(super) struct Import {
    pub(super) proposals: Vec<Proposal>,
    pub(super) refusals: Vec<Refusal>,
}

/// A place in the document, and the value there.
#[derive(Debug, Clone)]
struct Node<'a> {
    value: &'a Value,
    /// The place as a JSON pointer.
    place: String,
}

impl<'a> Node<'a> {
    fn field(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name)?;
        let place = format!("{}/{}", self.place, name.replace('~', "~0").replace('/', "~1"));
        Some(Self { value, place })
    }

    /// Returns the field as an object, or nothing if it is missing.
    fn object(&self, name: &str) -> Result<Option<(Self, &'a Map<String, Value>)>> {
        let Some(field) = self.field(name) else { return Ok(None) };
        match field.value.as_object() {
            Some(object) => Ok(Some((field, object))),
            None => Err(field.broken("must be an object")),
        }
    }

    /// Returns the items of an array, or nothing if it is missing.
    fn items(&self, name: &str) -> Result<Vec<Self>> {
        let Some(field) = self.field(name) else { return Ok(Vec::new()) };
        let items = field.value.as_array().ok_or_else(|| field.broken("must be an array"))?;
        let node = |(index, value)| Self { value, place: format!("{}/{index}", field.place) };
        Ok(items.iter().enumerate().map(node).collect())
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.value.get(name)?.as_str()
    }

    fn is_true(&self, name: &str) -> bool {
        self.value.get(name) == Some(&Value::Bool(true))
    }

    fn broken(&self, what: &str) -> Problem {
        let failure =
            Failure::usage(format!("the OpenAPI document is invalid at `{}`: it {what}", self.place));
        Problem::Broken(failure.hint("Correct the document, for example with an OpenAPI linter."))
    }
}

struct Document<'a> {
    root: &'a Value,
    url: Option<&'a Url>,
    options: &'a Options,
}

impl<'a> Document<'a> {
    /// Follows references within the document.
    fn follow(&self, mut node: Node<'a>) -> Result<Node<'a>> {
        for _ in 0..MOST_HOPS {
            let Some(reference) = node.text("$ref") else { return Ok(node) };
            let Some(pointer) = reference.strip_prefix('#') else {
                return Err(Problem::Refused(format!("it refers to another document, `{reference}`")));
            };
            let decoded = percent_decoded(pointer);
            let value = self.root.pointer(&decoded);
            let value =
                value.ok_or_else(|| node.broken(&format!("refers to `{reference}`, which is missing")))?;
            node = Node { value, place: decoded };
        }
        Err(node.broken("refers to itself"))
    }
}

/// Returns the tools of a document, or the error of a broken one.
pub(super) fn import(
    root: &Value,
    url: Option<&Url>,
    options: &Options,
) -> std::result::Result<Import, Failure> {
    check_version(root)?;
    let document = Document { root, url, options };
    let mut import = Import::default();
    match collect(&document, &mut import) {
        Ok(()) => {}
        Err(Problem::Broken(failure)) => return Err(failure),
        Err(Problem::Refused(reason)) => return Err(Failure::usage(reason)),
    }
    distinguish(&mut import);
    Ok(import)
}

fn check_version(root: &Value) -> std::result::Result<(), Failure> {
    let version = root["openapi"].as_str().unwrap_or_default();
    if version.starts_with("3.") {
        return Ok(());
    }
    let found = match (root["swagger"].as_str(), version) {
        (Some(swagger), _) => format!("it is a Swagger {swagger} document"),
        (None, "") => "the field `openapi` is missing".to_owned(),
        (None, other) => format!("its version is {other}"),
    };
    Err(Failure::usage(format!("unsupported document: {found}"))
        .hint("Pass an OpenAPI 3.0 or 3.1 document. Converters turn Swagger 2.0 into it."))
}

fn collect(document: &Document<'_>, import: &mut Import) -> Result<()> {
    let root = Node { value: document.root, place: String::new() };
    let Some((paths, entries)) = root.object("paths")? else {
        return Err(root.broken("has no `paths`"));
    };
    for path in entries.keys().filter(|path| path.starts_with('/')) {
        let item = paths.field(path).expect("the key is in the object");
        let item = match document.follow(item) {
            Ok(item) => item,
            Err(Problem::Refused(reason)) => {
                import.refusals.push(Refusal { operation: path.clone(), reason });
                continue;
            }
            Err(broken) => return Err(broken),
        };
        if !item.value.is_object() {
            return Err(item.broken("must be an object"));
        }
        for method in METHODS {
            let Some((node, _)) = item.object(method)? else { continue };
            let operation = node.text("operationId").map_or_else(
                || format!("{} {path}", method.to_uppercase()),
                |id| format!("{id} ({} {path})", method.to_uppercase()),
            );
            match operation::propose(document, path, method, &item, &node) {
                Ok(proposal) => import.proposals.push(proposal),
                Err(Problem::Refused(reason)) => import.refusals.push(Refusal { operation, reason }),
                Err(broken) => return Err(broken),
            }
        }
    }
    Ok(())
}

/// Makes names distinct, because the model knows tools by names only.
fn distinguish(import: &mut Import) {
    let mut taken = std::collections::HashSet::new();
    for proposal in &mut import.proposals {
        let name = proposal.name().to_owned();
        let method = proposal.body["http_method"].as_str().unwrap_or_default().to_owned();
        let mut free = name.clone();
        let mut number = 1;
        while !taken.insert(action_name(&free)) {
            free = if number == 1 { format!("{name} ({method})") } else { format!("{name} {number}") };
            number += 1;
        }
        proposal.body["name"] = free.into();
    }
}

fn percent_decoded(text: &str) -> String {
    // As a query value, where `+` would be a space.
    let query = format!("={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(query.as_bytes()).map(|(_, value)| value.into_owned()).collect()
}

#[cfg(test)]
mod tests;
