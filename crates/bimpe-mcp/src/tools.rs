//! Lists of tools. An invalid tool is named, and does not hide the others.

use std::collections::HashSet;

use rmcp::model::Tool;
use serde_json::Value;

use crate::Error;

/// The tools of a server.
///
/// ```
/// let list = bimpe_mcp::ToolList::default();
/// assert!(list.tools.is_empty() && list.invalid.is_empty());
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ToolList {
    /// The valid tools, in the order of the server.
    pub tools: Vec<Tool>,
    /// The invalid tools.
    pub invalid: Vec<InvalidTool>,
}

/// A tool that the server described with an invalid field.
///
/// ```
/// fn report(tool: &bimpe_mcp::InvalidTool) -> String {
///     format!("{}: {}: {}", tool.name, tool.field, tool.problem)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidTool {
    /// The name, or the position in the list if the tool has no name, for example `#3`.
    pub name: String,
    /// The invalid field, as JSON names it.
    pub field: String,
    /// The rule that the field violates, for example `must be an object`.
    pub problem: String,
}

impl std::fmt::Display for InvalidTool {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {} {}", self.name, self.field, self.problem)
    }
}

/// Fields of a tool: the name, whether it is required, and the check of its value.
type FieldRule = (&'static str, bool, &'static str, fn(&Value) -> bool);

const RULES: [FieldRule; 6] = [
    ("name", true, "must be a text of at least one character", |value| {
        value.as_str().is_some_and(|name| !name.is_empty())
    }),
    ("title", false, "must be a text", Value::is_string),
    ("description", false, "must be a text", Value::is_string),
    ("inputSchema", true, "must be an object", Value::is_object),
    ("outputSchema", false, "must be an object", Value::is_object),
    ("annotations", false, "must be an object", Value::is_object),
];

/// Adds the tools of one page to a list.
pub(crate) fn add_page(list: &mut ToolList, names: &mut HashSet<String>, page: &Value) -> Result<(), Error> {
    let tools = page["tools"].as_array();
    let tools = tools.ok_or_else(|| Error::protocol("The result of tools/list has no list `tools`."))?;
    for tool in tools {
        let position = list.tools.len() + list.invalid.len() + 1;
        let name = tool["name"].as_str().filter(|name| !name.is_empty());
        let name = name.map_or_else(|| format!("#{position}"), str::to_owned);
        match parse(tool) {
            Ok(_) if !names.insert(name.clone()) => {
                let problem = "repeats the name of an earlier tool".to_owned();
                list.invalid.push(InvalidTool { name, field: "name".to_owned(), problem });
            }
            Ok(tool) => list.tools.push(tool),
            Err((field, problem)) => list.invalid.push(InvalidTool { name, field, problem }),
        }
    }
    Ok(())
}

/// Returns a tool, or its first invalid field and the rule that the field violates.
fn parse(tool: &Value) -> Result<Tool, (String, String)> {
    if !tool.is_object() {
        return Err(("the tool".to_owned(), "must be an object".to_owned()));
    }
    for (field, required, rule, is_valid) in RULES {
        match &tool[field] {
            Value::Null if required => return Err((field.to_owned(), "is missing".to_owned())),
            Value::Null => {}
            value if is_valid(value) => {}
            _ => return Err((field.to_owned(), rule.to_owned())),
        }
    }
    // The rules do not cover the fields within annotations and icons.
    serde_json::from_value(tool.clone())
        .map_err(|error| ("a nested field".to_owned(), format!("is invalid: {error}")))
}
