//! `/call TOOL {json}`: the scripted agent runs one of its tools, and says what came back.

use bimpe_mcp::CallToolResult;
use serde_json::{Map, Value};

use super::integrations::{custom_api, mcp_server};
use super::scripted_agent::Reply;
use super::{Error, actions, custom_tools, mcp_client};
use crate::store::{Db, Row};

const COMMAND: &str = "/call";
const MAX_CHARACTERS: usize = 2000;

/// A tool with its arguments.
pub(crate) struct ToolCall {
    integration: Row,
    tool: Row,
    arguments: Map<String, Value>,
}

/// Returns whether a message tells the agent to run a tool.
pub(crate) fn is_command(text: &str) -> bool {
    text.trim_start()
        .strip_prefix(COMMAND)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// Finds the tool of a command, or returns the reply that says why no tool runs.
pub(crate) fn find(db: &Db<'_>, agent: &str, text: &str) -> Result<Result<ToolCall, Reply>, Error> {
    let command = text.trim_start().strip_prefix(COMMAND).unwrap_or_default().trim();
    let (name, json) = command.split_at(command.find('{').unwrap_or(command.len()));
    let (name, json) = (name.trim(), if json.is_empty() { "{}" } else { json });
    let arguments = match serde_json::from_str(json) {
        Ok(arguments) => arguments,
        Err(error) => {
            return Ok(Err(Reply::new(format!("The arguments of {name} are not a JSON object: {error}."))));
        }
    };
    let mut tools = actions::with_integrations(db, agent)?;
    let is_enabled = |tool: &Row| tool.data["is_enabled"] == true;
    let enabled = tools.iter().filter(|(_, tool)| is_enabled(tool));
    let enabled: Vec<&str> = enabled.filter_map(|(_, tool)| tool.data["action_name"].as_str()).collect();
    let enabled = if enabled.is_empty() { "none".to_owned() } else { enabled.join(", ") };
    tools.retain(|(_, tool)| ["action_name", "name"].iter().any(|field| tool.data[*field] == name));
    // Two integrations can have a tool of the same name, one of them enabled.
    tools.sort_by_key(|(_, tool)| !is_enabled(tool));
    let Some((integration, tool)) = tools.into_iter().next() else {
        return Ok(Err(Reply::new(format!("I have no tool named {name:?}. Enabled tools: {enabled}."))));
    };
    if !is_enabled(&tool) {
        return Ok(Err(Reply::new(format!("The tool {name} is disabled. Enabled tools: {enabled}."))));
    }
    if tool.data["require_human_approval"] == true {
        let text = format!("The tool {name} needs the approval of a person, so I have asked a colleague.");
        return Ok(Err(Reply { text, needs_attention: true }));
    }
    Ok(Ok(ToolCall { integration, tool, arguments }))
}

impl ToolCall {
    /// Runs the tool.
    pub(crate) async fn run(self, allow_outbound: bool) -> Reply {
        let name = self.tool.data["action_name"].as_str().unwrap_or_default().to_owned();
        let outcome = match self.integration.data["family"].as_str() {
            Some(custom_api::FAMILY) => self.run_custom(allow_outbound).await,
            Some(mcp_server::FAMILY) => self.run_mcp().await,
            _ => Err(format!("the sandbox does not contact {}", plain(&self.integration.data["name"]))),
        };
        let text = match outcome {
            Ok(text) => format!("{name} returned: {text}"),
            Err(text) => format!("{name} failed: {text}"),
        };
        Reply::new(cut(text))
    }

    async fn run_custom(&self, allow_outbound: bool) -> Result<String, String> {
        let exchange =
            custom_tools::run(&self.integration, &self.tool, &self.arguments, allow_outbound).await;
        let result = exchange.map_err(|error| error_text(&error))?.result;
        let text = [result.message.unwrap_or_default(), plain(&result.data)];
        let text =
            text.iter().filter(|text| !text.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ");
        if result.is_error { Err(text) } else { Ok(text) }
    }

    async fn run_mcp(self) -> Result<String, String> {
        let name = self.tool.secret["mcp_name"].as_str().unwrap_or_default();
        let (config, auth) = (&self.integration.data["config"], &self.integration.secret);
        let result = mcp_client::call_tool(config, auth, name, self.arguments)
            .await
            .map_err(|error| error.to_string())?;
        let text = mcp_text(&result);
        if result.is_error == Some(true) { Err(text) } else { Ok(text) }
    }
}

/// Returns the texts of a result, and its other parts as JSON.
fn mcp_text(result: &CallToolResult) -> String {
    let parts = result.content.iter().filter_map(|part| serde_json::to_value(part).ok());
    let texts: Vec<String> = parts.map(|part| plain(part.get("text").unwrap_or(&part))).collect();
    if texts.is_empty() {
        plain(&result.structured_content.clone().unwrap_or_default())
    } else {
        texts.join("\n")
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn error_text(error: &Error) -> String {
    let texts = error.message.as_array().into_iter().flatten().filter_map(Value::as_str);
    let texts: Vec<&str> = texts.chain(error.message.as_str()).collect();
    texts.join("; ")
}

fn cut(text: String) -> String {
    match text.char_indices().nth(MAX_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
