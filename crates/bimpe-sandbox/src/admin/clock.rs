//! The clock of the sandbox.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use serde_json::{Value, json};

use super::input::Input;
use super::respond;
use crate::http::RequestId;
use crate::model::Error;
use crate::response::{ApiError, ApiResponse};
use crate::state::AppState;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/clock", get(show).post(change))
}

async fn show(State(state): State<Arc<AppState>>, Extension(id): Extension<RequestId>) -> Response {
    respond(Ok(view(&state)), &id, 200)
}

/// Advances the clock by `advance` seconds, and freezes or continues it.
async fn change(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    Extension(Input { body: change, .. }): Extension<Input>,
) -> Response {
    respond(change_clock(&state, &change).map(|()| view(&state)).map_err(ApiError::from), &id, 200)
}

pub(crate) fn change_clock(state: &AppState, change: &Value) -> Result<(), Error> {
    let advance = Duration::try_from_secs_f64(change["advance"].as_f64().unwrap_or_default());
    state.change_clock(change["frozen"].as_bool(), advance.unwrap_or_default())
}

fn view(state: &AppState) -> ApiResponse {
    let frozen = state.clock.setting().is_frozen();
    ApiResponse::new("Clock", json!({ "now": state.clock.timestamp(), "frozen": frozen }))
}
