//! Onboardings: the page of an `onboarding_url`, on which a person decides, and requests of tests.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde_json::json;

use super::page::{self, escape};
use super::respond;
use crate::http::RequestId;
use crate::model::{Error, onboarding};
use crate::response::{ApiError, ApiResponse};
use crate::state::AppState;
use crate::store::{Row, Table};

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/onboarding/{token}", get(show))
        .route("/onboarding/{token}/approve", post(approve))
        .route("/onboarding/{token}/deny", post(deny))
        .route("/onboarding/{token}/expire", post(expire))
        .route("/onboardings", get(list))
        .route("/onboardings/approve-all", post(approve_all))
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
    let approved = state.store.transaction(onboarding::approve_all);
    let result = approved.map(|count| ApiResponse::new("Approved", json!({ "approved": count })));
    respond(result.map_err(ApiError::from), &id, 200)
}

async fn show(State(state): State<Arc<AppState>>, Path(token): Path<String>) -> Response {
    decision_page(state.store.transaction(|db| onboarding::find(db, &token)), &token)
}

async fn approve(State(state): State<Arc<AppState>>, Path(token): Path<String>) -> Response {
    decision_page(state.store.transaction(|db| onboarding::approve(db, &token)), &token)
}

async fn deny(State(state): State<Arc<AppState>>, Path(token): Path<String>) -> Response {
    decision_page(state.store.transaction(|db| onboarding::deny(db, &token)), &token)
}

async fn expire(State(state): State<Arc<AppState>>, Path(token): Path<String>) -> Response {
    decision_page(state.store.transaction(|db| onboarding::expire(db, &token)), &token)
}

fn decision_page(found: Result<Option<Row>, Error>, token: &str) -> Response {
    let (status, title, body) = match found {
        Ok(Some(row)) => {
            let name = escape(row.data["name"].as_str().unwrap_or("the service"));
            match row.data["state"].as_str() {
                Some("approved") => (StatusCode::OK, format!("{name} is connected"), CLOSE.to_owned()),
                Some("denied") => (StatusCode::OK, format!("{name} was not connected"), CLOSE.to_owned()),
                Some("expired") => (StatusCode::OK, "The link has expired".to_owned(), RENEW.to_owned()),
                _ => (StatusCode::OK, format!("Connect {name}?"), question(&name, token)),
            }
        }
        Ok(None) => (StatusCode::NOT_FOUND, "Unknown link".to_owned(), RENEW.to_owned()),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong".to_owned(), String::new()),
    };
    page::html(status, &title, &body)
}

const RENEW: &str = "<p>Ask for a new one with <code>configure</code>.</p>";
const CLOSE: &str = "<p>You can close this page.</p>";

fn question(name: &str, token: &str) -> String {
    let token = escape(token);
    format!(
        "<p>Your agent asks to use <strong>{name}</strong>. In the sandbox no account is touched: approving only marks \
         the integration as connected.</p>\
         <form method=\"post\"><button formaction=\"/_sandbox/onboarding/{token}/approve\">Approve</button>\
         <button class=\"quiet\" formaction=\"/_sandbox/onboarding/{token}/deny\">Deny</button></form>"
    )
}
