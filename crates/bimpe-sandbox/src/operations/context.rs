//! The input and the output of handlers.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::Stream;
use serde_json::{Map, Value};

use crate::model::agents;
use crate::response::{ApiError, ApiResponse};
use crate::spec::Operation;
use crate::state::AppState;
use crate::store::{Db, Row};

/// A valid request.
pub(crate) struct RequestContext {
    pub state: Arc<AppState>,
    pub operation: &'static Operation,
    pub path: BTreeMap<String, String>,
    pub query: Map<String, Value>,
    pub body: Value,
    /// The `Last-Event-ID` header.
    pub last_event_id: Option<String>,
}

pub(crate) type HandlerResult = Result<ApiResponse, ApiError>;
/// Applies the response of another server, in the transaction that also stores the idempotency key.
pub(crate) type Apply = Box<dyn FnOnce(&Db<'_>) -> HandlerResult + Send>;
pub(crate) type HandlerFuture = Pin<Box<dyn Future<Output = Result<Apply, ApiError>> + Send>>;

/// Name of the events that keep a stream open. The OpenAPI document has no schema for them.
pub(crate) const HEARTBEAT: &str = "heartbeat";

/// A server-sent event.
pub(crate) struct StreamEvent {
    pub name: &'static str,
    pub id: String,
    pub data: Value,
}

pub(crate) type EventStream = Pin<Box<dyn Stream<Item = StreamEvent> + Send>>;

pub(crate) type AsyncHandler = fn(RequestContext) -> HandlerFuture;

#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// Needs only the database, and runs in a transaction.
    Sync(fn(&RequestContext, &Db<'_>) -> HandlerResult),
    /// Waits for another server, and then runs in a transaction.
    Async(AsyncHandler),
    /// Returns a stream of events instead of a response with an envelope.
    Stream(fn(&RequestContext) -> Result<EventStream, ApiError>),
}

impl RequestContext {
    /// Returns a path parameter.
    pub(crate) fn id(&self, parameter: &str) -> &str {
        self.path.get(parameter).map_or("", String::as_str)
    }

    /// Returns a text from the body, or an empty text.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_default()
    }

    pub(crate) fn now(&self) -> String {
        self.state.clock.timestamp()
    }

    /// Returns the agent of the path.
    pub(crate) fn agent(&self, db: &Db<'_>) -> Result<Row, ApiError> {
        Ok(agents::find(db, self.id("agent_id"))?)
    }
}
