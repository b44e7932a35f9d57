//! Rules of faults.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::input::{Form, Visit};
use super::{PageResult, forms, not_found, see};
use crate::spec::{ADMIN, SPEC};
use crate::state::AppState;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/faults", get(list).post(create))
        .route("/faults/clear", post(clear))
        .route("/faults/{id}/delete", post(delete))
}

async fn list(visit: Visit) -> PageResult {
    page(&visit, StatusCode::OK, &Value::Null, &visit.query)
}

async fn create(visit: Visit, Form(form): Form) -> PageResult {
    match visit.state.faults.add(forms::body(&ADMIN, schema(), &form)) {
        Ok(_) => Ok(see("/faults")),
        Err(errors) => page(&visit, StatusCode::BAD_REQUEST, &errors.into(), &form),
    }
}

async fn delete(visit: Visit, Path(id): Path<String>) -> PageResult {
    if visit.state.faults.remove(&id) { Ok(see("/faults")) } else { Err(not_found("Fault")) }
}

async fn clear(visit: Visit) -> PageResult {
    visit.state.faults.clear();
    Ok(see("/faults"))
}

fn page(visit: &Visit, status: StatusCode, problem: &Value, given: &BTreeMap<String, String>) -> PageResult {
    let mut fields = forms::fields(&ADMIN, schema(), given);
    let mut operations: Vec<&str> = SPEC.operations.iter().map(|operation| operation.id.as_str()).collect();
    operations.sort_unstable();
    for field in fields.iter_mut().filter(|field| field["name"] == "operation") {
        field["options"] = operations.clone().into();
    }
    let context = json!({ "rules": visit.state.faults.list(), "fields": fields, "problem": problem });
    visit.page_at("/faults", status, "faults.html", context)
}

fn schema() -> &'static Value {
    let body = ADMIN.operation("faults.create").and_then(|operation| operation.body.as_ref());
    ADMIN.resolve(body.unwrap_or(&Value::Null))
}
