//! Requests to the MCP server of an integration.

use std::time::Duration;

use bimpe_mcp::{CallToolResult, Error, Server, Session, ToolList, Transport};
use serde_json::{Map, Value};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
const LIST_TIMEOUT: Duration = Duration::from_secs(30);

/// Returns all tools of a server. `config` is the public configuration of the integration, `auth` its credentials.
pub(crate) async fn list_tools(config: &Value, auth: &Value) -> Result<ToolList, Error> {
    let session = Session::connect(&server(config, auth)?, CONNECT_TIMEOUT).await?;
    let tools = session.list_tools(LIST_TIMEOUT).await;
    session.close().await;
    tools
}

/// Runs a tool of a server.
pub(crate) async fn call_tool(
    config: &Value,
    auth: &Value,
    name: &str,
    arguments: Map<String, Value>,
) -> Result<CallToolResult, Error> {
    let session = Session::connect(&server(config, auth)?, CONNECT_TIMEOUT).await?;
    let result = session.call_tool(name, arguments, CALL_TIMEOUT).await;
    session.close().await;
    result
}

fn server(config: &Value, auth: &Value) -> Result<Server, Error> {
    let transport =
        if config["transport"] == "http_sse" { Transport::HttpSse } else { Transport::StreamableHttp };
    let server = Server::new(config["server_url"].as_str().unwrap_or_default())?.transport(transport);
    let text = |field: &str| auth[field].as_str().unwrap_or_default();
    match config["auth_type"].as_str() {
        Some("bearer") => server.bearer(text("token")),
        Some("basic") => server.basic(text("username"), text("password")),
        Some("api_key") => {
            server.header(auth["header_name"].as_str().unwrap_or("X-API-Key"), text("api_key"))
        }
        // The fields of this type are not published, so the sandbox sends each field as a header.
        Some("custom") => auth.as_object().into_iter().flatten().try_fold(server, |server, (name, value)| {
            server.header(name, value.as_str().unwrap_or_default())
        }),
        _ => Ok(server),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silent_server_is_refused_in_time() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let config = serde_json::json!({ "server_url": format!("http://{address}/mcp") });
        let error = list_tools(&config, &Value::Null).await.expect_err("no response");
        assert!(error.cause.ends_with("did not respond within 10 s."), "{error}");
    }
}
