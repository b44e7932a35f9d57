//! Named snapshots of the whole state.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post, put};
use axum::{Extension, Router};
use serde_json::Value;

use super::input::Input;
use super::respond;
use crate::http::RequestId;
use crate::model::snapshots;
use crate::response::{ApiError, ApiResponse};
use crate::state::AppState;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/snapshots", get(list))
        .route("/snapshots/{name}", put(take).delete(delete))
        .route("/snapshots/{name}/restore", post(restore))
}

async fn list(State(state): State<Arc<AppState>>, Extension(id): Extension<RequestId>) -> Response {
    let list = state.store.transaction(snapshots::list);
    respond(list.map(|list| ApiResponse::new("Snapshots", list)).map_err(ApiError::from), &id, 200)
}

async fn take(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    Extension(input): Extension<Input>,
) -> Response {
    let snapshot = state.take_snapshot(&input.path["name"]);
    respond(
        snapshot.map(|snapshot| ApiResponse::new("Snapshot taken", snapshot)).map_err(ApiError::from),
        &id,
        200,
    )
}

async fn restore(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    Extension(input): Extension<Input>,
) -> Response {
    let restored = state.restore_snapshot(&input.path["name"]);
    respond(
        restored.map(|()| ApiResponse::new("Snapshot restored", Value::Null)).map_err(ApiError::from),
        &id,
        200,
    )
}

async fn delete(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    Extension(input): Extension<Input>,
) -> Response {
    let deleted = state.store.transaction(|db| snapshots::delete(db, &input.path["name"]));
    respond(
        deleted.map(|()| ApiResponse::new("Snapshot deleted", Value::Null)).map_err(ApiError::from),
        &id,
        200,
    )
}
