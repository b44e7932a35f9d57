//! Paths of the sandbox itself, under `/_sandbox`, for tests and for the person who uses the sandbox.

mod onboarding;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};
use chrono::TimeDelta;
use serde_json::json;

use crate::http::{RequestId, check_origin, error_response, parse_json, success_response};
use crate::model::{Error, api_keys, phone_numbers, seed};
use crate::response::{ApiError, ApiResponse};
use crate::spec::SPEC;
use crate::state::AppState;

const MAX_ADVANCE: i64 = 10 * 366 * 24 * 3600;

pub(crate) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/keys", post(make_key))
        .route("/clock", post(advance_clock))
        .route("/reset", post(reset))
        .route("/phone-number-requests/{id}/approve", post(approve_number))
        .merge(onboarding::router())
        .layer(from_fn(origin_middleware))
}

async fn origin_middleware(Extension(id): Extension<RequestId>, request: Request, next: Next) -> Response {
    match check_origin(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error_response(&error, &id.0),
    }
}

/// Creates a key. Optional fields: `scopes`, `expires_in` in seconds, `rate_limit` in requests a minute.
async fn make_key(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    body: Bytes,
) -> Response {
    let result = parse_json(&body).and_then(|options| {
        let known = SPEC.all_scopes();
        for scope in options["scopes"].as_array().into_iter().flatten() {
            if !scope.as_str().is_some_and(|scope| known.contains(&scope)) {
                let text = format!("must be some of {}", known.join(", "));
                return Err(Error::invalid_field("scopes", &text).into());
            }
        }
        let lifetime = options["expires_in"].as_i64().and_then(TimeDelta::try_seconds);
        let expiry = lifetime.map(|lifetime| state.clock.now() + lifetime);
        let key = state
            .store
            .transaction(|db| api_keys::create(db, &options["scopes"], expiry, &options["rate_limit"]))?;
        let data = json!({ "api_key": key["id"], "scopes": key["scopes"], "expires_at": key["expires_at"] });
        Ok(ApiResponse::new("Key created", data))
    });
    respond(result, &id, 201)
}

/// Advances the clock by `advance` seconds.
async fn advance_clock(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    body: Bytes,
) -> Response {
    let result = parse_json(&body).and_then(|options| match options["advance"].as_i64() {
        Some(seconds) if (0..=MAX_ADVANCE).contains(&seconds) => {
            state.clock.advance(seconds);
            Ok(ApiResponse::new("Clock advanced", json!({ "now": state.clock.timestamp() })))
        }
        _ => {
            let text = "must be a whole number of seconds, at most ten years";
            Err(Error::invalid_field("advance", text).into())
        }
    });
    respond(result, &id, 200)
}

/// Deletes all objects, and seeds the database again. The first key and the seed ids stay the same.
async fn reset(State(state): State<Arc<AppState>>, Extension(id): Extension<RequestId>) -> Response {
    state.clock.reset();
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
