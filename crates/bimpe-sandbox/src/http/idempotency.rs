//! Idempotency keys: the store keeps the first success of a key, and returns it to later requests.

use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

use crate::clock::{self, Clock};
use crate::model;
use crate::response::ApiError;
use crate::store::{Db, Table};

const MAX_KEY_LENGTH: usize = 255;
const LIFETIME_HOURS: i64 = 24;
/// Maximum number of stored responses. The sandbox drops the oldest.
const MAX_RESPONSES: i64 = 10_000;

/// An `Idempotency-Key` and the request that it belongs to.
pub(super) struct IdempotencyKey {
    pub id: String,
    owner: String,
    fingerprint: String,
}

impl IdempotencyKey {
    /// Returns the key of a POST request. Other methods have none.
    pub(super) fn new(
        method: &str,
        path: &str,
        headers: &HeaderMap,
        owner: &str,
        body: &[u8],
    ) -> Result<Option<Self>, ApiError> {
        let Some(value) = headers.get("idempotency-key").filter(|_| method == "POST") else {
            return Ok(None);
        };
        let key = value.to_str().unwrap_or_default();
        if key.is_empty() || key.len() > MAX_KEY_LENGTH {
            let text = "must have 1 to 255 visible ASCII characters";
            return Err(model::Error::invalid_field("Idempotency-Key", text).into());
        }
        // The store keeps a hash of the request, because bodies can hold secrets.
        let request = [method.as_bytes(), path.as_bytes(), body].join(&b'\n');
        let fingerprint = Uuid::new_v5(&Uuid::NAMESPACE_OID, &request).to_string();
        Ok(Some(Self { id: format!("{owner} {key}"), owner: owner.to_owned(), fingerprint }))
    }
}

/// Returns the error for the key of another request.
pub(super) fn conflict() -> ApiError {
    ApiError::new(409, "conflict", "This Idempotency-Key was used for a different request.")
}

/// Marks a response as the stored response to an earlier request.
pub(super) fn mark_replayed(response: &mut Response) {
    response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
}

/// The status and the body of a response.
pub(super) struct StoredResponse {
    pub status: u16,
    pub body: String,
}

/// The stored responses within a transaction.
pub(super) struct IdempotencyStore<'a> {
    pub db: &'a Db<'a>,
    pub clock: &'a Clock,
}

impl IdempotencyStore<'_> {
    /// Returns the stored response to the same request. Refuses the key of another request.
    pub(super) fn find(&self, key: &IdempotencyKey) -> Result<Option<StoredResponse>, ApiError> {
        let Some(row) = self.db.get(Table::StoredResponses, &key.id)? else { return Ok(None) };
        let oldest = self.clock.now() - TimeDelta::hours(LIFETIME_HOURS);
        let created = row.data["created_at"].as_str().and_then(clock::parse);
        if created.is_none_or(|created| created < oldest) {
            self.db.remove(Table::StoredResponses, &key.id)?;
            return Ok(None);
        }
        if row.data["fingerprint"] != key.fingerprint.as_str() {
            return Err(conflict());
        }
        let status = row.data["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
        let body = row.data["body"].as_str().unwrap_or_default().to_owned();
        Ok(Some(StoredResponse { status, body }))
    }

    pub(super) fn save(&self, key: &IdempotencyKey, response: &StoredResponse) -> Result<(), ApiError> {
        let data = json!({
            "id": key.id,
            "fingerprint": key.fingerprint,
            "status": response.status,
            "body": response.body,
            "created_at": self.clock.timestamp(),
        });
        self.db.insert(Table::StoredResponses, &key.owner, &data)?;
        Ok(self.db.keep_latest(Table::StoredResponses, MAX_RESPONSES)?)
    }
}
