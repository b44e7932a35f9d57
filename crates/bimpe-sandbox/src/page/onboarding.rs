//! Onboardings: the page of an `onboarding_url`, on which a person decides.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::json;

use super::input::Visit;
use super::{PageResult, see};
use crate::model::{Error, onboarding};
use crate::state::AppState;
use crate::store::{Db, Row};

type Decide = fn(&Db<'_>, &str) -> Result<Option<Row>, Error>;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/onboardings/approve-all", post(approve_all))
}

/// Returns the routes under `/_sandbox`.
pub(super) fn decision_router() -> Router<Arc<AppState>> {
    let decision = |work: Decide| {
        post(move |visit: Visit, Path(token): Path<String>| async move {
            let row = visit.state.change(|db| work(db, &token))?;
            page(&visit, row.as_ref(), &token)
        })
    };
    Router::new()
        .route("/onboarding/{token}", get(show))
        .route("/onboarding/{token}/approve", decision(onboarding::approve))
        .route("/onboarding/{token}/deny", decision(onboarding::deny))
        .route("/onboarding/{token}/expire", decision(onboarding::expire))
}

async fn show(visit: Visit, Path(token): Path<String>) -> PageResult {
    let row = visit.state.store.transaction(|db| onboarding::find(db, &token))?;
    page(&visit, row.as_ref(), &token)
}

fn page(visit: &Visit, row: Option<&Row>, token: &str) -> PageResult {
    let status = if row.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let context = json!({
        "token": token,
        "agent": row.map(|row| row.parent.as_str()),
        "name": row.map(|row| &row.data["name"]),
        "decision": row.map(|row| &row.data["state"]),
    });
    visit.page_at(&format!("/_sandbox/onboarding/{token}"), status, "onboarding.html", context)
}

async fn approve_all(visit: Visit) -> PageResult {
    visit.state.change(onboarding::approve_all)?;
    Ok(see("/agents"))
}
