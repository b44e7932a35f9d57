//! Paths of the sandbox itself, under `/_sandbox`: for tests and for the person in front of it.

pub(crate) mod onboarding;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};
use serde_json::{Value, json};

use crate::clock;
use crate::http::{ApiError, ApiResponse, RequestId, check_origin, json_response};
use crate::ids::new_key;
use crate::seed;
use crate::spec::SPEC;
use crate::state::AppState;
use crate::store::Table;

pub(crate) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/keys", post(make_key))
        .route("/clock", post(advance_clock))
        .route("/reset", post(reset))
        .route("/phone-number-requests/{id}/approve", post(approve_number))
        .merge(onboarding::router())
        .layer(from_fn(same_origin))
}

async fn same_origin(Extension(id): Extension<RequestId>, request: Request, next: Next) -> Response {
    match check_origin(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(&id.0),
    }
}

/// Makes a key: `{"scopes": [...]}` for fewer rights, `{"expires_in": seconds}`, `{"rate_limit": requests a minute}`.
async fn make_key(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    body: Bytes,
) -> Response {
    let made = parse(&body).and_then(|wanted| {
        let known = SPEC.all_scopes();
        for scope in wanted["scopes"].as_array().into_iter().flatten() {
            if !scope.as_str().is_some_and(|scope| known.contains(&scope)) {
                return Err(ApiError::field("scopes", &format!("must be some of {}", known.join(", "))));
            }
        }
        let expiry = wanted["expires_in"].as_i64().and_then(chrono::TimeDelta::try_seconds);
        let key = json!({
            "id": new_key(),
            "scopes": wanted["scopes"],
            "expires_at": expiry.map(|wait| clock::iso(state.clock.now() + wait)),
            "rate_limit": wanted["rate_limit"],
        });
        state.store.transaction(|db| db.insert(Table::Keys, "", &key).map_err(ApiError::from))?;
        let shown = json!({ "api_key": key["id"], "scopes": key["scopes"], "expires_at": key["expires_at"] });
        Ok(ApiResponse::new("Key created", shown))
    });
    respond(made, &id, 201)
}

/// Moves the time of the sandbox ahead: `{"advance": seconds}`.
async fn advance_clock(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    body: Bytes,
) -> Response {
    let moved = parse(&body).and_then(|wanted| match wanted["advance"].as_i64() {
        Some(seconds) if (0..=MAX_ADVANCE).contains(&seconds) => {
            state.clock.advance(seconds);
            Ok(ApiResponse::new("Clock advanced", json!({ "now": state.clock.stamp() })))
        }
        _ => Err(ApiError::field("advance", "must be a whole number of seconds, at most ten years")),
    });
    respond(moved, &id, 200)
}

const MAX_ADVANCE: i64 = 10 * 366 * 24 * 3600;

/// Forgets everything but the first key, and seeds anew.
async fn reset(State(state): State<Arc<AppState>>, Extension(id): Extension<RequestId>) -> Response {
    state.clock.reset();
    let seeded = state.store.transaction(|db| {
        db.clear()?;
        seed::ensure(db, &state.clock.stamp())
    });
    let seeded = seeded.map_err(ApiError::from).map(|ids| {
        state.changes.send_replace(());
        ApiResponse::new("Reset", json!({ "agent_id": ids.agent, "workflow_id": ids.workflow }))
    });
    respond(seeded, &id, 200)
}

/// Plays the reviewer of a request for a phone number.
async fn approve_number(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    Path(request): Path<String>,
) -> Response {
    let approved =
        state.store.transaction(|db| crate::operations::approve_number(db, &request, &state.clock.stamp()));
    respond(approved.map(|number| ApiResponse::new("Phone number assigned", number)), &id, 200)
}

fn parse(body: &[u8]) -> Result<Value, ApiError> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(body)
        .map_err(|error| ApiError::bad_request(format!("The request body is not JSON: {error}")))
}

fn respond(answer: Result<ApiResponse, ApiError>, id: &RequestId, status: u16) -> Response {
    match answer {
        Ok(reply) => json_response(status, reply.envelope().to_string()),
        Err(problem) => problem.into_response(&id.0),
    }
}
