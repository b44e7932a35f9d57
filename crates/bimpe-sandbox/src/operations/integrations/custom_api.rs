//! Custom HTTP APIs and their tools.

use serde_json::{Value, json};

use super::{
    agent_with_workflow, connected_row, disconnect, id_and_config, integration, list_family,
    refuse_over_limit, tools,
};
use crate::http::{ApiError, ApiResponse};
use crate::ids::new_id;
use crate::operations::{Handler, HandlerResult, RequestContext};
use crate::store::{Db, Table};

const FAMILY: &str = "custom_api";

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(Handler::Sync(match operation {
        "agents.integrations.custom_api.list" => {
            |context, db| list_family(context, db, FAMILY, id_and_config)
        }
        "agents.integrations.custom_api.configure" => configure,
        "agents.integrations.custom_api.disconnect" => |context, db| disconnect(context, db, FAMILY),
        "agents.integrations.custom_api.tools.list" => list_tools,
        "agents.integrations.custom_api.tools.add" => add_tool,
        "agents.integrations.custom_api.tools.delete" => delete_tool,
        _ => return None,
    }))
}

/// Creates one each time: there is neither an update nor a unique name.
fn configure(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = agent_with_workflow(context, db)?;
    refuse_over_limit(context, db, &agent)?;
    let body = &context.body;
    let mut config = json!({ "name": body["name"], "auth_type": body["auth_type"] });
    if let Some(base_url) = body["base_url"].as_str() {
        config["base_url"] = base_url.into();
    }
    let id = new_id();
    let name = body["name"].as_str().unwrap_or_default();
    let data = connected_row(&id, FAMILY, FAMILY, name, &config);
    db.insert_with_secret(Table::Integrations, &agent.id, &data, body)?;
    Ok(ApiResponse::new("Custom API configured successfully", json!({ "id": id, "config": config })))
}

fn list_tools(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let api = integration(context, db, FAMILY)?;
    let entries: Vec<Value> = db.children(Table::Tools, &api.id)?.iter().map(tools::as_tool).collect();
    Ok(ApiResponse::new("Tools retrieved successfully", entries))
}

fn add_tool(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let api = integration(context, db, FAMILY)?;
    let body = &context.body;
    let name = body["name"].as_str().unwrap_or_default();
    let category = body["category"].as_str().unwrap_or("custom");
    let mut tool = tools::new_tool(name, body["description"].as_str(), category);
    tool["require_human_approval"] = Value::from(body["require_human_approval"] == true);
    // The rest of the definition cannot be read back, and may hold credentials.
    db.insert_with_secret(Table::Tools, &api.id, &tool, body)?;
    let row = db.child(Table::Tools, &api.id, tool["id"].as_str().unwrap_or_default())?;
    let row = row.ok_or_else(|| ApiError::not_found("Tool"))?;
    Ok(ApiResponse::new("Tool created successfully", tools::as_tool(&row)))
}

fn delete_tool(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let api = integration(context, db, FAMILY)?;
    let tool =
        db.child(Table::Tools, &api.id, context.id("tool_id"))?.ok_or_else(|| ApiError::not_found("Tool"))?;
    db.delete(Table::Tools, &tool.id, &context.now())?;
    Ok(ApiResponse::new("Tool deleted successfully", Value::Null))
}
