//! The response to the request of a tool, and the result that the agent sees.

use reqwest::{Client, Request};
use serde_json::Value;

/// Limit of a body.
const MAX_BYTES: usize = 1 << 20;

/// The result of a tool.
pub(crate) struct ToolResult {
    pub is_error: bool,
    /// The message of the mapping, or the cause of an error.
    pub message: Option<String>,
    pub data: Value,
}

/// Sends a request. Returns the status and the body: JSON, or a text.
pub(super) async fn read(client: &Client, request: Request) -> Result<(u16, Value), String> {
    let url = request.url().clone();
    let failed = |error: reqwest::Error| bimpe_mcp::connection_error(&url, &error).to_string();
    let mut response = client.execute(request).await.map_err(failed)?;
    let mut body = Vec::new();
    loop {
        let Some(chunk) = response.chunk().await.map_err(failed)? else { break };
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BYTES {
            return Err(format!("the API sent more than {MAX_BYTES} bytes"));
        }
    }
    let json = serde_json::from_slice(&body);
    let text = |_| if body.is_empty() { Value::Null } else { String::from_utf8_lossy(&body).into() };
    Ok((response.status().as_u16(), json.unwrap_or_else(text)))
}

/// Maps a response to the result. `path` narrows the data of a success.
pub(super) fn map(status: u16, body: &Value, mapping: &Value) -> ToolResult {
    let text = |field: &str| mapping[field].as_str().map(str::to_owned);
    if !(200..300).contains(&status) {
        let message =
            text("error_message").unwrap_or_else(|| format!("the API responded with status {status}"));
        return ToolResult { is_error: true, message: Some(message), data: body.clone() };
    }
    let data = mapping["path"].as_str().map_or(Some(body), |path| at(body, path));
    ToolResult { is_error: false, message: text("success_message"), data: data.cloned().unwrap_or_default() }
}

/// Returns the value at a path such as `data.items[0].price` or `$.data`.
fn at<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    let path = path.strip_prefix('$').unwrap_or(path).replace('[', ".").replace(']', "");
    path.split('.').filter(|part| !part.is_empty()).try_fold(body, |value, part| match value {
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        value => value.get(part),
    })
}
