//! API keys with chosen scopes, expiry and rate limit.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::input::Input;
use super::respond;
use crate::http::RequestId;
use crate::model::{Error, api_keys};
use crate::response::{ApiError, ApiResponse};
use crate::spec::SPEC;
use crate::state::AppState;
use crate::store::{Table, into_data};

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/keys", get(list).post(create))
}

async fn list(State(state): State<Arc<AppState>>, Extension(id): Extension<RequestId>) -> Response {
    let rows = state.store.transaction(|db| db.all(Table::ApiKeys));
    let keys = rows.map(|rows| into_data(rows).iter().map(view).collect::<Vec<_>>());
    respond(keys.map(|keys| ApiResponse::new("Keys", keys)).map_err(ApiError::from), &id, 200)
}

async fn create(
    State(state): State<Arc<AppState>>,
    Extension(id): Extension<RequestId>,
    Extension(Input { body: options, .. }): Extension<Input>,
) -> Response {
    let key = create_key(&state, &options);
    respond(key.map(|key| ApiResponse::new("Key created", view(&key))), &id, 201)
}

/// Creates a key with valid options, and returns it.
pub(crate) fn create_key(state: &AppState, options: &Value) -> Result<Value, ApiError> {
    let known = SPEC.all_scopes();
    let mut scopes = options["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if scopes.any(|scope| !known.contains(&scope)) {
        let text = format!("must be some of {}", known.join(", "));
        return Err(Error::invalid_field("scopes", &text).into());
    }
    let lifetime = options["expires_in"].as_i64().and_then(TimeDelta::try_seconds);
    let expiry = lifetime.map(|lifetime| state.clock.now() + lifetime);
    Ok(state.change(|db| api_keys::create(db, options, expiry))?)
}

fn view(key: &Value) -> Value {
    json!({
        "api_key": key["id"],
        "scopes": key["scopes"],
        "expires_at": key["expires_at"],
        "rate_limit": key["rate_limit"],
        "rate_window": key["rate_window"],
    })
}
