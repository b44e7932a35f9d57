//! Runs of custom tools without an agent.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};
use serde_json::json;

use super::input::Input;
use super::respond;
use crate::http::RequestId;
use crate::model::custom_tools;
use crate::model::integrations::custom_api;
use crate::response::{ApiError, ApiResponse};
use crate::state::AppState;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/tools/{tool_id}/dry-run", post(dry_run))
}

async fn dry_run(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    Extension(input): Extension<Input>,
) -> Response {
    respond(run(&state, &input).await, &id, 200)
}

async fn run(state: &AppState, input: &Input) -> Result<ApiResponse, ApiError> {
    let (integration, tool) =
        state.store.transaction(|db| custom_api::find_tool(db, &input.path["tool_id"]))?;
    let arguments = input.body["arguments"].as_object().cloned().unwrap_or_default();
    let exchange = custom_tools::run(&integration, &tool, &arguments, state.limits.allow_outbound).await?;
    let result = exchange.result;
    let result = json!({ "is_error": result.is_error, "message": result.message, "data": result.data });
    let data = json!({ "request": exchange.request, "response": exchange.response, "result": result });
    Ok(ApiResponse::new("Tool run", data))
}
