//! Actions of an agent.

use serde_json::json;

use super::{Handler, HandlerResult, RequestContext};
use crate::model::actions;
use crate::response::ApiResponse;
use crate::store::{Db, Row};

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(Handler::Sync(match operation {
        "agents.actions.list" => list,
        "agents.actions.enable" => |context, db| set_enabled(context, db, true),
        "agents.actions.disable" => |context, db| set_enabled(context, db, false),
        _ => return None,
    }))
}

fn list(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    let actions = actions::with_integrations(db, &agent.id)?;
    let view = |(integration, tool): &(Row, Row)| {
        json!({
            "id": tool.id,
            "integration_id": integration.id,
            "integration_type": integration.data["type"],
            "integration_name": integration.data["name"],
            "name": tool.data["name"],
            "action_name": tool.data["action_name"],
            "description": tool.data["description"],
            "is_enabled": tool.data["is_enabled"],
        })
    };
    Ok(ApiResponse::new("Actions retrieved successfully", actions.iter().map(view).collect::<Vec<_>>()))
}

fn set_enabled(context: &RequestContext, db: &Db<'_>, enabled: bool) -> HandlerResult {
    let agent = context.agent(db)?;
    let updated = actions::set_enabled(db, &agent.id, &context.body["action_ids"], enabled)?;
    let message = if enabled { "Actions enabled successfully" } else { "Actions disabled successfully" };
    Ok(ApiResponse::new(message, json!({ "updated_count": updated })))
}
