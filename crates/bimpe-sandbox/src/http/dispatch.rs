//! Runs the handler of a valid request, at most once for each idempotency key.

use std::convert::Infallible;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;

use super::conformance::conforming_event;
use super::envelope::{envelope, json_response};
use super::idempotency::{IdempotencyKey, IdempotencyStore, StoredResponse, mark_replayed};
use super::origin_check::check_origin;
use crate::operations::{
    EventStream, HEARTBEAT, Handler, HandlerResult, RequestContext, StreamEvent, handler_for,
};
use crate::response::{ApiError, ApiResponse};
use crate::spec::{Operation, SPEC};
use crate::state::AppState;
use crate::store::Db;

/// A request with its optional idempotency key.
struct IdempotentRequest {
    state: Arc<AppState>,
    operation: &'static Operation,
    key: Option<IdempotencyKey>,
}

/// A response, and whether an earlier request with the same key created it.
struct Completed {
    response: StoredResponse,
    replayed: bool,
}

pub(super) async fn run(
    context: RequestContext,
    key: Option<IdempotencyKey>,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let request = IdempotentRequest { state: Arc::clone(&context.state), operation: context.operation, key };
    let store = &request.state.store;
    let completed = match handler_for(&request.operation.id) {
        None => {
            let text = format!("The sandbox does not implement {} yet.", request.operation.id);
            return Err(ApiError::new(501, "not_implemented", text));
        }
        Some(Handler::Stream(open)) => {
            check_origin(&request.state, headers)?;
            return Ok(stream_response(request.operation, open(&context)?));
        }
        Some(Handler::Sync(handler)) => {
            store.transaction(|db| request.complete(db, || handler(&context, db)))?
        }
        Some(Handler::Async(handler)) => {
            if let Some(completed) = store.transaction(|db| request.find_completed(db))? {
                completed
            } else {
                let apply = handler(context).await?;
                // Checks the key again, because a concurrent request with the same key may have completed.
                store.transaction(|db| request.complete(db, || apply(db)))?
            }
        }
    };
    if request.operation.method != "GET" {
        request.state.changes.send_replace(());
    }
    let mut response = json_response(completed.response.status, completed.response.body);
    if completed.replayed {
        mark_replayed(&mut response);
    }
    Ok(response)
}

impl IdempotentRequest {
    fn find_completed(&self, db: &Db<'_>) -> Result<Option<Completed>, ApiError> {
        let Some(key) = &self.key else { return Ok(None) };
        let stored = IdempotencyStore { db, clock: &self.state.clock }.find(key)?;
        Ok(stored.map(|response| Completed { response, replayed: true }))
    }

    /// Returns the stored response, or runs the handler and stores its response.
    fn complete(&self, db: &Db<'_>, handler: impl FnOnce() -> HandlerResult) -> Result<Completed, ApiError> {
        if let Some(completed) = self.find_completed(db)? {
            return Ok(completed);
        }
        let response = self.serialize(handler()?);
        if let Some(key) = &self.key {
            IdempotencyStore { db, clock: &self.state.clock }.save(key, &response)?;
        }
        Ok(Completed { response, replayed: false })
    }

    fn serialize(&self, response: ApiResponse) -> StoredResponse {
        let status = response.status.unwrap_or(self.operation.success_status);
        StoredResponse { status, body: envelope(response).to_string() }
    }
}

/// Writes events as server-sent events.
fn stream_response(operation: &'static Operation, events: EventStream) -> Response {
    let write = |event: StreamEvent| {
        let data = match event.name {
            HEARTBEAT => event.data.to_string(),
            _ => conforming_event(&SPEC, operation, &event.data),
        };
        Ok::<_, Infallible>(Event::default().event(event.name).id(event.id).data(data))
    };
    Sse::new(events.map(write)).into_response()
}
