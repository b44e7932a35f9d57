//! The onboardings of all agents. `page` has the page on which a person decides.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde_json::json;

use super::respond;
use crate::http::RequestId;
use crate::model::onboarding;
use crate::response::{ApiError, ApiResponse};
use crate::state::AppState;
use crate::store::{Row, Table};

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/onboardings", get(list)).route("/onboardings/approve-all", post(approve_all))
}

async fn list(State(state): State<Arc<AppState>>, Extension(id): Extension<RequestId>) -> Response {
    let view = |row: &Row| {
        json!({
            "token": row.id,
            "agent_id": row.parent,
            "family": row.data["family"],
            "type": row.data["type"],
            "name": row.data["name"],
            "state": row.data["state"],
            "url": onboarding::url(&state.url, &row.id),
        })
    };
    let rows = state.store.transaction(|db| db.all(Table::Onboarding));
    let list = rows.map(|rows| ApiResponse::new("Onboardings", rows.iter().map(view).collect::<Vec<_>>()));
    respond(list.map_err(ApiError::from), &id, 200)
}

async fn approve_all(State(state): State<Arc<AppState>>, Extension(id): Extension<RequestId>) -> Response {
    let approved = state.change(onboarding::approve_all);
    let result = approved.map(|count| ApiResponse::new("Approved", json!({ "approved": count })));
    respond(result.map_err(ApiError::from), &id, 200)
}
