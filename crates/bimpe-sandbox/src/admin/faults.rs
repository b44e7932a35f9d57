//! Rules of faults.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{delete, get};
use axum::{Extension, Router};
use serde_json::Value;

use super::input::Input;
use super::respond;
use crate::http::RequestId;
use crate::model::Error;
use crate::response::ApiResponse;
use crate::state::AppState;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/faults", get(list).post(create).delete(clear)).route("/faults/{id}", delete(remove))
}

async fn list(State(state): State<Arc<AppState>>, Extension(id): Extension<RequestId>) -> Response {
    respond(Ok(ApiResponse::new("Faults", state.faults.list())), &id, 200)
}

async fn create(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    Extension(Input { body, .. }): Extension<Input>,
) -> Response {
    let result = state.faults.add(body).map(|rule| ApiResponse::new("Fault created", rule));
    respond(result.map_err(Into::into), &id, 201)
}

async fn clear(State(state): State<Arc<AppState>>, Extension(id): Extension<RequestId>) -> Response {
    state.faults.clear();
    respond(Ok(ApiResponse::new("Faults deleted", Value::Null)), &id, 200)
}

async fn remove(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    Extension(input): Extension<Input>,
) -> Response {
    let found = input.path.get("id").is_some_and(|id| state.faults.remove(id));
    let result = if found {
        Ok(ApiResponse::new("Fault deleted", Value::Null))
    } else {
        Err(Error::not_found("Fault").into())
    };
    respond(result, &id, 200)
}
