//! Actions: the tools of all integrations of an agent, and whether it may use them.

use serde_json::{Value, json};

use super::{Handler, HandlerResult, RequestContext};
use crate::http::{ApiError, ApiResponse};
use crate::store::{Db, Row, Table};

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(Handler::Sync(match operation {
        "agents.actions.list" => list,
        "agents.actions.enable" => |context, db| switch(context, db, true),
        "agents.actions.disable" => |context, db| switch(context, db, false),
        _ => return None,
    }))
}

fn list(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    let actions = with_integrations(db, &agent.id)?;
    let show = |(integration, tool): &(Value, Row)| {
        json!({
            "id": tool.id,
            "integration_id": integration["id"],
            "integration_type": integration["type"],
            "integration_name": integration["name"],
            "name": tool.data["name"],
            "action_name": tool.data["action_name"],
            "description": tool.data["description"],
            "is_enabled": tool.data["is_enabled"],
        })
    };
    Ok(ApiResponse::new("Actions retrieved successfully", actions.iter().map(show).collect::<Vec<_>>()))
}

/// Ids of other agents, or of nothing, are passed over.
fn switch(context: &RequestContext, db: &Db<'_>, enabled: bool) -> HandlerResult {
    let agent = context.agent(db)?;
    let wanted = context.body["action_ids"].as_array().map_or(&[][..], Vec::as_slice);
    let mut updated = 0;
    for (_, mut tool) in with_integrations(db, &agent.id)? {
        if wanted.iter().any(|id| *id == tool.id.as_str()) {
            tool.data["is_enabled"] = enabled.into();
            db.save(Table::Tools, &tool)?;
            updated += 1;
        }
    }
    let message = if enabled { "Actions enabled successfully" } else { "Actions disabled successfully" };
    Ok(ApiResponse::new(message, json!({ "updated_count": updated })))
}

/// The names of what an agent may do.
pub(super) fn enabled_names(db: &Db<'_>, agent: &str) -> Result<Vec<String>, ApiError> {
    let mut tools = with_integrations(db, agent)?;
    tools.retain(|(_, tool)| tool.data["is_enabled"] == true);
    Ok(tools.iter().filter_map(|(_, tool)| tool.data["name"].as_str()).map(str::to_owned).collect())
}

fn with_integrations(db: &Db<'_>, agent: &str) -> Result<Vec<(Value, Row)>, ApiError> {
    let mut found = Vec::new();
    for integration in db.children(Table::Integrations, agent)? {
        let tools = db.children(Table::Tools, &integration.id)?;
        found.extend(tools.into_iter().map(|tool| (integration.data.clone(), tool)));
    }
    Ok(found)
}
