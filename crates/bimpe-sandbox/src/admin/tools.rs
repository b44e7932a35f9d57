//! Runs of custom tools without an agent.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};
use serde_json::{Value, json};

use super::input::Input;
use super::respond;
use crate::http::RequestId;
use crate::model::integrations::custom_api;
use crate::model::{Error, custom_tools};
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
    let run = run_tool(&state, &input.path["tool_id"], &input.body["arguments"]).await;
    respond(run.map(|data| ApiResponse::new("Tool run", data)).map_err(ApiError::from), &id, 200)
}

/// Runs a tool, and returns the request, the response and the result.
pub(crate) async fn run_tool(state: &AppState, tool: &str, arguments: &Value) -> Result<Value, Error> {
    let (integration, tool) = state.store.transaction(|db| custom_api::find_tool(db, tool))?;
    let arguments = arguments.as_object().cloned().unwrap_or_default();
    let exchange = custom_tools::run(&integration, &tool, &arguments, state.limits.allow_outbound).await?;
    let result = exchange.result;
    let result = json!({ "is_error": result.is_error, "message": result.message, "data": result.data });
    Ok(json!({ "request": exchange.request, "response": exchange.response, "result": result }))
}
