//! An MCP server with both transports, whose results a test chooses. The tests of the sandbox use it too.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Returns the outcome of a method: an object with `result` or `error`.
pub(crate) type Respond = fn(&str, &Value) -> Value;

/// Values that the server accepts in any header that can hold credentials.
const CREDENTIALS: [&str; 3] = ["secret", "Bearer secret", "Basic dXNlcjpzZWNyZXQ="];

type Stream = mpsc::UnboundedSender<Value>;
type Responder = dyn Fn(&str, &Value) -> Value + Send + Sync;

#[derive(Clone)]
struct Stub {
    respond: Arc<Responder>,
    /// The open legacy stream.
    stream: Arc<Mutex<Option<Stream>>>,
}

/// Starts a server with the paths `/mcp` (streamable HTTP), `/sse` (legacy) and `/page` (no MCP).
/// `/mcp` and `/sse` require credentials.
pub(crate) async fn start(respond: impl Fn(&str, &Value) -> Value + Send + Sync + 'static) -> String {
    let stub = Stub { respond: Arc::new(respond), stream: Arc::default() };
    let router = Router::new()
        .route("/mcp", post(streamable))
        .route("/sse", get(open_stream))
        .route("/messages", post(legacy))
        .route("/page", get(|| async { "a page" }).post(|| async { "a page" }))
        .with_state(stub);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// The response to `initialize`, and an error for other methods.
pub(crate) fn initialize(method: &str) -> Value {
    if method != "initialize" {
        return json!({ "error": { "code": -32601, "message": "Method not found" } });
    }
    json!({ "result": {
        "protocolVersion": "2025-06-18",
        "capabilities": { "tools": {} },
        "serverInfo": { "name": "stock room", "version": "1" },
    } })
}

pub(crate) fn tool(name: &str) -> Value {
    json!({ "name": name, "inputSchema": { "type": "object" } })
}

fn is_allowed(headers: &HeaderMap) -> bool {
    let mut values =
        ["authorization", "x-api-key", "x-shop-key"].iter().filter_map(|name| headers.get(*name));
    values.any(|value| CREDENTIALS.iter().any(|accepted| value == accepted))
}

fn outcome(stub: &Stub, message: &Value) -> Option<Value> {
    message.get("id")?;
    let mut outcome = (stub.respond)(message["method"].as_str()?, &message["params"]);
    outcome["jsonrpc"] = "2.0".into();
    outcome["id"] = message["id"].clone();
    Some(outcome)
}

async fn streamable(State(stub): State<Stub>, headers: HeaderMap, Json(message): Json<Value>) -> Response {
    if !is_allowed(&headers) {
        return (StatusCode::UNAUTHORIZED, "unknown key").into_response();
    }
    outcome(&stub, &message)
        .map_or(StatusCode::ACCEPTED.into_response(), |outcome| Json(outcome).into_response())
}

async fn open_stream(State(stub): State<Stub>, headers: HeaderMap) -> Response {
    if !is_allowed(&headers) {
        return (StatusCode::UNAUTHORIZED, "unknown key").into_response();
    }
    let (sender, receiver) = mpsc::unbounded_channel();
    *stub.stream.lock().expect("no thread panicked with the lock") = Some(sender);
    let first = Event::default().event("endpoint").data("/messages");
    let rest = futures_util::stream::unfold(receiver, |mut receiver| async move {
        let message: Value = receiver.recv().await?;
        Some((Event::default().event("message").data(message.to_string()), receiver))
    });
    Sse::new(futures_util::stream::iter([first]).chain(rest).map(Ok::<_, Infallible>)).into_response()
}

async fn legacy(State(stub): State<Stub>, headers: HeaderMap, Json(message): Json<Value>) -> StatusCode {
    if !is_allowed(&headers) {
        return StatusCode::UNAUTHORIZED;
    }
    let outcome = outcome(&stub, &message);
    // A result `null` stands for a server that ends the stream instead of a response.
    let mut stream = stub.stream.lock().expect("no thread panicked with the lock");
    match outcome {
        Some(outcome) if outcome.get("result") == Some(&Value::Null) => *stream = None,
        Some(outcome) => {
            let sender = stream.as_ref().expect("the client opened the stream first");
            sender.send(outcome).expect("the stream is open");
        }
        None => {}
    }
    StatusCode::ACCEPTED
}
