//! Idempotency keys: the first success is stored and given again.

use axum::http::HeaderMap;
use serde_json::{Value, json};
use uuid::Uuid;

use super::response::ApiError;
use crate::clock;
use crate::state::AppState;
use crate::store::{Db, Table};

const MAX_KEY_LENGTH: usize = 255;
const WINDOW_HOURS: i64 = 24;

/// An `Idempotency-Key` and the request it came with.
pub(super) struct IdempotencyKey {
    id: String,
    owner: String,
    fingerprint: String,
}

/// A stored answer: a status and a body.
pub(super) struct StoredResponse {
    pub status: u16,
    pub body: String,
}

impl IdempotencyKey {
    /// The idempotency key of a request; only POST has one.
    pub(super) fn of(
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
            return Err(ApiError::field("Idempotency-Key", "must have 1 to 255 visible ASCII characters"));
        }
        // A hash and not the request itself: bodies carry secrets.
        let request = [method.as_bytes(), path.as_bytes(), body].join(&b'\n');
        let fingerprint = Uuid::new_v5(&Uuid::NAMESPACE_OID, &request).to_string();
        Ok(Some(Self { id: format!("{owner} {key}"), owner: owner.to_owned(), fingerprint }))
    }

    /// The stored answer to the same request.
    pub(super) fn find(&self, state: &AppState, db: &Db<'_>) -> Result<Option<StoredResponse>, ApiError> {
        let Some(row) = db.get(Table::StoredResponses, &self.id)? else { return Ok(None) };
        let oldest = state.clock.now() - chrono::TimeDelta::hours(WINDOW_HOURS);
        let made = row.data["created_at"].as_str().and_then(clock::parse);
        if made.is_none_or(|made| made < oldest) {
            db.forget(Table::StoredResponses, &self.id)?;
            return Ok(None);
        }
        if row.data["fingerprint"] != self.fingerprint.as_str() {
            return Err(ApiError::new(
                409,
                "conflict",
                "This Idempotency-Key was used for a different request.",
            ));
        }
        let status = row.data["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
        let body = row.data["body"].as_str().unwrap_or_default().to_owned();
        Ok(Some(StoredResponse { status, body }))
    }

    pub(super) fn save(
        &self,
        state: &AppState,
        db: &Db<'_>,
        stored: &StoredResponse,
    ) -> Result<(), ApiError> {
        let data: Value = json!({
            "id": self.id,
            "fingerprint": self.fingerprint,
            "status": stored.status,
            "body": stored.body,
            "created_at": state.clock.stamp(),
        });
        Ok(db.insert(Table::StoredResponses, &self.owner, &data)?)
    }
}
