//! Keys, the clock, snapshots, and a reset.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::input::{Form, Visit};
use super::{PageResult, forms, see};
use crate::admin;
use crate::model::{Error, snapshots};
use crate::response::ApiError;
use crate::spec::ADMIN;
use crate::state::AppState;
use crate::store::{Table, into_data};

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/state", get(show))
        .route("/state/keys", post(create_key))
        .route("/state/clock", post(change_clock))
        .route("/state/snapshots", post(take))
        .route("/state/snapshots/{name}/restore", post(restore))
        .route("/state/snapshots/{name}/delete", post(delete))
        .route("/state/reset", post(reset))
}

async fn show(visit: Visit) -> PageResult {
    page(&visit, None, &visit.query)
}

async fn create_key(visit: Visit, Form(form): Form) -> PageResult {
    let created = body("keys.create", &form).and_then(|options| admin::create_key(&visit.state, &options));
    done(&visit, &form, created.map(drop))
}

async fn change_clock(visit: Visit, Form(form): Form) -> PageResult {
    let change = body("clock.set", &form);
    let changed = change.and_then(|change| Ok(admin::change_clock(&visit.state, &change)?));
    done(&visit, &form, changed)
}

async fn take(visit: Visit, Form(form): Form) -> PageResult {
    let taken = visit.state.take_snapshot(form.get("name").map_or("", String::as_str));
    done(&visit, &form, taken.map(drop))
}

async fn restore(visit: Visit, Path(name): Path<String>) -> PageResult {
    done(&visit, &BTreeMap::new(), visit.state.restore_snapshot(&name))
}

async fn delete(visit: Visit, Path(name): Path<String>) -> PageResult {
    done(&visit, &BTreeMap::new(), visit.state.change(|db| snapshots::delete(db, &name)))
}

async fn reset(visit: Visit) -> PageResult {
    done(&visit, &BTreeMap::new(), visit.state.reset())
}

/// Returns the valid body of an operation of the admin API.
fn body(operation: &str, form: &BTreeMap<String, String>) -> Result<Value, ApiError> {
    let operation = ADMIN.operation(operation).ok_or_else(|| Error::not_found("Operation"))?;
    let schema = operation.body.as_ref().unwrap_or(&Value::Null);
    let mut body = forms::body(&ADMIN, ADMIN.resolve(schema), form);
    operation.check_body(&ADMIN, &mut body)?;
    Ok(body)
}

fn done<E: Into<ApiError>>(
    visit: &Visit,
    form: &BTreeMap<String, String>,
    result: Result<(), E>,
) -> Result<Response, super::Problem> {
    match result {
        Ok(()) => Ok(see("/state")),
        Err(error) => page(visit, Some(&error.into()), form),
    }
}

fn page(visit: &Visit, error: Option<&ApiError>, given: &BTreeMap<String, String>) -> PageResult {
    let state = &visit.state;
    let (keys, snapshots) = state
        .store
        .transaction(|db| Ok::<_, Error>((into_data(db.all(Table::ApiKeys)?), snapshots::list(db)?)))?;
    let fields = |operation: &str| {
        let schema = ADMIN.operation(operation).and_then(|operation| operation.body.as_ref());
        schema.map(|schema| forms::fields(&ADMIN, ADMIN.resolve(schema), given))
    };
    let context = json!({
        "keys": keys,
        "key_fields": fields("keys.create"),
        "now": state.clock.timestamp(),
        "frozen": state.clock.setting().is_frozen(),
        "snapshots": snapshots,
        "problem": error.map(|error| &error.message),
        "given": given,
    });
    let status = error.and_then(|error| StatusCode::from_u16(error.status).ok()).unwrap_or(StatusCode::OK);
    visit.page_at("/state", status, "state.html", context)
}
