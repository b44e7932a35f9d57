//! Custom HTTP APIs and their tools.

use serde_json::{Value, json};

use super::{
    agent_with_workflow, connected_row, disconnect, id_and_config, integration, list_family,
    refuse_over_limit, tools,
};
use crate::handlers::{Answer, Call, Handler};
use crate::http::{Problem, Reply};
use crate::ids::new_id;
use crate::store::{Db, Table};

const FAMILY: &str = "custom_api";

pub(super) fn find(operation: &str) -> Option<Handler> {
    Some(Handler::Quick(match operation {
        "agents.integrations.custom_api.list" => |call, db| list_family(call, db, FAMILY, id_and_config),
        "agents.integrations.custom_api.configure" => configure,
        "agents.integrations.custom_api.disconnect" => |call, db| disconnect(call, db, FAMILY),
        "agents.integrations.custom_api.tools.list" => list_tools,
        "agents.integrations.custom_api.tools.add" => add_tool,
        "agents.integrations.custom_api.tools.delete" => delete_tool,
        _ => return None,
    }))
}

/// Creates one each time: there is neither an update nor a unique name.
fn configure(call: &Call, db: &Db<'_>) -> Answer {
    let agent = agent_with_workflow(call, db)?;
    refuse_over_limit(call, db, &agent)?;
    let body = &call.body;
    let mut config = json!({ "name": body["name"], "auth_type": body["auth_type"] });
    if let Some(base_url) = body["base_url"].as_str() {
        config["base_url"] = base_url.into();
    }
    let id = new_id();
    let name = body["name"].as_str().unwrap_or_default();
    let data = connected_row(&id, FAMILY, FAMILY, name, &config);
    db.insert_with_secret(Table::Integrations, &agent.id, &data, body)?;
    Ok(Reply::new("Custom API configured successfully", json!({ "id": id, "config": config })))
}

fn list_tools(call: &Call, db: &Db<'_>) -> Answer {
    let api = integration(call, db, FAMILY)?;
    let entries: Vec<Value> = db.children(Table::Tools, &api.id)?.iter().map(tools::as_tool).collect();
    Ok(Reply::new("Tools retrieved successfully", entries))
}

fn add_tool(call: &Call, db: &Db<'_>) -> Answer {
    let api = integration(call, db, FAMILY)?;
    let body = &call.body;
    let name = body["name"].as_str().unwrap_or_default();
    let category = body["category"].as_str().unwrap_or("custom");
    let mut tool = tools::new_tool(name, body["description"].as_str(), category);
    tool["require_human_approval"] = Value::from(body["require_human_approval"] == true);
    // The rest of the definition cannot be read back, and may hold credentials.
    db.insert_with_secret(Table::Tools, &api.id, &tool, body)?;
    let row = db.child(Table::Tools, &api.id, tool["id"].as_str().unwrap_or_default())?;
    let row = row.ok_or_else(|| Problem::not_found("Tool"))?;
    Ok(Reply::new("Tool created successfully", tools::as_tool(&row)))
}

fn delete_tool(call: &Call, db: &Db<'_>) -> Answer {
    let api = integration(call, db, FAMILY)?;
    let tool =
        db.child(Table::Tools, &api.id, call.id("tool_id"))?.ok_or_else(|| Problem::not_found("Tool"))?;
    db.delete(Table::Tools, &tool.id, &call.now())?;
    Ok(Reply::new("Tool deleted successfully", Value::Null))
}
