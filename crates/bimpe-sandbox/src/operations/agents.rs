//! Agents, their live status and their channels.

use serde_json::{Value, json};

use super::{Handler, HandlerResult, RequestContext, integrations};
use crate::model::{TEAM, agents, phone_numbers};
use crate::response::{ApiError, ApiResponse};
use crate::store::{Db, Row, Table, into_data};

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(Handler::Sync(match operation {
        "agents.list" => list,
        "agents.create" => create,
        "agents.retrieve" => retrieve,
        "agents.update" => update,
        "agents.delete" => delete,
        "agents.update_live_status" => update_live_status,
        "agents.channels.list" => list_channels,
        _ => return None,
    }))
}

fn list(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let (rows, meta) = agents::LISTING.page::<ApiError>(db, &[TEAM], &context.query, &[])?;
    Ok(ApiResponse::page("Agents retrieved successfully", into_data(rows), meta))
}

fn create(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let (mut agent, workflow) =
        agents::create(db, &context.body, context.state.limits.agents, &context.now())?;
    agent["workflow"] = workflow;
    Ok(ApiResponse::new("Agent created successfully", agent))
}

fn retrieve(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    let mut detail = agent.data.clone();
    let bases = db.children(Table::KnowledgeBases, &agent.id)?;
    let summary = |row: Row| {
        let base = row.data;
        json!({ "id": base["id"], "type": base["type"], "name": base["name"], "description": base["description"] })
    };
    detail["knowledge_bases"] = bases.into_iter().map(summary).collect();
    detail["integrations"] = integrations::summaries(db, &agent.id)?.into();
    detail["channels"] = channels(db, &agent.id)?.into();
    Ok(ApiResponse::new("Agent retrieved successfully", detail))
}

fn update(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let mut agent = context.agent(db)?;
    agents::update(db, &mut agent, &context.body, &context.now())?;
    Ok(ApiResponse::new("Agent updated successfully", agent.data))
}

fn delete(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    db.remove(Table::Agents, &agent.id)?;
    Ok(ApiResponse::new("Agent deleted successfully", Value::Null))
}

fn update_live_status(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let mut agent = context.agent(db)?;
    agents::update_live_status(db, &mut agent, &context.body, &context.now())?;
    let status = json!({ "status": agent.data["status"], "status_reason": agent.data["status_reason"] });
    Ok(ApiResponse::new("Agent status updated successfully", status))
}

fn list_channels(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    Ok(ApiResponse::new("Channels retrieved successfully", channels(db, &agent.id)?))
}

/// Returns a telephony channel for each linked number, because users connect other channels in the dashboard.
fn channels(db: &Db<'_>, agent: &str) -> Result<Vec<Value>, ApiError> {
    let view = |number: Row| {
        json!({
            "id": number.id,
            "type": "telephony",
            "name": "Telephony",
            "status": "enabled",
            "is_connected": true,
        })
    };
    Ok(phone_numbers::linked_to(db, agent)?.into_iter().map(view).collect())
}
