//! Integrations: what the four families share. A row's `data` holds the summary plus `family` and `config`.

mod bimpeai;
mod custom_api;
mod mcp_server;
mod pipedream;
mod services;
mod tools;

use serde_json::{Value, json};

use super::{Handler, HandlerResult, RequestContext};
use crate::http::{ApiError, ApiResponse};
use crate::store::{Db, Row, Table};

pub(crate) use bimpeai::connect as connect_first_party;
pub(crate) use pipedream::connect as connect_pipedream;

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    if operation == "agents.integrations.list" {
        return Some(Handler::Sync(list));
    }
    bimpeai::handler_for(operation)
        .or_else(|| custom_api::handler_for(operation))
        .or_else(|| mcp_server::handler_for(operation))
        .or_else(|| pipedream::handler_for(operation))
}

/// Everything that is connected, with its actions.
fn list(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = agent_with_workflow(context, db)?;
    let mut entries = Vec::new();
    for row in connected(db, &agent.id)? {
        let mut entry = summary(&row);
        entry["config_fields"] = services::config_fields(&row);
        entry["actions"] = db.children(Table::Tools, &row.id)?.iter().map(tools::as_action).collect();
        entries.push(entry);
    }
    Ok(ApiResponse::new("Integrations retrieved successfully", entries))
}

/// The connected integrations of an agent, as its details show them.
pub(super) fn summaries(db: &Db<'_>, agent: &str) -> Result<Vec<Value>, ApiError> {
    Ok(connected(db, agent)?.iter().map(summary).collect())
}

fn connected(db: &Db<'_>, agent: &str) -> Result<Vec<Row>, ApiError> {
    let mut rows = db.children(Table::Integrations, agent)?;
    rows.retain(|row| row.data["is_connected"] == true);
    Ok(rows)
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

/// A connected integration as it is stored.
fn connected_row(id: &str, family: &str, kind: &str, name: &str, config: &Value) -> Value {
    json!({
        "id": id,
        "family": family,
        "type": kind,
        "name": name,
        "status": "enabled",
        "is_connected": true,
        "config": config,
    })
}

/// Integrations belong to the workflow an agent runs, so it must have one.
fn agent_with_workflow(context: &RequestContext, db: &Db<'_>) -> Result<Row, ApiError> {
    let agent = context.agent(db)?;
    if agent.data["workflow_id"].is_null() {
        return Err(ApiError::new(
            400,
            "workflow_required",
            "The agent has no workflow. Set its workflow_id first.",
        ));
    }
    Ok(agent)
}

fn refuse_over_limit(context: &RequestContext, db: &Db<'_>, agent: &Row) -> Result<(), ApiError> {
    let limit = context.state.limits.integrations_per_agent;
    if db.children(Table::Integrations, &agent.id)?.len() < limit {
        return Ok(());
    }
    let text = format!("Integration limit reached: the plan allows {limit}.");
    Err(ApiError::new(409, "integration_limit_reached", text))
}

/// The integrations of one family, each as `view` shows it.
fn list_family(
    context: &RequestContext,
    db: &Db<'_>,
    family: &str,
    view: fn(&Row) -> Value,
) -> HandlerResult {
    let agent = agent_with_workflow(context, db)?;
    let rows = db.children(Table::Integrations, &agent.id)?;
    let entries: Vec<Value> = rows.iter().filter(|row| row.data["family"] == family).map(view).collect();
    Ok(ApiResponse::new("Integrations retrieved successfully", entries))
}

/// The integration named in the path, which must be of `family`.
fn integration(context: &RequestContext, db: &Db<'_>, family: &str) -> Result<Row, ApiError> {
    let agent = context.agent(db)?;
    let row = db.child(Table::Integrations, &agent.id, context.id("integration_id"))?;
    let row = row.ok_or_else(|| ApiError::not_found("Integration"))?;
    if row.data["family"] == family {
        return Ok(row);
    }
    Err(ApiError::bad_request("Integration type does not match this endpoint"))
}

fn disconnect(context: &RequestContext, db: &Db<'_>, family: &str) -> HandlerResult {
    let row = integration(context, db, family)?;
    db.delete(Table::Integrations, &row.id, &context.now())?;
    for tool in db.children(Table::Tools, &row.id)? {
        db.delete(Table::Tools, &tool.id, &context.now())?;
    }
    Ok(ApiResponse::new("Integration disconnected successfully", Value::Null))
}

/// What lists and `configure` show of a custom API or an MCP server.
fn id_and_config(row: &Row) -> Value {
    json!({ "id": row.data["id"], "config": row.data["config"] })
}
