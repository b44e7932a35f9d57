//! The page behind an `onboarding_url`: where a person agrees, or does not.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::http::ApiError;
use crate::ids::new_token;
use crate::operations::{connect_first_party, connect_pipedream};
use crate::state::AppState;
use crate::store::{Db, Row, Table};

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/onboarding/{token}", get(show))
        .route("/onboarding/{token}/approve", post(approve))
        .route("/onboarding/{token}/deny", post(deny))
}

/// Starts an onboarding for `what` and gives the address of its page.
pub(crate) fn begin(state: &AppState, db: &Db<'_>, agent: &str, what: &Value) -> Result<String, ApiError> {
    let token = new_token();
    let mut data = what.clone();
    data["id"] = token.as_str().into();
    data["state"] = "open".into();
    db.insert(Table::Onboarding, agent, &data)?;
    Ok(format!("{}/_sandbox/onboarding/{token}", state.url))
}

async fn show(State(state): State<Arc<AppState>>, Path(token): Path<String>) -> Response {
    page(state.store.transaction(|db| Ok(db.get(Table::Onboarding, &token)?)), &token)
}

async fn approve(State(state): State<Arc<AppState>>, Path(token): Path<String>) -> Response {
    let decided = state.store.transaction(|db| {
        decide(db, &token, "approved", |row| match row.data["family"].as_str() {
            Some("pipedream") => connect_pipedream(db, &row.parent, &row.data),
            _ => connect_first_party(
                db,
                &row.parent,
                row.data["type"].as_str().unwrap_or_default(),
                &json!({}),
            )
            .map(drop),
        })
    });
    page(decided, &token)
}

async fn deny(State(state): State<Arc<AppState>>, Path(token): Path<String>) -> Response {
    page(state.store.transaction(|db| decide(db, &token, "denied", |_| Ok(()))), &token)
}

/// Settles an onboarding that is still open; one that is settled stays as it is.
fn decide(
    db: &Db<'_>,
    token: &str,
    state: &str,
    act: impl FnOnce(&Row) -> Result<(), ApiError>,
) -> Result<Option<Row>, ApiError> {
    let Some(mut row) = db.get(Table::Onboarding, token)? else { return Ok(None) };
    if row.data["state"] == "open" {
        act(&row)?;
        row.data["state"] = state.into();
        db.save(Table::Onboarding, &row)?;
    }
    Ok(Some(row))
}

fn page(found: Result<Option<Row>, ApiError>, token: &str) -> Response {
    let (status, title, body) = match found {
        Ok(Some(row)) => {
            let name = escape(row.data["name"].as_str().unwrap_or("the service"));
            match row.data["state"].as_str() {
                Some("approved") => (StatusCode::OK, format!("{name} is connected"), CLOSE.to_owned()),
                Some("denied") => (StatusCode::OK, format!("{name} was not connected"), CLOSE.to_owned()),
                _ => (StatusCode::OK, format!("Connect {name}?"), question(&name, token)),
            }
        }
        Ok(None) => (
            StatusCode::NOT_FOUND,
            "Unknown link".to_owned(),
            "<p>Ask for a new one with <code>configure</code>.</p>".to_owned(),
        ),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong".to_owned(), String::new()),
    };
    let policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";
    let html = include_str!("onboarding.html").replace("{title}", &title).replace("{body}", &body);
    (status, [(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
}

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

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
