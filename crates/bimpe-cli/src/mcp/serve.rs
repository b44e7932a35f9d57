//! `bimpe mcp serve`: the Console API as an MCP server, by stdio or streamable HTTP.

use std::io::{self, IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use clap::Args;
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser};
use rmcp::ServiceExt;
use rmcp::transport::stdio;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::handler::ConsoleServer;
use super::secret;
use super::tools::{Selection, offered, tool_name, toolset};
use crate::failure::Failure;
use crate::globals::{Globals, port};
use crate::note::warn;
use crate::runtime::stop_signal;

const PATH: &str = "/mcp";

/// Options of `bimpe mcp serve`.
#[derive(Args)]
pub(crate) struct Options {
    /// Groups of tools to offer.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = toolsets(),
        default_value = "agents,integrations,conversations")]
    toolsets: Vec<String>,
    /// Offer tools that change something. Without it, only tools that read are offered.
    #[arg(long)]
    allow_writes: bool,
    /// Offer a tool by its name, as in `calls_make`. Tools that cost money are offered only so.
    #[arg(long, value_name = "TOOL,…", value_delimiter = ',', value_parser = tools(), hide_possible_values = true)]
    allow: Vec<String>,
    /// Restrict all tools to one agent. Tools that reach other agents are not offered.
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    agent: Option<String>,
    /// Listen for streamable HTTP on this port of the loopback interface. 0 chooses a free port. Defaults to stdio.
    #[arg(long, value_name = "PORT", value_parser = port)]
    http: Option<u16>,
    /// Bearer token that clients must send over HTTP: @FILE, env:NAME or - for standard input [default:
    /// `BIMPE_MCP_TOKEN`, or a generated token, which is printed]
    #[arg(long, value_name = "SOURCE", requires = "http")]
    token: Option<String>,
}

/// The variable with the token of the HTTP server.
const TOKEN_VARIABLE: &str = "BIMPE_MCP_TOKEN";

/// Returns the token of the caller. Without one, the server generates a token.
fn given_token(options: &Options) -> Result<Option<String>, Failure> {
    let given = match &options.token {
        Some(source) => secret("--token", source)?,
        None => match std::env::var(TOKEN_VARIABLE) {
            Ok(token) => token,
            Err(_) => return Ok(None),
        },
    };
    // Otherwise requests with an empty token would pass.
    if given.is_empty() {
        return Err(Failure::usage("the token is empty").hint("Omit it, and the server generates one."));
    }
    Ok(Some(given))
}

fn toolsets() -> PossibleValuesParser {
    let mut names: Vec<&str> = offered().map(toolset).collect();
    names.sort_unstable();
    names.dedup();
    names.into()
}

fn tools() -> PossibleValuesParser {
    offered().map(tool_name).collect::<Vec<_>>().into()
}

/// Serves until the client leaves, or until a signal.
pub(crate) fn run(options: Options, globals: &Globals) -> Result<(), Failure> {
    let token = given_token(&options)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let document: Value = serde_json::from_str(bimpe_sandbox::OPENAPI).expect("a generated document is JSON");
    let selection = Selection {
        toolsets: options.toolsets,
        allow_writes: options.allow_writes,
        allowed: options.allow,
        agent: options.agent,
    };
    let ended = runtime.block_on(async {
        let session = globals.connect().await?;
        let server = ConsoleServer::new(session.client.clone(), selection, &document);
        match options.http {
            Some(port) => serve_http(server, port, token).await,
            None => serve_stdio(server).await,
        }
    });
    // Without waiting, because a pending read of standard input cannot be canceled.
    runtime.shutdown_background();
    ended
}

async fn serve_stdio(server: ConsoleServer) -> Result<(), Failure> {
    if io::stdin().is_terminal() {
        warn("waits for an MCP client on standard input; docs/mcp.md shows the configuration of assistants");
    }
    let running = server.serve(stdio()).await.map_err(|error| {
        Failure::error(format!("no MCP client: {error}"))
            .hint("Start the command from an assistant, or with `--http PORT`.")
    })?;
    running
        .waiting()
        .await
        .map(drop)
        .map_err(|error| Failure::error(format!("the MCP server stopped: {error}")))
}

async fn serve_http(server: ConsoleServer, port: u16, given: Option<String>) -> Result<(), Failure> {
    // Before the server says that it is ready: a signal may come right after.
    let stopped = stop_signal()?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Failure::error(format!("cannot listen on {address}: {error}"))
            .hint("Choose another port, or 0 for a free one.")
    })?;
    let url = format!("http://{}{PATH}", listener.local_addr()?);
    let token: Arc<str> =
        given.as_deref().map_or_else(|| Uuid::new_v4().simple().to_string(), str::to_owned).into();
    // A web page may send requests to the loopback interface, but no page has a use for this server.
    let config = StreamableHttpServerConfig::default().enforce_origin_validation();
    let sessions = Arc::new(LocalSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(server.clone()), sessions, config);
    let app = Router::new()
        .route_service(PATH, service)
        .layer(middleware::from_fn_with_state(Arc::clone(&token), authorize));
    let mut line = json!({ "url": url });
    if given.is_none() {
        line["token"] = (*token).into();
    }
    writeln!(io::stdout(), "{line}")?;
    tokio::select! {
        ended = axum::serve(listener, app) => ended.map_err(Failure::from),
        () = stopped => Ok(()),
    }
}

/// Refuses requests without the token.
async fn authorize(State(token): State<Arc<str>>, request: Request, next: Next) -> Response {
    let header = request.headers().get(header::AUTHORIZATION);
    let given = header.and_then(|value| value.to_str().ok()?.split_once(' '));
    let given =
        given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.as_bytes());
    // In constant time, because otherwise the time would tell how much of the token is right.
    if given.is_some_and(|given| given.ct_eq(token.as_bytes()).into()) {
        return next.run(request).await;
    }
    let text = "missing or invalid token: send the header `Authorization: Bearer TOKEN` with the token of `bimpe mcp serve`";
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], text).into_response()
}
