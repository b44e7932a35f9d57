//! An MCP client that connects to the server of an integration and lists its tools.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderName, HeaderValue, header};
use rmcp::ServiceExt;
use rmcp::model::{PaginatedRequestParams, Tool};
use rmcp::service::{ClientInitializeError, RoleClient, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const DIAGNOSIS_TIMEOUT: Duration = Duration::from_secs(2);
const LIST_TIMEOUT: Duration = Duration::from_secs(30);

/// Returns all tools of a server, or an error text for the user.
///
/// `config` is the public configuration of the integration, `auth` its credentials.
pub(crate) async fn list_tools(config: &Value, auth: &Value) -> Result<Vec<Tool>, String> {
    let server_url = config["server_url"].as_str().unwrap_or_default();
    let host = host_and_port(server_url)?;
    if config["transport"] == "http_sse" {
        return Err(format!(
            "The sandbox cannot speak the legacy SSE transport (http_sse) yet; connect to {host} with streamable_http."
        ));
    }
    let client = connect(server_url, headers(config, auth)?, &host).await?;
    let tools = match timeout(LIST_TIMEOUT, all_pages(&client)).await {
        Ok(tools) => tools.map_err(|text| format!("The MCP server at {host} did not list its tools: {text}")),
        Err(_) => {
            Err(format!("The MCP server at {host} did not list its tools within {}.", seconds(LIST_TIMEOUT)))
        }
    };
    // The tools are known, so a server that does not close the session in time causes no error.
    let _ = timeout(Duration::from_secs(2), client.cancel()).await;
    tools
}

async fn connect(
    server_url: &str,
    headers: HashMap<HeaderName, HeaderValue>,
    host: &str,
) -> Result<RunningService<RoleClient, ()>, String> {
    let config = StreamableHttpClientTransportConfig::with_uri(server_url).custom_headers(headers);
    let transport = StreamableHttpClientTransport::from_config(config);
    let error = match timeout(CONNECT_TIMEOUT, ().serve(transport)).await {
        Ok(Ok(client)) => return Ok(client),
        Ok(Err(ClientInitializeError::TransportError { error, .. })) => cause(&error),
        Ok(Err(error)) => cause(&error),
        Err(_) => {
            return Err(format!(
                "The MCP server at {host} did not respond within {}.",
                seconds(CONNECT_TIMEOUT)
            ));
        }
    };
    // The error of the transport lacks the cause, so a plain TCP connection finds it.
    let text = match timeout(DIAGNOSIS_TIMEOUT, TcpStream::connect(host)).await {
        Ok(Err(refused)) => refused.to_string(),
        _ => error.replace(server_url, host),
    };
    Err(format!("Could not connect to the MCP server at {host}: {text}"))
}

async fn all_pages(client: &RunningService<RoleClient, ()>) -> Result<Vec<Tool>, String> {
    let mut tools = Vec::new();
    let mut seen = HashSet::new();
    let mut cursor = None;
    loop {
        let page = PaginatedRequestParams::default().with_cursor(cursor);
        let page = client.list_tools(Some(page)).await.map_err(|error| cause(&error))?;
        tools.extend(page.tools);
        cursor = page.next_cursor;
        match &cursor {
            None => return Ok(tools),
            Some(next) if !seen.insert(next.clone()) => {
                return Err("it gave the same page cursor twice.".to_owned());
            }
            Some(_) => {}
        }
    }
}

/// Returns the headers that hold the credentials.
fn headers(config: &Value, auth: &Value) -> Result<HashMap<HeaderName, HeaderValue>, String> {
    let text = |field: &str| auth[field].as_str().unwrap_or_default();
    let pairs: Vec<(String, String)> = match config["auth_type"].as_str() {
        Some("bearer") => vec![(header::AUTHORIZATION.to_string(), format!("Bearer {}", text("token")))],
        Some("basic") => {
            let user = BASE64_STANDARD.encode(format!("{}:{}", text("username"), text("password")));
            vec![(header::AUTHORIZATION.to_string(), format!("Basic {user}"))]
        }
        Some("api_key") => {
            let name = auth["header_name"].as_str().unwrap_or("X-API-Key");
            vec![(name.to_owned(), text("api_key").to_owned())]
        }
        // The fields of this type are not published, so the sandbox sends each field as a header.
        Some("custom") => {
            let fields = auth.as_object().into_iter().flatten();
            fields.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
        }
        _ => Vec::new(),
    };
    let mut headers = HashMap::new();
    for (name, value) in pairs {
        let unusable = || format!("The credentials do not fit into an HTTP header named {name:?}.");
        let parsed = HeaderName::try_from(&name).map_err(|_| unusable())?;
        let mut value = HeaderValue::try_from(value).map_err(|_| unusable())?;
        value.set_sensitive(true);
        headers.insert(parsed, value);
    }
    Ok(headers)
}

/// Returns the innermost cause of an error, because outer errors name only the layer that noticed it.
///
/// Cuts the text at the first line break or tag, because some servers send an HTML page.
fn cause(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text = innermost.to_string();
    text.split(['\n', '<']).next().unwrap_or_default().trim_end_matches([' ', ':']).to_owned()
}

/// Returns the host and port of a server URL, because other parts can hold secrets.
fn host_and_port(server_url: &str) -> Result<String, String> {
    let url = url::Url::parse(server_url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let host = url.and_then(|url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?)));
    host.ok_or_else(|| "The server_url must start with http:// or https://.".to_owned())
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs())
}
