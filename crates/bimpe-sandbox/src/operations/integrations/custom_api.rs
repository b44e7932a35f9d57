//! Custom HTTP APIs and their tools.

use serde_json::Value;

use super::family::{agent_below_limit, disconnect, id_and_config, integration, list, list_tools, tool_view};
use crate::model::integrations::custom_api::{self, FAMILY};
use crate::model::integrations::tools;
use crate::operations::{Handler, HandlerResult, RequestContext};
use crate::response::ApiResponse;
use crate::store::{Db, Table};

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(Handler::Sync(match operation {
        "agents.integrations.custom_api.list" => |context, db| list(context, db, FAMILY, id_and_config),
        "agents.integrations.custom_api.configure" => configure,
        "agents.integrations.custom_api.disconnect" => |context, db| disconnect(context, db, FAMILY),
        "agents.integrations.custom_api.tools.list" => |context, db| list_tools(context, db, FAMILY),
        "agents.integrations.custom_api.tools.add" => add_tool,
        "agents.integrations.custom_api.tools.delete" => delete_tool,
        _ => return None,
    }))
}

fn configure(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = agent_below_limit(context, db)?;
    let api = custom_api::create(db, &agent.id, &context.body)?;
    Ok(ApiResponse::new("Custom API configured successfully", id_and_config(&api)))
}

fn add_tool(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let api = integration(context, db, FAMILY)?;
    let tool = custom_api::add_tool(db, &api.id, &context.body)?;
    Ok(ApiResponse::new("Tool created successfully", tool_view(&tool)))
}

fn delete_tool(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let api = integration(context, db, FAMILY)?;
    let tool = tools::find(db, &api.id, context.id("tool_id"))?;
    db.remove(Table::Tools, &tool.id)?;
    Ok(ApiResponse::new("Tool deleted successfully", Value::Null))
}
