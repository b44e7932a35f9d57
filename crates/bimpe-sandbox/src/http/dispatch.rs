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
    AsyncHandler, EventStream, HEARTBEAT, Handler, HandlerResult, RequestContext, StreamEvent, handler_for,
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
            let store = &request.state.store;
            let completed = store.transaction(|db| request.complete(db, || handler(&context, db)))?;
            request.notify_streams();
            completed
        }
        Some(Handler::Async(handler)) => {
            // A task, because a client that gives up and sends the request again must not run a tool twice.
            let task = tokio::spawn(request.complete_async(context, handler)).await;
            task.unwrap_or_else(|_| Err(ApiError::new(500, "internal_error", "The operation panicked.")))?
        }
    };
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

    /// Does the same as [`Self::complete`] for a handler that waits for another server.
    async fn complete_async(
        self,
        context: RequestContext,
        handler: AsyncHandler,
    ) -> Result<Completed, ApiError> {
        let _turn = match &self.key {
            Some(key) => Some(self.state.key_locks.lock(&key.id).await),
            None => None,
        };
        let store = &self.state.store;
        if let Some(completed) = store.transaction(|db| self.find_completed(db))? {
            return Ok(completed);
        }
        let apply = handler(context).await?;
        let completed = store.transaction(|db| self.complete(db, || apply(db)))?;
        self.notify_streams();
        Ok(completed)
    }

    fn notify_streams(&self) {
        if self.operation.method != "GET" {
            self.state.changes.send_replace(());
        }
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
