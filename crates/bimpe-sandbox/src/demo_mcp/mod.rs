//! A built-in MCP server to try the integration with: streamable HTTP at `/mcp/demo`, the legacy transport at
//! `/mcp/demo/sse`.

mod protocol;
mod tools;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use futures_util::stream::{StreamExt, iter, unfold};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use uuid::Uuid;

use crate::admin;
use crate::http::{RequestId, error_response, json_response, parse_json, read_body};
use crate::response::ApiError;
use crate::state::AppState;

const MESSAGES: &str = "/mcp/demo/messages";
const MAX_STREAMS: usize = 100;

/// The open streams of the legacy transport.
#[derive(Clone, Default)]
struct Streams(Arc<Mutex<HashMap<String, UnboundedSender<Value>>>>);

impl Streams {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, UnboundedSender<Value>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the routes of the demo server.
pub(crate) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/mcp/demo", post(streamable))
        .route("/mcp/demo/sse", get(open_stream))
        .route(MESSAGES, post(legacy))
        .layer(Extension(Streams::default()))
        .layer(from_fn(admin::own_origin))
}

async fn streamable(Extension(id): Extension<RequestId>, request: Request) -> Response {
    match message(request).await {
        Ok(message) => protocol::respond(&message).map_or_else(
            || StatusCode::ACCEPTED.into_response(),
            |response| json_response(200, response.to_string()),
        ),
        Err(error) => error_response(&error, &id.0),
    }
}

async fn message(request: Request) -> Result<Value, ApiError> {
    parse_json(&read_body(request.into_body()).await?)
}

/// Removes a stream when the client closes it.
struct OpenStream {
    streams: Streams,
    id: String,
    messages: UnboundedReceiver<Value>,
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.streams.lock().remove(&self.id);
    }
}

async fn open_stream(
    State(state): State<Arc<AppState>>,
    Extension(streams): Extension<Streams>,
    Extension(request): Extension<RequestId>,
) -> Response {
    let id = Uuid::new_v4().to_string();
    let (sender, messages) = unbounded_channel();
    {
        let mut open = streams.lock();
        if open.len() >= MAX_STREAMS {
            let error =
                ApiError::new(429, "too_many_streams", "Too many streams of the demo server are open.");
            return error_response(&error, &request.0);
        }
        open.insert(id.clone(), sender);
    }
    let endpoint = Event::default().event("endpoint").data(format!("{MESSAGES}?session_id={id}"));
    let stream = OpenStream { streams, id, messages };
    let responses = unfold((stream, state.stopping.clone()), |(mut stream, mut stopping)| async move {
        let message = tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return None,
            message = stream.messages.recv() => message?,
        };
        Some((Event::default().event("message").data(message.to_string()), (stream, stopping)))
    });
    let events = iter([endpoint]).chain(responses).map(Ok::<_, Infallible>);
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

async fn legacy(
    Extension(streams): Extension<Streams>,
    Extension(id): Extension<RequestId>,
    Query(query): Query<HashMap<String, String>>,
    request: Request,
) -> Response {
    let response = match message(request).await {
        Ok(message) => protocol::respond(&message),
        Err(error) => return error_response(&error, &id.0),
    };
    let open = streams.lock();
    let Some(stream) = query.get("session_id").and_then(|session| open.get(session)) else {
        let text = "No stream has this session_id. Open /mcp/demo/sse first.";
        return error_response(&ApiError::new(404, "not_found", text), &id.0);
    };
    // A failure means that the client closed the stream, and waits for no response.
    response.map(|response| stream.send(response));
    StatusCode::ACCEPTED.into_response()
}
