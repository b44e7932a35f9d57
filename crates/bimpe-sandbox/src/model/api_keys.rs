//! API keys: scopes, expiry and rate limit.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Error;
use super::ids::new_api_key;
use crate::clock;
use crate::store::{Db, Row, Table};

/// Creates a key with the `scopes`, `rate_limit` and `rate_window` of the options. A key without a list of scopes has all scopes.
pub(crate) fn create(
    db: &Db<'_>,
    options: &Value,
    expires_at: Option<DateTime<Utc>>,
) -> Result<Value, Error> {
    let key = json!({
        "id": new_api_key(db)?,
        "scopes": options["scopes"],
        "expires_at": expires_at.map(clock::iso),
        "rate_limit": options["rate_limit"],
        "rate_window": options["rate_window"],
    });
    db.insert(Table::ApiKeys, "", &key)?;
    Ok(key)
}

/// Returns a key of this sandbox that has not expired.
pub(crate) fn find_valid(db: &Db<'_>, key: &str, now: DateTime<Utc>) -> Result<Row, Error> {
    let text = "Unknown API key. A sandbox accepts only keys it made itself (sk_sandbox_...).";
    let key = db.get(Table::ApiKeys, key)?.ok_or_else(|| Error::new("api_key_invalid", text))?;
    let expiry = key.data["expires_at"].as_str().and_then(clock::parse);
    if expiry.is_some_and(|expiry| expiry <= now) {
        return Err(Error::new("api_key_expired", "The API key has expired."));
    }
    Ok(key)
}

/// Refuses a key that lacks a scope of an operation.
pub(crate) fn check_scopes(key: &Row, required: &[String]) -> Result<(), Error> {
    let Some(granted) = key.data["scopes"].as_array() else { return Ok(()) };
    match required.iter().find(|scope| !granted.contains(&Value::from(scope.as_str()))) {
        Some(scope) => Err(Error::new("insufficient_scope", format!("The API key lacks the scope {scope}."))),
        None => Ok(()),
    }
}
