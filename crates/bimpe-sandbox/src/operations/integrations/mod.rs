//! Integrations of all families.

mod bimpeai;
mod custom_api;
mod family;
mod mcp_server;
mod pipedream;

use serde_json::{Value, json};

use super::{Handler, HandlerResult, RequestContext};
use crate::model::integrations::{self, services, tools};
use crate::response::{ApiError, ApiResponse};
use crate::store::{Db, Row};

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    if operation == "agents.integrations.list" {
        return Some(Handler::Sync(list));
    }
    bimpeai::handler_for(operation)
        .or_else(|| custom_api::handler_for(operation))
        .or_else(|| mcp_server::handler_for(operation))
        .or_else(|| pipedream::handler_for(operation))
}

/// Returns all connected integrations with their actions.
fn list(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = family::agent_with_workflow(context, db)?;
    let mut entries = Vec::new();
    for row in integrations::connected(db, &agent.id)? {
        let mut entry = summary(&row);
        entry["config_fields"] = services::config_fields(&row);
        entry["actions"] = tools::of_integration(db, &row.id)?.iter().map(family::action_view).collect();
        entries.push(entry);
    }
    Ok(ApiResponse::new("Integrations retrieved successfully", entries))
}

/// Returns the connected integrations for the details of an agent.
pub(super) fn summaries(db: &Db<'_>, agent: &str) -> Result<Vec<Value>, ApiError> {
    Ok(integrations::connected(db, agent)?.iter().map(summary).collect())
}

fn summary(row: &Row) -> Value {
    let data = &row.data;
    json!({
        "id": data["id"],
        "type": data["type"],
        "name": data["name"],
        "status": data["status"],
        "is_connected": data["is_connected"],
    })
}
