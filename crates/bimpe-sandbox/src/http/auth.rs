//! Keys and their scopes.

use axum::http::{HeaderMap, header};
use serde_json::Value;

use super::response::ApiError;
use crate::clock;
use crate::state::AppState;
use crate::store::{Row, Table};

/// The key of a request, if it is one of ours and still valid.
pub(super) fn authenticate(state: &AppState, headers: &HeaderMap) -> Result<Row, ApiError> {
    let Some(given) = given_key(headers) else {
        return Err(ApiError::new(
            401,
            "api_key_missing",
            "No API key. Send it as `Authorization: Bearer <key>` or as `X-Api-Key: <key>`.",
        ));
    };
    let unknown = || {
        ApiError::new(
            401,
            "api_key_invalid",
            "Unknown API key. A sandbox accepts only keys it made itself (sk_sandbox_...).",
        )
    };
    let key = state
        .store
        .transaction(|db| db.get(Table::Keys, given))
        .map_err(ApiError::from)?
        .ok_or_else(unknown)?;
    let expiry = key.data["expires_at"].as_str().and_then(clock::parse);
    if expiry.is_some_and(|expiry| expiry <= state.clock.now()) {
        return Err(ApiError::new(401, "api_key_expired", "The API key has expired."));
    }
    Ok(key)
}

/// Refuses a key that lacks one of the scopes an operation needs.
pub(super) fn authorize(key: &Row, needed: &[String]) -> Result<(), ApiError> {
    // A key without a list of scopes may do everything.
    let Some(granted) = key.data["scopes"].as_array() else { return Ok(()) };
    match needed.iter().find(|scope| !granted.contains(&Value::from(scope.as_str()))) {
        Some(scope) => {
            Err(ApiError::new(403, "insufficient_scope", format!("The API key lacks the scope {scope}.")))
        }
        None => Ok(()),
    }
}

/// Redeems the ticket that stands in for a key: once, in time, and for its own conversation.
pub(super) fn redeem_ticket(
    state: &AppState,
    conversation: &str,
    query: Option<&str>,
) -> Result<(), ApiError> {
    let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let given =
        pairs.find(|(name, _)| name == "ticket").map(|(_, ticket)| ticket.into_owned()).unwrap_or_default();
    let refused =
        || ApiError::new(401, "unauthorized", "The stream ticket is missing, unknown, used or expired.");
    state.store.transaction(|db| {
        let ticket = db.get(Table::Tickets, &given)?.ok_or_else(refused)?;
        let expiry = ticket.data["expires_at"].as_str().and_then(clock::parse);
        if expiry.is_none_or(|expiry| expiry <= state.clock.now()) {
            return Err(refused());
        }
        if ticket.parent != conversation {
            return Err(ApiError::new(403, "forbidden", "The stream ticket is for another conversation."));
        }
        Ok(db.forget(Table::Tickets, &given)?)
    })
}

fn given_key(headers: &HeaderMap) -> Option<&str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(header::AUTHORIZATION).and_then(|value| {
        let (scheme, key) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(key)
    });
    let key = bearer.or_else(|| text(header::HeaderName::from_static("x-api-key")))?.trim();
    (!key.is_empty()).then_some(key)
}
