//! Runs of custom tools without an agent.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use serde_json::{Value, json};

use super::input::{Form, Visit};
use super::{PageResult, forms};
use crate::admin;
use crate::model::Error;
use crate::model::integrations::custom_api;
use crate::spec::SPEC;
use crate::state::AppState;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/tools/{id}", get(show).post(run))
}

async fn show(visit: Visit, Path(id): Path<String>) -> PageResult {
    page(&visit, &id, &visit.query, None)
}

async fn run(visit: Visit, Path(id): Path<String>, Form(form): Form) -> PageResult {
    let (_, tool) = visit.state.store.transaction(|db| custom_api::find_tool(db, &id))?;
    let arguments = forms::body(&SPEC, &schema(&tool.secret), &form);
    let result = admin::run_tool(&visit.state, &id, &arguments).await;
    page(&visit, &id, &form, Some(result))
}

fn page(
    visit: &Visit,
    id: &str,
    given: &BTreeMap<String, String>,
    result: Option<Result<Value, Error>>,
) -> PageResult {
    let (integration, tool) = visit.state.store.transaction(|db| custom_api::find_tool(db, id))?;
    let (run, problem) = match result.transpose() {
        Ok(run) => (run, None),
        Err(error) => (None, Some(error.message)),
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let context = json!({
        "tool": tool.data,
        "agent": integration.parent,
        "method": tool.secret["http_method"],
        "url": tool.secret["url_template"],
        "fields": forms::fields(&SPEC, &schema(&tool.secret), given),
        "run": run,
        "problem": problem,
    });
    visit.page_at(&format!("/tools/{id}"), status, "tool.html", context)
}

/// Returns the schema of the arguments.
fn schema(definition: &Value) -> Value {
    let lists = ["url_params", "body_params"].into_iter().filter_map(|list| definition[list].as_array());
    let mut schema = json!({ "properties": {}, "required": [] });
    for parameter in lists.flatten() {
        let name = parameter["name"].as_str().unwrap_or_default();
        schema["properties"][name] =
            json!({ "type": parameter["type"], "description": parameter["description"] });
        if parameter["required"] == true
            && let Some(required) = schema["required"].as_array_mut()
        {
            required.push(name.into());
        }
    }
    schema
}
