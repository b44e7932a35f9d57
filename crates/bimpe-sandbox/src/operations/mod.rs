//! What each operation does: one module per resource.

mod actions;
mod agents;
mod calls;
mod conversations;
mod integrations;
mod knowledge_bases;
mod messages;
mod phone_numbers;
mod scripted_agent;
mod stream;
mod test_code;
mod workflows;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Map, Value};

use crate::http::{ApiError, ApiResponse};
use crate::spec::Operation;
use crate::state::AppState;
use crate::store::{Db, Row, Table};

pub(crate) use agents::{TEAM, new_agent};
pub(crate) use integrations::{connect_first_party, connect_pipedream};
pub(crate) use phone_numbers::approve_number;
pub(crate) use workflows::{PUBLIC, new_workflow};

/// A request that was found to be valid.
pub(crate) struct RequestContext {
    pub state: Arc<AppState>,
    pub operation: &'static Operation,
    pub path: BTreeMap<String, String>,
    pub query: Map<String, Value>,
    pub body: Value,
    pub headers: HeaderMap,
}

pub(crate) type HandlerResult = Result<ApiResponse, ApiError>;
type HandlerFuture = Pin<Box<dyn Future<Output = HandlerResult> + Send>>;

#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// Needs only the database, and runs in one transaction.
    Sync(fn(&RequestContext, &Db<'_>) -> HandlerResult),
    /// Waits for somebody else.
    Async(fn(RequestContext) -> HandlerFuture),
    /// Answers with a stream instead of an envelope.
    Stream(fn(&RequestContext) -> Result<Response, ApiError>),
}

/// The handler of an operation, if the sandbox has it.
pub(crate) fn handler_for(operation: &str) -> Option<Handler> {
    let modules = [
        actions::handler_for,
        agents::handler_for,
        calls::handler_for,
        conversations::handler_for,
        integrations::handler_for,
        knowledge_bases::handler_for,
        messages::handler_for,
        phone_numbers::handler_for,
        test_code::handler_for,
        workflows::handler_for,
    ];
    modules.iter().find_map(|module| module(operation))
}

impl RequestContext {
    pub(crate) fn id(&self, parameter: &str) -> &str {
        self.path.get(parameter).map_or("", String::as_str)
    }

    pub(crate) fn now(&self) -> String {
        self.state.clock.stamp()
    }

    /// The agent named in the path.
    pub(crate) fn agent(&self, db: &Db<'_>) -> Result<Row, ApiError> {
        db.get(Table::Agents, self.id("agent_id"))?.ok_or_else(|| ApiError::not_found("Agent"))
    }

    /// Writes the fields of the body over those of a row, and notes the time.
    pub(crate) fn update(&self, row: &mut Row, db: &Db<'_>, table: Table) -> Result<(), ApiError> {
        for (name, value) in self.body.as_object().into_iter().flatten() {
            row.data[name] = value.clone();
        }
        row.data["updated_at"] = Value::from(self.now());
        Ok(db.save(table, row)?)
    }
}

/// The JSON of rows, as lists show it.
pub(crate) fn data(rows: Vec<Row>) -> Vec<Value> {
    rows.into_iter().map(|row| row.data).collect()
}
