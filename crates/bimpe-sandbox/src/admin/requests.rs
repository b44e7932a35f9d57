//! The journal: recorded requests, their replay, and a stream of new requests.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use futures_util::stream::unfold;
use serde_json::Value;

use super::input::Input;
use super::respond;
use crate::http::{JournalId, RequestId, conforming_event, error_response, serve};
use crate::journal::{Entry, MAX_ENTRIES};
use crate::model::Error;
use crate::response::{ApiError, ApiResponse};
use crate::spec::{ADMIN, SPEC};
use crate::state::AppState;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/requests", get(list).delete(clear))
        .route("/requests/stream", get(stream))
        .route("/requests/{id}", get(show))
        .route("/requests/{id}/replay", post(send_again))
}

async fn list(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    Extension(input): Extension<Input>,
) -> Response {
    respond(listed(&state, &input), &id, 200)
}

fn listed(state: &AppState, input: &Input) -> Result<ApiResponse, ApiError> {
    let limit = usize::try_from(input.number("limit")).unwrap_or(MAX_ENTRIES);
    let data = state.requests(input.text("operation"), input.number("after"), limit)?;
    Ok(ApiResponse::new("Requests", data))
}

async fn clear(State(state): State<Arc<AppState>>, Extension(id): Extension<RequestId>) -> Response {
    state.journal.clear();
    respond(Ok(ApiResponse::new("Requests deleted", Value::Null)), &id, 200)
}

async fn show(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    Extension(input): Extension<Input>,
) -> Response {
    let result = find(&state, &input).map(|entry| ApiResponse::new("Request", entry.data()));
    respond(result, &id, 200)
}

async fn send_again(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    Extension(input): Extension<Input>,
) -> Response {
    let result = match find(&state, &input) {
        Ok(entry) => replay(&state, &entry, &id).await,
        Err(error) => Err(error),
    };
    respond(result.map(|record| ApiResponse::new("Request replayed", record)), &id, 200)
}

/// Sends a recorded request again, with the first key of the sandbox, and returns the new record.
pub(crate) async fn replay(state: &Arc<AppState>, entry: &Entry, id: &RequestId) -> Result<Value, ApiError> {
    let response = serve(state, replayed_request(state, entry, id)?, true).await;
    let recorded = response.extensions().get().and_then(|JournalId(id)| state.journal.find(*id));
    // A concurrent deletion of the journal can delete the record.
    recorded.map(|entry| entry.data()).ok_or_else(not_found)
}

fn replayed_request(state: &AppState, entry: &Entry, id: &RequestId) -> Result<Request, ApiError> {
    let refused = |text: &str| ApiError::from(Error::bad_request(text));
    let original = entry.original.as_ref().ok_or_else(|| {
        refused("The sandbox did not read the body of this request, so it cannot replay it.")
    })?;
    let path = original.uri().path().strip_prefix(&SPEC.prefix).unwrap_or_default();
    let route = SPEC.route(original.method().as_str(), path);
    if route.is_some_and(|route| route.operation.scopes.is_none()) {
        return Err(refused("A ticket opens one stream. Request a new ticket instead of a replay."));
    }
    let bearer = HeaderValue::from_str(&format!("Bearer {}", state.seed_data.key))
        .map_err(|_| refused("The first key of the sandbox is not a header value."))?;
    let mut request = original.clone().map(Body::from);
    let headers = request.headers_mut();
    // With its idempotency key, the request would only return the first response.
    for name in ["x-api-key", "idempotency-key", "x-sandbox-fault"] {
        headers.remove(HeaderName::from_static(name));
    }
    headers.insert(header::AUTHORIZATION, bearer);
    request.extensions_mut().insert(id.clone());
    Ok(request)
}

/// Streams new requests, or all requests after an id.
async fn stream(
    State(state): State<Arc<AppState>>,
    Extension(input): Extension<Input>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
) -> Response {
    let permit = match state.watch() {
        Ok(permit) => permit,
        Err(text) => return error_response(&ApiError::new(429, "too_many_streams", text), &id.0),
    };
    let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let mut last = state.journal.subscribe();
    let newest = *last.borrow_and_update();
    let position = input.query.get("after").and_then(Value::as_u64).or(resumed).unwrap_or(newest);
    let operation = ADMIN.operation("requests.stream").expect("the router has validated the request by it");
    let keep_alive = KeepAlive::new().interval(state.limits.heartbeat);
    let pending: VecDeque<Arc<Entry>> = VecDeque::new();
    let events = unfold(
        (state, last, position, pending, permit),
        move |(state, mut last, position, mut pending, permit)| async move {
            let mut stopping = state.stopping.clone();
            loop {
                if pending.is_empty() {
                    pending = state.journal.list(None, position, MAX_ENTRIES).into();
                }
                if let Some(entry) = pending.pop_front() {
                    let event = Event::default().event("request").id(entry.id.to_string());
                    let event = event.data(conforming_event(&ADMIN, operation, &entry.data()));
                    return Some((Ok::<_, Infallible>(event), (state, last, entry.id, pending, permit)));
                }
                tokio::select! {
                    _ = stopping.wait_for(|stopping| *stopping) => return None,
                    changed = last.changed() => changed.ok()?,
                }
            }
        },
    );
    Sse::new(events).keep_alive(keep_alive).into_response()
}

fn find(state: &AppState, input: &Input) -> Result<Arc<Entry>, ApiError> {
    let id = input.path.get("id").and_then(|id| id.parse().ok());
    id.and_then(|id| state.journal.find(id)).ok_or_else(not_found)
}

fn not_found() -> ApiError {
    Error::not_found("Request").into()
}
