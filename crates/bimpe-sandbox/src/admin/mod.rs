//! Paths of the sandbox itself, under `/_sandbox`, for tests and for the person who uses the sandbox.

mod clock;
mod faults;
mod input;
mod keys;
mod onboarding;
mod requests;
mod snapshots;
mod tools;

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde_json::json;

use crate::http::{RequestId, check_own_origin, error_response, json_response, success_response};
use crate::model::phone_numbers;
use crate::response::{ApiError, ApiResponse};
use crate::spec::ADMIN;
use crate::state::AppState;

pub(crate) use clock::change_clock;
pub(crate) use keys::create_key;
pub(crate) use requests::replay;
pub(crate) use tools::run_tool;

/// Returns the routes under `/_sandbox`, with those of `pages`.
pub(crate) fn router(pages: Router<Arc<AppState>>) -> Router<Arc<AppState>> {
    let admin = Router::new()
        .route("/info", get(info))
        .route("/openapi.json", get(document))
        .route("/reset", post(reset))
        .route("/phone-number-requests/{id}/approve", post(approve_number))
        .merge(clock::router())
        .merge(keys::router())
        .merge(onboarding::router())
        .merge(requests::router())
        .merge(faults::router())
        .merge(snapshots::router())
        .merge(pages)
        .merge(tools::router())
        .layer(from_fn(input::middleware))
        .layer(from_fn(own_origin));
    Router::new().nest("/_sandbox", admin)
}

/// Refuses requests from pages of other origins.
pub(crate) async fn own_origin(
    Extension(id): Extension<RequestId>,
    request: Request,
    next: Next,
) -> Response {
    match check_own_origin(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error_response(&error, &id.0),
    }
}

/// Says that this is a sandbox, because helpers refuse to use anything else.
async fn info(State(state): State<Arc<AppState>>, Extension(id): Extension<RequestId>) -> Response {
    let data = json!({
        "sandbox": true,
        "version": env!("CARGO_PKG_VERSION"),
        "url": state.url,
        "now": state.clock.timestamp(),
        "agent_id": state.seed_data.agent,
        "workflow_id": state.seed_data.workflow,
    });
    respond(Ok(ApiResponse::new("BimpeAI sandbox", data)), &id, 200)
}

/// Returns the OpenAPI document of these paths.
async fn document(State(state): State<Arc<AppState>>) -> Response {
    json_response(200, ADMIN.document(&state.url).to_string())
}

async fn reset(State(state): State<Arc<AppState>>, Extension(id): Extension<RequestId>) -> Response {
    let seed = &state.seed_data;
    let data = json!({ "agent_id": seed.agent, "workflow_id": seed.workflow });
    let result = state.reset().map(|()| ApiResponse::new("Reset", data));
    respond(result.map_err(ApiError::from), &id, 200)
}

/// Approves a request for a phone number.
async fn approve_number(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    Path(request): Path<String>,
) -> Response {
    let now = state.clock.timestamp();
    let number = state.change(|db| phone_numbers::approve_request(db, &request, &now));
    let result = number.map(|number| ApiResponse::new("Phone number assigned", number));
    respond(result.map_err(ApiError::from), &id, 200)
}

fn respond(result: Result<ApiResponse, ApiError>, id: &RequestId, status: u16) -> Response {
    match result {
        Ok(response) => success_response(status, response),
        Err(error) => error_response(&error, &id.0),
    }
}
