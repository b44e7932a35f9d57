//! Problems of tools: what the Console API refuses, and what models misread.

use std::collections::HashMap;

use bimpe_mcp::{Tool, ToolList};
use serde_json::{Map, Value, json};

use crate::tools::proposal::{action_name, limit};

/// A problem of one tool.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) tool: String,
    /// Whether the tool cannot be used because of it.
    pub(super) is_error: bool,
    pub(super) text: String,
    pub(super) fix: &'static str,
}

impl Problem {
    pub(super) fn to_json(&self) -> Value {
        let level = if self.is_error { "error" } else { "warning" };
        json!({"tool": self.tool, "level": level, "problem": self.text, "fix": self.fix})
    }
}

/// Returns the problems of all tools, errors first.
pub(super) fn problems(list: &ToolList) -> Vec<Problem> {
    let mut problems: Vec<Problem> = list
        .invalid
        .iter()
        .map(|invalid| Problem {
            tool: invalid.name.clone(),
            is_error: true,
            text: format!("{} {}", invalid.field, invalid.problem),
            fix: "Correct the description of the tool in the server.",
        })
        .collect();
    let mut names: HashMap<String, &str> = HashMap::new();
    for tool in &list.tools {
        let mut found = Findings { tool: &tool.name, problems: &mut problems };
        if let Some(other) = names.insert(action_name(&tool.name), &tool.name) {
            found.error(&format!("the model sees the same name as of `{other}`"), "Rename one of the tools.");
        }
        found.texts(tool);
        found.schema(&tool.input_schema);
    }
    problems.sort_by_key(|problem| !problem.is_error);
    problems
}

struct Findings<'a> {
    tool: &'a str,
    problems: &'a mut Vec<Problem>,
}

impl Findings<'_> {
    fn add(&mut self, is_error: bool, text: &str, fix: &'static str) {
        self.problems.push(Problem { tool: self.tool.to_owned(), is_error, text: text.to_owned(), fix });
    }

    fn error(&mut self, text: &str, fix: &'static str) {
        self.add(true, text, fix);
    }

    fn warning(&mut self, text: &str, fix: &'static str) {
        self.add(false, text, fix);
    }

    /// Checks the texts with the limits that tools of the Console API have.
    fn texts(&mut self, tool: &Tool) {
        let description = tool.description.as_deref().unwrap_or_default();
        for (field, text) in [("name", &*tool.name), ("description", description)] {
            let (length, most) = (text.chars().count(), limit(field));
            if length > most {
                let text = format!("the {field} has {length} characters, and the Console API takes {most}");
                self.error(&text, "Shorten the text in the server.");
            }
        }
        if action_name(&tool.name).is_empty() {
            self.error("the name has no letter or digit", "Rename the tool.");
        }
        if description.trim().is_empty() {
            self.warning(
                "the description is missing",
                "Describe the effect of the tool, because models choose by it.",
            );
        }
    }

    /// Checks the schema of the arguments.
    fn schema(&mut self, schema: &Map<String, Value>) {
        if schema.get("type") != Some(&Value::from("object")) {
            self.error(
                "inputSchema must have the type `object`",
                "Declare the arguments as fields of an object.",
            );
        }
        for keyword in ["oneOf", "anyOf", "allOf"].into_iter().filter(|keyword| schema.contains_key(*keyword))
        {
            let text = format!("inputSchema has `{keyword}` at the top, which some models refuse");
            self.warning(&text, "List all arguments as properties.");
        }
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for name in required.filter_map(Value::as_str).filter(|name| !properties.contains_key(*name)) {
            let text = format!("inputSchema requires `{name}`, which is no property");
            self.warning(&text, "Add the property, or do not require it.");
        }
        for (name, property) in properties {
            if property.is_object() && property.get("description").is_none() && property.get("$ref").is_none()
            {
                let text = format!("the argument `{name}` has no description");
                self.warning(&text, "Describe the value, because models fill it in.");
            }
        }
        self.references(&Value::Object(schema.clone()));
    }

    /// Checks that references lead somewhere within the schema.
    fn references(&mut self, root: &Value) {
        let mut open = vec![root];
        while let Some(value) = open.pop() {
            match value {
                Value::Array(items) => open.extend(items),
                Value::Object(fields) => {
                    open.extend(fields.values());
                    let Some(reference) = fields.get("$ref").and_then(Value::as_str) else { continue };
                    let target = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
                    if target.is_none() {
                        let text = format!("inputSchema refers to `{reference}`, which is missing");
                        self.error(&text, "Put the definition into `$defs` of the schema.");
                    }
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(tools: Value) -> Vec<String> {
        let mut list = ToolList::default();
        list.tools = serde_json::from_value(tools).expect("tools");
        problems(&list).iter().map(|problem| format!("{}: {}", problem.tool, problem.text)).collect()
    }

    #[test]
    fn a_good_tool_has_no_problem() {
        let schema = json!({"type": "object", "required": ["sku"], "properties": {
            "sku": {"type": "string", "description": "Article number"}, "line": {"$ref": "#/$defs/Line"}},
            "$defs": {"Line": {"type": "object"}}});
        let tool = json!({"name": "check_stock", "description": "Returns the stock.", "inputSchema": schema});
        assert_eq!(texts(json!([tool])), Vec::<String>::new());
    }

    #[test]
    fn each_problem_is_named() {
        let good = json!({"type": "object"});
        for (tools, expected) in [
            (
                json!([{"name": "a", "description": "A", "inputSchema": {}}]),
                "a: inputSchema must have the type `object`",
            ),
            (json!([{"name": "a", "inputSchema": good}]), "a: the description is missing"),
            (
                json!([{"name": "--", "description": "A", "inputSchema": good}]),
                "--: the name has no letter or digit",
            ),
            (
                json!([{"name": "get-order", "description": "A", "inputSchema": good},
                    {"name": "get_order", "description": "A", "inputSchema": good}]),
                "get_order: the model sees the same name as of `get-order`",
            ),
            (
                json!([{"name": "a", "description": "x".repeat(801), "inputSchema": good}]),
                "a: the description has 801 characters, and the Console API takes 800",
            ),
            (
                json!([{"name": "a", "description": "A", "inputSchema": {"type": "object", "anyOf": [{}]}}]),
                "a: inputSchema has `anyOf` at the top, which some models refuse",
            ),
            (
                json!([{"name": "a", "description": "A", "inputSchema": {"type": "object", "required": ["b"]}}]),
                "a: inputSchema requires `b`, which is no property",
            ),
            (
                json!([{"name": "a", "description": "A", "inputSchema": {"type": "object", "properties": {"b": {}}}}]),
                "a: the argument `b` has no description",
            ),
            (
                json!([{"name": "a", "description": "A",
                    "inputSchema": {"type": "object", "properties": {"b": {"$ref": "other.json"}}}}]),
                "a: inputSchema refers to `other.json`, which is missing",
            ),
        ] {
            assert_eq!(texts(tools), [expected]);
        }
    }
}
