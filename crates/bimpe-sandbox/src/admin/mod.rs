//! Paths of the sandbox itself, under `/_sandbox`, for tests and for the person who uses the sandbox.

mod input;
mod onboarding;
mod requests;

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::http::{RequestId, check_origin, error_response, success_response};
use crate::model::{Error, api_keys, phone_numbers, seed};
use crate::response::{ApiError, ApiResponse};
use crate::spec::SPEC;
use crate::state::AppState;
use input::Input;

pub(crate) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/keys", post(make_key))
        .route("/clock", post(advance_clock))
        .route("/reset", post(reset))
        .route("/phone-number-requests/{id}/approve", post(approve_number))
        .merge(onboarding::router())
        .merge(requests::router())
        .layer(from_fn(input::middleware))
        .layer(from_fn(origin_middleware))
}

async fn origin_middleware(Extension(id): Extension<RequestId>, request: Request, next: Next) -> Response {
    match check_origin(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error_response(&error, &id.0),
    }
}

/// Creates a key.
async fn make_key(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    Extension(Input { body: options, .. }): Extension<Input>,
) -> Response {
    let known = SPEC.all_scopes();
    let mut scopes = options["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if scopes.any(|scope| !known.contains(&scope)) {
        let text = format!("must be some of {}", known.join(", "));
        return respond(Err(Error::invalid_field("scopes", &text).into()), &id, 400);
    }
    let lifetime = options["expires_in"].as_i64().and_then(TimeDelta::try_seconds);
    let expiry = lifetime.map(|lifetime| state.clock.now() + lifetime);
    let key = state
        .store
        .transaction(|db| api_keys::create(db, &options["scopes"], expiry, &options["rate_limit"]));
    let result = key.map_err(ApiError::from).map(|key| {
        let data = json!({ "api_key": key["id"], "scopes": key["scopes"], "expires_at": key["expires_at"] });
        ApiResponse::new("Key created", data)
    });
    respond(result, &id, 201)
}

/// Advances the clock by `advance` seconds.
async fn advance_clock(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    Extension(Input { body, .. }): Extension<Input>,
) -> Response {
    state.clock.advance(body["advance"].as_i64().unwrap_or_default());
    respond(Ok(ApiResponse::new("Clock advanced", json!({ "now": state.clock.timestamp() }))), &id, 200)
}

/// Deletes all objects, and seeds the database again. The first key and the seed ids stay the same.
async fn reset(State(state): State<Arc<AppState>>, Extension(id): Extension<RequestId>) -> Response {
    state.clock.reset();
    state.journal.clear();
    let seed = state.store.transaction(|db| {
        db.clear()?;
        seed::ensure(db, &state.clock.timestamp())
    });
    let result = seed.map_err(ApiError::from).map(|seed| {
        state.changes.send_replace(());
        ApiResponse::new("Reset", json!({ "agent_id": seed.agent, "workflow_id": seed.workflow }))
    });
    respond(result, &id, 200)
}

/// Approves a request for a phone number.
async fn approve_number(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    Path(request): Path<String>,
) -> Response {
    let now = state.clock.timestamp();
    let number = state.store.transaction(|db| phone_numbers::approve_request(db, &request, &now));
    let result = number.map(|number| ApiResponse::new("Phone number assigned", number));
    respond(result.map_err(ApiError::from), &id, 200)
}

fn respond(result: Result<ApiResponse, ApiError>, id: &RequestId, status: u16) -> Response {
    match result {
        Ok(response) => success_response(status, response),
        Err(error) => error_response(&error, &id.0),
    }
}
