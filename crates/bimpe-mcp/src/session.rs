//! Sessions with a server.

use std::collections::HashSet;
use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, ClientRequest, ErrorData,
    Implementation, ListToolsRequest, PaginatedRequestParams, ProtocolVersion, ServerResult,
};
use rmcp::serve_client;
use rmcp::service::{ClientInitializeError, RoleClient, RunningService, ServiceError};
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::error::excerpt;
use crate::http_client::HttpClient;
use crate::legacy::LegacySse;
use crate::tools::{self, ToolList};
use crate::{Error, Server, Stage, Transport, streamable};

const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Limit of the attempt with the other transport, after an error.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// A session with an MCP server. The first error of HTTP ends the session.
///
/// ```no_run
/// use std::time::Duration;
///
/// use bimpe_mcp::{Server, Session};
///
/// # async fn list() -> Result<(), bimpe_mcp::Error> {
/// let server = Server::new("http://127.0.0.1:3001/mcp")?;
/// let session = Session::connect(&server, Duration::from_secs(10)).await?;
/// let list = session.list_tools(Duration::from_secs(30)).await?;
/// println!("{} tools", list.tools.len());
/// session.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Session {
    client: RunningService<RoleClient, ClientConfig>,
    http: HttpClient,
}

impl Session {
    /// Connects to a server, and negotiates the protocol version.
    ///
    /// After an error, tries the other transport, because servers respond to the wrong one in many ways.
    pub async fn connect(server: &Server, limit: Duration) -> Result<Self, Error> {
        let error = match Self::open(server, limit).await {
            Err(error) if matches!(error.stage, Stage::Http | Stage::Transport | Stage::Protocol) => error,
            result => return result,
        };
        let other = server.transport.other();
        match Self::open(&server.clone().transport(other), PROBE_TIMEOUT.min(limit)).await {
            Ok(session) => {
                session.close().await;
                let cause = format!("{} speaks {other}, not {}.", server.host(), server.transport);
                Err(Error::new(Stage::Transport, cause, format!("Use the transport {other}.")))
            }
            Err(_) => Err(error),
        }
    }

    async fn open(server: &Server, limit: Duration) -> Result<Self, Error> {
        let http = HttpClient::new(server)?;
        let config = ClientConfig::new(
            ClientCapabilities::default(),
            Implementation::new("bimpe", env!("CARGO_PKG_VERSION")),
        )
        .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE);
        // The futures of rmcp are large.
        let connected = Box::pin(async {
            match server.transport {
                Transport::StreamableHttp => {
                    serve_client(config, streamable::transport(&http)).await.map_err(|error| describe(&error))
                }
                Transport::HttpSse => {
                    let transport = LegacySse::open(http.clone()).await?;
                    serve_client(config, transport).await.map_err(|error| describe(&error))
                }
            }
        });
        let client = http.guard(limit, connected, |error| error).await?;
        let session = Self { client, http };
        match session.protocol_version() {
            Some(version)
                if ProtocolVersion::KNOWN_VERSIONS.iter().all(|known| known.as_str() != version) =>
            {
                let known: Vec<&str> =
                    ProtocolVersion::KNOWN_VERSIONS.iter().map(ProtocolVersion::as_str).collect();
                let cause =
                    format!("The server speaks the unsupported protocol version {:?}.", excerpt(&version));
                Err(Error::new(
                    Stage::Protocol,
                    cause,
                    format!("Use a server with one of {}.", known.join(", ")),
                ))
            }
            _ => Ok(session),
        }
    }

    /// Returns the negotiated protocol version.
    pub fn protocol_version(&self) -> Option<String> {
        self.client.peer_info().map(|info| info.protocol_version.as_str().to_owned())
    }

    /// Returns the name that the server gives itself.
    pub fn server_name(&self) -> Option<String> {
        Some(self.client.peer_info()?.server_info.as_ref()?.name.clone())
    }

    /// Lists the tools of all pages. `limit` is the time for all of them.
    pub async fn list_tools(&self, limit: Duration) -> Result<ToolList, Error> {
        self.http.guard(limit, self.all_pages(), |error| error).await
    }

    async fn all_pages(&self) -> Result<ToolList, Error> {
        let (mut list, mut names, mut cursors) = (ToolList::default(), HashSet::new(), HashSet::new());
        let mut cursor = None;
        loop {
            let page = PaginatedRequestParams::default().with_cursor(cursor);
            let request = ClientRequest::ListToolsRequest(ListToolsRequest::with_param(page));
            let result = self.client.send_request(request).await;
            let result = result.map_err(|error| refused("tools/list", &error))?;
            // A page with an invalid tool is none that rmcp knows.
            let page = match &result {
                ServerResult::CustomResult(custom) => Ok(custom.0.clone()),
                result => serde_json::to_value(result),
            };
            let page =
                page.map_err(|error| Error::protocol(format!("The list of tools is invalid: {error}.")))?;
            tools::add_page(&mut list, &mut names, &page)?;
            cursor = page["nextCursor"].as_str().map(str::to_owned);
            match &cursor {
                None => return Ok(list),
                Some(next) if !cursors.insert(next.clone()) => {
                    return Err(Error::protocol(
                        "The server repeats a cursor of tools/list, so the list has no end.",
                    ));
                }
                Some(_) => {}
            }
        }
    }

    /// Runs a tool. An error of the tool itself is a result with `is_error`.
    pub async fn call_tool(
        &self,
        name: &str,
        arguments: Map<String, Value>,
        limit: Duration,
    ) -> Result<CallToolResult, Error> {
        let request = CallToolRequestParams::new(name.to_owned()).with_arguments(arguments);
        let result = self.client.peer().call_tool(request);
        self.http.guard(limit, result, |error| refused("tools/call", &error)).await
    }

    /// Ends the session. Waits at most 2 seconds for the server.
    pub async fn close(self) {
        // The results are known, so a server that does not close the session in time causes no error.
        let _ = timeout(CLOSE_TIMEOUT, self.client.cancel()).await;
    }
}

/// Names the cause of an error of `initialize`.
fn describe(error: &ClientInitializeError) -> Error {
    match error {
        ClientInitializeError::JsonRpcError(error) => {
            let cause = format!("The server refused initialize: {}.", rpc_text(error));
            Error::protocol(cause)
        }
        ClientInitializeError::ExpectedInitResult(_) => Error::protocol(
            "The result of initialize lacks a valid protocolVersion, capabilities or serverInfo.",
        ),
        error => Error::protocol(format!("The session did not start: {}.", excerpt(&error.to_string()))),
    }
}

/// Names the cause of an error after `initialize`.
fn refused(method: &str, error: &ServiceError) -> Error {
    let text = match error {
        ServiceError::McpError(error) => rpc_text(error),
        error => excerpt(&error.to_string()),
    };
    Error::new(Stage::Tools, format!("The server refused {method}: {text}."), "Read the log of the server.")
}

fn rpc_text(error: &ErrorData) -> String {
    format!("{} (code {})", excerpt(&error.message), error.code.0)
}
