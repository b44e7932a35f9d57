//! Authentication with API keys and stream tickets.

use axum::http::{HeaderMap, HeaderName, header};

use crate::model::{api_keys, stream_tickets};
use crate::response::ApiError;
use crate::state::AppState;
use crate::store::Row;

/// Returns the valid key of a request.
pub(super) fn authenticate(state: &AppState, headers: &HeaderMap) -> Result<Row, ApiError> {
    let Some(key) = key_in(headers) else {
        return Err(ApiError::new(
            401,
            "api_key_missing",
            "No API key. Send it as `Authorization: Bearer <key>` or as `X-Api-Key: <key>`.",
        ));
    };
    Ok(state.store.transaction(|db| api_keys::find_valid(db, key, state.clock.now()))?)
}

/// Refuses a key that lacks a scope of an operation.
pub(super) fn authorize(key: &Row, scopes: &[String]) -> Result<(), ApiError> {
    Ok(api_keys::check_scopes(key, scopes)?)
}

/// Redeems the ticket of the query, which replaces the key.
pub(super) fn redeem_ticket(
    state: &AppState,
    conversation: &str,
    query: Option<&str>,
) -> Result<(), ApiError> {
    let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let ticket = pairs.find(|(name, _)| name == "ticket").map(|(_, ticket)| ticket).unwrap_or_default();
    let now = state.clock.now();
    Ok(state.store.transaction(|db| stream_tickets::redeem(db, conversation, &ticket, now))?)
}

fn key_in(headers: &HeaderMap) -> Option<&str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(header::AUTHORIZATION).and_then(|value| {
        let (scheme, key) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(key)
    });
    let key = bearer.or_else(|| text(HeaderName::from_static("x-api-key")))?.trim();
    (!key.is_empty()).then_some(key)
}
