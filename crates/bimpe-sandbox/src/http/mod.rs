//! The HTTP side of the API: routing, middleware, validation, idempotency and envelopes.
//!
//! A request passes: host check, route, API key or ticket, rate limit, scopes, validation, idempotency, handler.

mod auth;
mod body;
mod conformance;
mod cors;
mod dispatch;
mod envelope;
mod fault_responses;
mod idempotency;
mod origin_check;
mod quota;
mod record;
mod request_id;
mod wire_faults;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::get;
use serde_json::Value;

use crate::model::Error;
use crate::operations::RequestContext;
use crate::rate_limit::Quota;
use crate::response::ApiError;
use crate::spec::{Operation, Route, SPEC};
use crate::state::AppState;
use idempotency::IdempotencyKey;

pub(crate) use body::{parse_json, read_body};
pub(crate) use conformance::{conforming, conforming_event, read_json};
pub(crate) use envelope::{error_response, json_response, success_response};
pub(crate) use origin_check::check_own_origin;
pub(crate) use record::{JournalId, serve};
pub(crate) use request_id::RequestId;

/// Returns the router of the API, with the routes of `admin`.
pub(crate) fn router(state: Arc<AppState>, admin: Router<Arc<AppState>>) -> Router {
    Router::new()
        .route("/openapi.json", get(openapi))
        .fallback(api_handler)
        .merge(admin)
        .layer(from_fn_with_state(Arc::clone(&state), cors::middleware))
        .layer(from_fn_with_state(Arc::clone(&state), quota::middleware))
        .layer(from_fn_with_state(Arc::clone(&state), request_id::middleware))
        .with_state(state)
}

/// Returns the OpenAPI document with the address of this sandbox, because a key of a sandbox must not leave it.
async fn openapi(State(state): State<Arc<AppState>>) -> Response {
    json_response(200, SPEC.document(&state.url).to_string())
}

async fn api_handler(State(state): State<Arc<AppState>>, request: Request) -> Response {
    serve(&state, request, false).await
}

/// Returns the response to a request whose body is read.
async fn respond(state: &Arc<AppState>, head: &Parts, body: Result<Bytes, ApiError>) -> Response {
    let mut quota = None;
    let result = handle(state, head, body, &mut quota).await;
    let mut response = result.unwrap_or_else(|error| error_response(&error, request_id::request_id(head)));
    if let Some(quota) = quota {
        quota::write_headers(&quota, &mut response);
    }
    response
}

/// Handles a request. Sets `quota` as soon as the key is known, because errors carry the headers of the key too.
async fn handle(
    state: &Arc<AppState>,
    head: &Parts,
    body: Result<Bytes, ApiError>,
    quota: &mut Option<Quota>,
) -> Result<Response, ApiError> {
    let Some(Route { operation, parameters }) =
        head.uri.path().strip_prefix(&SPEC.prefix).and_then(|path| SPEC.route(head.method.as_str(), path))
    else {
        return Err(ApiError::new(404, "not_found", format!("Cannot {} {}", head.method, head.uri.path())));
    };
    let mut owner = String::new();
    if let Some(scopes) = &operation.scopes {
        let key = auth::authenticate(state, &head.headers)?;
        quota::check(quota.insert(quota::count(state, &key)))?;
        auth::authorize(&key, scopes)?;
        owner = key.id;
    } else {
        let conversation = parameters.get("conversation_id").map_or("", String::as_str);
        auth::redeem_ticket(state, conversation, head.uri.query())?;
    }
    let body = body?;
    let mut errors = Vec::new();
    let query = operation
        .check_parameters(&SPEC, &parameters, head.uri.query())
        .map_err(|found| errors.extend(found));
    let parsed = parse_body(operation, &body)?;
    let parsed = check_body(operation, parsed).map_err(|found| errors.extend(found));
    let (Ok(query), Ok(parsed)) = (query, parsed) else { return Err(ApiError::from(errors)) };
    let path = head.uri.path_and_query().map_or("", |path| path.as_str());
    let key = IdempotencyKey::new(head.method.as_str(), path, &head.headers, &owner, &body)?;
    let last_event_id = head.headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let context = RequestContext {
        state: Arc::clone(state),
        operation,
        path: parameters,
        query,
        body: parsed,
        last_event_id: last_event_id.map(str::to_owned),
    };
    dispatch::run(context, key, &head.headers).await
}

fn parse_body(operation: &Operation, body: &Bytes) -> Result<Value, ApiError> {
    match operation.body {
        None => Ok(Value::Null),
        Some(_) if body.is_empty() => Err(Error::invalid_field("body", "is required").into()),
        Some(_) => parse_json(body),
    }
}

/// Returns the body with its defaults, or the errors of its fields.
fn check_body(operation: &Operation, mut body: Value) -> Result<Value, Vec<String>> {
    operation.check_body(&SPEC, &mut body)?;
    Ok(body)
}
