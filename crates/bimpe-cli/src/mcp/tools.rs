//! The tools of the server: which operations are offered, and how.

use std::collections::HashMap;
use std::sync::Arc;

use bimpe::http::Method;
use bimpe::operations::OPERATIONS;
use bimpe::schema::{Field, Operation, ResponseShape, Segment, Type};
use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

use super::schema::{SchemaCopier, Side, follow};

pub(super) const AGENT_ID: &str = "agent_id";
pub(super) const BODY: &str = "body";
pub(super) const PAGE: &str = "page";
pub(super) const LIMIT: &str = "limit";

/// The operations that a server offers.
#[derive(Debug, Clone, Default)]
pub(super) struct Selection {
    pub(super) toolsets: Vec<String>,
    pub(super) allow_writes: bool,
    /// Tools that are offered in any case.
    pub(super) allowed: Vec<String>,
    /// The only agent that tools can reach.
    pub(super) agent: Option<String>,
}

/// One tool, and the operation that it sends.
pub(super) struct ServedTool {
    pub(super) tool: Tool,
    pub(super) operation: &'static Operation,
}

/// Returns the name of the tool of an operation.
pub(super) fn tool_name(operation: &Operation) -> String {
    operation.id.replace('.', "_")
}

/// Returns the toolset of an operation: its resource, or the resource below `agents`.
pub(super) fn toolset(operation: &Operation) -> &'static str {
    let mut words = operation.id.split('.');
    let first = words.next().unwrap_or_default();
    match (first, words.next(), words.next()) {
        ("agents", Some(resource), Some(_)) => resource,
        _ => first,
    }
}

/// Returns the operations that a tool can send.
///
/// Helpers send several requests and wait for minutes, and streams have no end, while assistants expect a result soon.
/// A result that is itself a secret must not reach an assistant.
pub(super) fn offered() -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().copied().filter(|operation| {
        let is_result_secret = match operation.response {
            ResponseShape::Stream(_) => true,
            ResponseShape::One(Type::Object(object)) => object.fields.iter().any(|field| field.secret),
            _ => false,
        };
        operation.helper.is_none() && !is_result_secret
    })
}

/// Returns the names of path ids, in the order of the path.
pub(super) fn path_ids(operation: &Operation) -> impl Iterator<Item = &'static str> {
    operation.segments.iter().filter_map(|segment| match segment {
        Segment::Id { name, .. } => Some(*name),
        Segment::Literal(_) => None,
    })
}

/// Returns whether the server cuts the list into pages, because the API returns it whole.
pub(super) fn is_whole_list(operation: &Operation) -> bool {
    matches!(operation.response, ResponseShape::List(_))
}

impl Selection {
    /// Returns the tools of this selection.
    pub(super) fn tools(&self, document: &Value) -> Vec<ServedTool> {
        let nodes = operations_by_id(document);
        let listed = offered().filter_map(|operation| {
            let node = *nodes.get(operation.id)?;
            self.lists(operation, node).then(|| self.tool(document, operation, node))
        });
        listed.collect()
    }

    fn lists(&self, operation: &Operation, node: &Value) -> bool {
        let leaves_agent = self.agent.is_some() && !path_ids(operation).any(|name| name == AGENT_ID);
        if leaves_agent {
            return false;
        }
        if self.allowed.contains(&tool_name(operation)) {
            return true;
        }
        let is_safe = operation.method == Method::GET || (self.allow_writes && node["x-costs-money"] != true);
        is_safe && self.toolsets.iter().any(|name| name == toolset(operation))
    }

    fn tool(&self, document: &Value, operation: &'static Operation, node: &Value) -> ServedTool {
        let text = [&node["summary"], &node["description"]];
        let text: Vec<&str> = text.into_iter().filter_map(Value::as_str).collect();
        let input = self.input_schema(document, operation, node);
        let tool = Tool::new_with_raw(tool_name(operation), Some(text.join(" ").into()), Arc::new(input))
            .with_raw_output_schema(Arc::new(output_schema(document, operation, node)))
            .with_annotations(annotations(operation));
        ServedTool { tool, operation }
    }

    fn input_schema(&self, document: &Value, operation: &Operation, node: &Value) -> Map<String, Value> {
        let mut copier = SchemaCopier::new(document, Side::Input);
        let mut properties = Map::new();
        let mut required = Vec::new();
        let parameters = node["parameters"].as_array().into_iter().flatten();
        let pages = json!([
            {"$ref": "#/components/parameters/Page"}, {"$ref": "#/components/parameters/Limit"}
        ]);
        let pages = pages.as_array().into_iter().flatten().filter(|_| is_whole_list(operation));
        for parameter in parameters.chain(pages).map(|parameter| follow(document, parameter)) {
            let Some(name) = parameter["name"].as_str() else { continue };
            if name == AGENT_ID && self.agent.is_some() {
                continue;
            }
            let mut schema = copier.copy(&parameter["schema"]);
            schema["description"] = parameter["description"].clone();
            properties.insert(name.to_owned(), schema);
            if parameter["required"] == true {
                required.push(name);
            }
        }
        if let Some(body) = node.pointer("/requestBody/content/application~1json/schema") {
            properties.insert(BODY.to_owned(), copier.copy(body));
            required.push(BODY);
        }
        copier.object(properties, &required)
    }
}

/// Returns the operations of a document by their ids.
fn operations_by_id(document: &Value) -> HashMap<&str, &Value> {
    let paths = document["paths"].as_object().into_iter().flat_map(Map::values);
    let operations = paths.filter_map(Value::as_object).flat_map(Map::values);
    operations.filter_map(|operation| Some((operation["operationId"].as_str()?, operation))).collect()
}

/// Returns the schema of results: the data, and the number of the next page.
fn output_schema(document: &Value, operation: &Operation, node: &Value) -> Map<String, Value> {
    let mut copier = SchemaCopier::new(document, Side::Output);
    let mut properties = Map::new();
    let responses = node["responses"].as_object().into_iter().flatten();
    let success = responses.filter(|(status, _)| status.starts_with('2')).map(|(_, response)| response);
    let data = success.into_iter().find_map(|response| {
        let schema = follow(document, response).pointer("/content/application~1json/schema")?;
        let parts = schema["allOf"].as_array()?;
        parts.iter().find_map(|part| part.pointer("/properties/data"))
    });
    let data = match (operation.response, data) {
        (ResponseShape::Nothing, _) | (_, None) => json!({"type": ["object", "null"]}),
        (_, Some(data)) => copier.copy(data),
    };
    properties.insert("data".to_owned(), data);
    if matches!(operation.response, ResponseShape::Page(_) | ResponseShape::List(_)) {
        let next =
            json!({"type": "integer", "description": "Number of the next page. Missing on the last page."});
        let total = json!({"type": "integer", "description": "Number of items in the whole list."});
        properties.insert("next_page".to_owned(), next);
        properties.insert("total_count".to_owned(), total);
    }
    copier.object(properties, &["data"])
}

/// Returns the hints of a tool, from the method and the spec.
fn annotations(operation: &Operation) -> ToolAnnotations {
    let reads = operation.method == Method::GET;
    let annotations = ToolAnnotations::new().read_only(reads);
    if reads {
        return annotations;
    }
    // A POST adds something. The other methods replace or delete something, with the same effect when repeated.
    let adds = operation.method == Method::POST;
    annotations.destructive(!adds).idempotent(!adds || operation.replay_safe)
}

/// Returns whether an operation has this query parameter.
pub(super) fn has_query(operation: &Operation, name: &str) -> bool {
    operation.query.iter().any(|field: &Field| field.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(toolsets: &[&str]) -> Selection {
        let toolsets = toolsets.iter().map(|&name| name.to_owned()).collect();
        Selection { toolsets, ..Selection::default() }
    }

    fn names(selection: &Selection) -> Vec<String> {
        let document: Value = serde_json::from_str(bimpe_sandbox::OPENAPI).expect("JSON");
        selection.tools(&document).iter().map(|served| served.tool.name.to_string()).collect()
    }

    fn every_toolset() -> Vec<&'static str> {
        offered().map(toolset).collect()
    }

    #[test]
    fn every_offered_operation_is_in_the_document() {
        let all = Selection { allow_writes: true, ..selection(&every_toolset()) };
        let costly = Selection { allowed: vec!["calls_make".to_owned()], ..all };
        assert_eq!(names(&costly).len(), offered().count());
    }

    #[test]
    fn nothing_but_reads_without_permission() {
        let document: Value = serde_json::from_str(bimpe_sandbox::OPENAPI).expect("JSON");
        for served in selection(&every_toolset()).tools(&document) {
            assert_eq!(served.operation.method, Method::GET, "{}", served.operation.id);
            assert_eq!(served.tool.annotations.expect("hints").read_only_hint, Some(true));
        }
    }

    #[test]
    fn a_call_only_by_name() {
        let writes = Selection { allow_writes: true, ..selection(&["calls"]) };
        assert_eq!(names(&writes), ["calls_list", "calls_retrieve"]);
        let named = Selection { allowed: vec!["calls_make".to_owned()], ..selection(&[]) };
        assert_eq!(names(&named), ["calls_make"]);
    }

    #[test]
    fn one_agent_hides_the_argument_and_what_leaves_it() {
        let document: Value = serde_json::from_str(bimpe_sandbox::OPENAPI).expect("JSON");
        let agent = Some("cm1".to_owned());
        let selection = Selection { allow_writes: true, agent, ..selection(&every_toolset()) };
        for served in selection.tools(&document) {
            assert_eq!(path_ids(served.operation).next(), Some(AGENT_ID), "{}", served.operation.id);
            assert!(served.tool.input_schema["properties"].get(AGENT_ID).is_none());
        }
    }

    #[test]
    fn hints_follow_the_spec() {
        let document: Value = serde_json::from_str(bimpe_sandbox::OPENAPI).expect("JSON");
        let all = Selection { allow_writes: true, ..selection(&every_toolset()) };
        let tools = all.tools(&document);
        let hints = |name: &str| {
            let served = tools.iter().find(|served| served.tool.name == name).expect("it is listed");
            let hints = served.tool.annotations.clone().expect("hints");
            (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint)
        };
        assert_eq!(hints("agents_list"), (Some(true), None, None));
        assert_eq!(hints("agents_create"), (Some(false), Some(false), Some(false)));
        assert_eq!(hints("agents_update"), (Some(false), Some(true), Some(true)));
        assert_eq!(hints("agents_delete"), (Some(false), Some(true), Some(true)));
        assert_eq!(hints("agents_integrations_mcp_server_test"), (Some(false), Some(false), Some(true)));
    }
}
