//! MCP servers: stored, really dialled, and their tools kept in step.

use std::collections::HashSet;

use rmcp::model::Tool;
use serde_json::{Value, json};

use super::{
    agent_with_workflow, connected_row, disconnect, id_and_config, integration, list_family,
    refuse_over_limit, tools,
};
use crate::http::{ApiError, ApiResponse};
use crate::ids::{new_id, snake};
use crate::mcp_client;
use crate::operations::{Handler, HandlerResult, RequestContext};
use crate::store::{Db, Row, Table};

const FAMILY: &str = "mcp_server";

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(match operation {
        "agents.integrations.mcp_server.list" => {
            Handler::Sync(|context, db| list_family(context, db, FAMILY, id_and_config))
        }
        "agents.integrations.mcp_server.configure" => Handler::Sync(configure),
        "agents.integrations.mcp_server.disconnect" => {
            Handler::Sync(|context, db| disconnect(context, db, FAMILY))
        }
        "agents.integrations.mcp_server.tools.list" => Handler::Sync(list_tools),
        "agents.integrations.mcp_server.discover" => Handler::Async(|context| Box::pin(discover(context))),
        "agents.integrations.mcp_server.test" => Handler::Async(|context| Box::pin(test(context))),
        _ => return None,
    })
}

/// Creates one each time, without dialling it.
fn configure(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = agent_with_workflow(context, db)?;
    refuse_over_limit(context, db, &agent)?;
    let body = &context.body;
    let config = json!({
        "name": body["name"],
        "server_url": body["server_url"],
        "transport": body["transport"],
        "auth_type": body["auth_type"],
    });
    let id = new_id();
    let name = body["name"].as_str().unwrap_or_default();
    let data = connected_row(&id, FAMILY, FAMILY, name, &config);
    db.insert_with_secret(Table::Integrations, &agent.id, &data, &body["auth_config"])?;
    Ok(ApiResponse::new("MCP server configured successfully", json!({ "id": id, "config": config })))
}

fn list_tools(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let server = integration(context, db, FAMILY)?;
    let entries: Vec<Value> = db.children(Table::Tools, &server.id)?.iter().map(tools::as_tool).collect();
    Ok(ApiResponse::new("Tools retrieved successfully", entries))
}

async fn test(context: RequestContext) -> HandlerResult {
    let (_, found) = connect_and_list_tools(&context).await?;
    let message = format!("Connected. The server offers {} tools.", found.len());
    let result = json!({ "success": true, "message": message, "tools_count": found.len() });
    Ok(ApiResponse::new("MCP server tested successfully", result))
}

async fn discover(context: RequestContext) -> HandlerResult {
    let (server, found) = connect_and_list_tools(&context).await?;
    let counts = context.state.store.transaction(|db| sync(db, &server, &found))?;
    Ok(ApiResponse::new("MCP tools discovered successfully", counts))
}

async fn connect_and_list_tools(context: &RequestContext) -> Result<(Row, Vec<Tool>), ApiError> {
    let server = context.state.store.transaction(|db| integration(context, db, FAMILY))?;
    match mcp_client::list_tools(&server.data["config"], &server.secret).await {
        Ok(tools) => Ok((server, tools)),
        Err(text) => Err(ApiError::new(400, "integration_connection_failed", text)),
    }
}

/// Brings the stored tools in step with those found. A tool that is gone is disabled, not deleted.
fn sync(db: &Db<'_>, server: &Row, found: &[Tool]) -> Result<Value, ApiError> {
    let stored = db.children(Table::Tools, &server.id)?;
    let (mut created, mut updated, mut disabled) = (0, 0, 0);
    for tool in found {
        if let Some(row) = stored.iter().find(|row| row.secret["mcp_name"] == *tool.name) {
            let mut data = row.data.clone();
            data["name"] = title(tool).into();
            data["description"] = tool.description.as_deref().into();
            // Back again after it was gone.
            if row.secret["gone"] == true {
                data["is_enabled"] = true.into();
            }
            save(db, row, data, &tool.name, false)?;
            updated += 1;
        } else {
            let mut data = tools::new_tool(title(tool), tool.description.as_deref(), "custom");
            data["action_name"] = snake(&tool.name).into();
            db.insert_with_secret(Table::Tools, &server.id, &data, &notes(&tool.name, false))?;
            created += 1;
        }
    }
    let names: HashSet<&str> = found.iter().map(|tool| &*tool.name).collect();
    for row in &stored {
        let name = row.secret["mcp_name"].as_str().unwrap_or_default();
        if !names.contains(name) && row.secret["gone"] != true {
            let mut data = row.data.clone();
            data["is_enabled"] = false.into();
            save(db, row, data, name, true)?;
            disabled += 1;
        }
    }
    Ok(json!({ "discovered": found.len(), "created": created, "updated": updated, "disabled": disabled }))
}

fn save(db: &Db<'_>, row: &Row, data: Value, name: &str, gone: bool) -> Result<(), ApiError> {
    let row =
        Row { seq: row.seq, id: row.id.clone(), parent: row.parent.clone(), data, secret: notes(name, gone) };
    Ok(db.save(Table::Tools, &row)?)
}

/// What the sandbox remembers of a discovered tool: its name on the server, and whether it is gone.
fn notes(name: &str, gone: bool) -> Value {
    json!({ "mcp_name": name, "gone": gone })
}

fn title(tool: &Tool) -> &str {
    let annotated = tool.annotations.as_ref().and_then(|annotations| annotations.title.as_deref());
    tool.title.as_deref().or(annotated).unwrap_or(&tool.name)
}
