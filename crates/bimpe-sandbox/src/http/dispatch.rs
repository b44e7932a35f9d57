//! Runs the handler of a valid request, at most once for each idempotency key.

use std::sync::Arc;

use axum::http::HeaderValue;
use axum::response::Response;

use super::idempotency::{IdempotencyKey, StoredResponse};
use super::response::{ApiError, ApiResponse, json_response};
use crate::operations::{self, Handler, HandlerResult, RequestContext};
use crate::spec::Operation;
use crate::state::AppState;
use crate::store::Db;

/// One request on its way to an answer.
struct IdempotentRequest {
    state: Arc<AppState>,
    operation: &'static Operation,
    key: Option<IdempotencyKey>,
}

/// An answer, and whether it was given before.
struct Completed {
    stored: StoredResponse,
    again: bool,
}

pub(super) async fn run(context: RequestContext, key: Option<IdempotencyKey>) -> Result<Response, ApiError> {
    let request = IdempotentRequest { state: Arc::clone(&context.state), operation: context.operation, key };
    let store = &request.state.store;
    let completed = match operations::handler_for(&request.operation.id) {
        None => {
            let text = format!("The sandbox does not have {} yet.", request.operation.id);
            return Err(ApiError::new(501, "not_implemented", text));
        }
        Some(Handler::Stream(open)) => return open(&context),
        Some(Handler::Sync(handle)) => {
            store.transaction(|db| request.respond(db, || handle(&context, db)))?
        }
        Some(Handler::Async(handle)) => {
            if let Some(completed) = store.transaction(|db| request.earlier(db))? {
                completed
            } else {
                let made = handle(context).await?;
                // Looks again: a second request with the same key may have been faster.
                store.transaction(|db| request.respond(db, || Ok(made)))?
            }
        }
    };
    if request.operation.method != "GET" {
        request.state.changes.send_replace(());
    }
    let mut response = json_response(completed.stored.status, completed.stored.body);
    if completed.again {
        response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    Ok(response)
}

impl IdempotentRequest {
    fn earlier(&self, db: &Db<'_>) -> Result<Option<Completed>, ApiError> {
        let Some(key) = &self.key else { return Ok(None) };
        Ok(key.find(&self.state, db)?.map(|stored| Completed { stored, again: true }))
    }

    fn respond(&self, db: &Db<'_>, make: impl FnOnce() -> HandlerResult) -> Result<Completed, ApiError> {
        if let Some(completed) = self.earlier(db)? {
            return Ok(completed);
        }
        let stored = self.envelope(make()?)?;
        if let Some(key) = &self.key {
            key.save(&self.state, db, &stored)?;
        }
        Ok(Completed { stored, again: false })
    }

    fn envelope(&self, made: ApiResponse) -> Result<StoredResponse, ApiError> {
        let status = made.status.unwrap_or(self.operation.success);
        let envelope = made.envelope();
        // The document binds the sandbox too; development builds make a slip visible.
        if cfg!(debug_assertions)
            && let Err(problems) = self.operation.check_response(&envelope)
        {
            let text = format!("{} left the document: {problems:?}", self.operation.id);
            return Err(ApiError::new(500, "internal_error", text));
        }
        Ok(StoredResponse { status, body: envelope.to_string() })
    }
}
