//! The journal: recorded requests, their details, and their replay.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::input::Visit;
use super::snippets::{self, Example};
use super::{PageResult, Problem, not_found, see};
use crate::admin;
use crate::journal::{Entry, MAX_ENTRIES};
use crate::spec::SPEC;
use crate::state::AppState;

/// Maximum number of requests in the list.
const LISTED: usize = 100;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/requests", get(list))
        .route("/requests/clear", post(clear))
        .route("/requests/{id}", get(show))
        .route("/requests/{id}/replay", post(replay))
}

async fn list(visit: Visit) -> PageResult {
    let operation = Some(visit.text("operation")).filter(|id| !id.is_empty());
    let status = visit.text("status");
    let entries = visit.state.journal.list(operation, 0, MAX_ENTRIES);
    // Most recent first. Decodes no more than the page shows.
    let records = entries.iter().rev().map(|entry| entry.data());
    let shown: Vec<Value> =
        records.filter(|record| record["status"].to_string().starts_with(status)).take(LISTED).collect();
    let mut operations: Vec<&str> = SPEC.operations.iter().map(|operation| operation.id.as_str()).collect();
    operations.sort_unstable();
    let context = json!({
        "records": shown,
        "operations": operations,
        "operation": operation,
        "status": status,
        "limit": LISTED,
    });
    visit.page("requests.html", context)
}

async fn show(visit: Visit, Path(id): Path<String>) -> PageResult {
    let entry = entry(&visit.state, &id)?;
    let record = entry.data();
    let snippets = example(&record).map(|example| snippets::all(&example, &visit.state));
    visit.page("request.html", json!({ "record": record, "snippets": snippets }))
}

async fn replay(visit: Visit, Path(id): Path<String>) -> PageResult {
    let entry = entry(&visit.state, &id)?;
    let record = admin::replay(&visit.state, &entry, &visit.id).await?;
    Ok(see(&format!("/requests/{}", record["id"])))
}

async fn clear(visit: Visit) -> PageResult {
    visit.state.journal.clear();
    Ok(see("/requests"))
}

fn entry(state: &AppState, id: &str) -> Result<Arc<Entry>, Problem> {
    id.parse().ok().and_then(|id| state.journal.find(id)).ok_or_else(|| not_found("Request"))
}

/// Returns a recorded request of an operation, with its secrets masked.
fn example(record: &Value) -> Option<Example<'static>> {
    let path = record["path"].as_str()?.strip_prefix(&SPEC.prefix)?;
    let route = SPEC.route(record["method"].as_str()?, path)?;
    let texts = |value: &Value| match value {
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        other => other.as_str().map(str::to_owned).into_iter().collect::<Vec<_>>(),
    };
    let query = record["query"].as_object().into_iter().flatten();
    let query = query.flat_map(|(name, value)| texts(value).into_iter().map(|text| (name.clone(), text)));
    let body = Some(record["body"].clone()).filter(|body| !body.is_null());
    Some(Example { operation: route.operation, path: route.parameters, query: query.collect(), body })
}
