//! The first page: the address, the key, and what to do next.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use serde_json::json;

use super::input::Visit;
use super::snippets::{self, Example};
use super::{PageResult, not_found};
use crate::spec::SPEC;
use crate::state::AppState;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/", get(home))
}

async fn home(visit: Visit) -> PageResult {
    let state = &visit.state;
    let operation = SPEC.operation("agents.retrieve").ok_or_else(|| not_found("Operation"))?;
    let seed = &state.seed_data;
    let path = [("agent_id".to_owned(), seed.agent.clone())].into();
    let example = Example { operation, path, query: Vec::new(), body: None };
    let context = json!({
        "url": state.url,
        "key": seed.key,
        "agent": seed.agent,
        "workflow": seed.workflow,
        "version": env!("CARGO_PKG_VERSION"),
        "snippets": snippets::all(&example, state),
    });
    visit.page("home.html", context)
}
