//! Agents, their live status and their channels.

use serde_json::{Value, json};

use super::{Handler, HandlerResult, RequestContext, data, integrations, workflows};
use crate::http::{ApiError, ApiResponse};
use crate::ids::new_id;
use crate::store::{Db, Listing, Row, Table};

/// The one team of a sandbox.
pub(crate) const TEAM: &str = "team";

const LISTING: Listing = Listing {
    table: Table::Agents,
    search: &["name", "description", "business_name"],
    sort: &["created_at", "updated_at", "name", "status"],
};

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
    let (rows, meta) = LISTING.page::<ApiError>(db, &[TEAM], &context.query, &[])?;
    Ok(ApiResponse::page("Agents retrieved successfully", data(rows), meta))
}

fn create(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    if db.children(Table::Agents, TEAM)?.len() >= context.state.limits.agents {
        return Err(ApiError::new(400, "agent_limit_reached", "Agent limit reached for your plan"));
    }
    let workflow =
        workflows::copy_if_public(context, db, context.body["workflow_id"].as_str().unwrap_or_default())?;
    let mut agent = new_agent(&new_id(), &context.now());
    for (name, value) in context.body.as_object().into_iter().flatten() {
        agent[name] = value.clone();
    }
    agent["workflow_id"] = Value::from(workflow.id);
    db.insert(Table::Agents, TEAM, &agent)?;
    agent["workflow"] = workflow.data;
    Ok(ApiResponse::new("Agent created successfully", agent))
}

/// An agent with nothing set but what every agent has.
pub(crate) fn new_agent(id: &str, now: &str) -> Value {
    json!({
        "id": id,
        "name": "",
        "description": "",
        "workflow_id": null,
        "language": "en",
        "persona": "friendly",
        "timezone": "UTC",
        "logo": null,
        "business_name": null,
        "business_address": null,
        "business_email": null,
        "business_description": null,
        "test_channel_code": null,
        "status": "development",
        "status_reason": null,
        "escalation_email": null,
        "created_at": now,
        "updated_at": now,
    })
}

fn retrieve(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    let mut detail = agent.data.clone();
    let bases = db.children(Table::KnowledgeBases, &agent.id)?;
    let summary = |row: Row| json!({ "id": row.id, "type": row.data["type"], "name": row.data["name"], "description": row.data["description"] });
    detail["knowledge_bases"] = bases.into_iter().map(summary).collect();
    detail["integrations"] = integrations::summaries(db, &agent.id)?.into();
    detail["channels"] = channels(db, &agent.id)?.into();
    Ok(ApiResponse::new("Agent retrieved successfully", detail))
}

fn update(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let mut agent = context.agent(db)?;
    context.update(&mut agent, db, Table::Agents)?;
    if let Some(workflow) = context.body["workflow_id"].as_str() {
        agent.data["workflow_id"] = workflows::copy_if_public(context, db, workflow)?.id.into();
        db.save(Table::Agents, &agent)?;
    }
    Ok(ApiResponse::new("Agent updated successfully", agent.data))
}

fn delete(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    db.delete(Table::Agents, &agent.id, &context.now())?;
    Ok(ApiResponse::new("Agent deleted successfully", Value::Null))
}

fn update_live_status(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let mut agent = context.agent(db)?;
    agent.data["status_reason"] = Value::Null;
    context.update(&mut agent, db, Table::Agents)?;
    let status = json!({ "status": agent.data["status"], "status_reason": agent.data["status_reason"] });
    Ok(ApiResponse::new("Agent status updated successfully", status))
}

fn list_channels(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    Ok(ApiResponse::new("Channels retrieved successfully", channels(db, &agent.id)?))
}

/// Channels are connected in the dashboard; the one a sandbox can have is the telephone, by a linked number.
fn channels(db: &Db<'_>, agent: &str) -> Result<Vec<Value>, ApiError> {
    let numbers = db.children(Table::PhoneNumbers, TEAM)?;
    let linked = numbers.into_iter().filter(|number| number.data["agent_id"] == agent);
    let channel = |number: Row| json!({ "id": number.id, "type": "telephony", "name": "Telephony", "status": "enabled", "is_connected": true });
    Ok(linked.map(channel).collect())
}
