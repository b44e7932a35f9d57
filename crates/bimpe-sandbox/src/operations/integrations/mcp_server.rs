//! MCP servers and their tools.

use bimpe_mcp::{InvalidTool, ToolList};
use serde_json::json;

use super::family::{agent_below_limit, disconnect, id_and_config, integration, list, list_tools};
use crate::model::integrations::mcp_server::{self, FAMILY};
use crate::model::{Error, mcp_client};
use crate::operations::{Apply, Handler, HandlerResult, RequestContext};
use crate::response::{ApiError, ApiResponse};
use crate::store::Db;

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(match operation {
        "agents.integrations.mcp_server.list" => {
            Handler::Sync(|context, db| list(context, db, FAMILY, id_and_config))
        }
        "agents.integrations.mcp_server.configure" => Handler::Sync(configure),
        "agents.integrations.mcp_server.disconnect" => {
            Handler::Sync(|context, db| disconnect(context, db, FAMILY))
        }
        "agents.integrations.mcp_server.tools.list" => {
            Handler::Sync(|context, db| list_tools(context, db, FAMILY))
        }
        "agents.integrations.mcp_server.discover" => Handler::Async(|context| Box::pin(discover(context))),
        "agents.integrations.mcp_server.test" => Handler::Async(|context| Box::pin(test(context))),
        _ => return None,
    })
}

fn configure(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = agent_below_limit(context, db)?;
    let server = mcp_server::create(db, &agent.id, &context.body)?;
    Ok(ApiResponse::new("MCP server configured successfully", id_and_config(&server)))
}

async fn test(context: RequestContext) -> Result<Apply, ApiError> {
    let list = connect_and_list_tools(&context).await?;
    let count = list.tools.len();
    let message = format!("Connected. The server offers {count} tools.");
    let mut result = json!({ "success": true, "message": message, "tools_count": count });
    if !list.invalid.is_empty() {
        result["error"] = invalid_tools(&list.invalid).into();
    }
    Ok(Box::new(|_| Ok(ApiResponse::new("MCP server tested successfully", result))))
}

async fn discover(context: RequestContext) -> Result<Apply, ApiError> {
    let list = connect_and_list_tools(&context).await?;
    Ok(Box::new(move |db| {
        // A concurrent request may have removed the integration.
        let server = integration(&context, db, FAMILY)?;
        let counts = mcp_server::sync_tools(db, &server, &list.tools)?;
        let result = json!({
            "discovered": list.tools.len(),
            "created": counts.created,
            "updated": counts.updated,
            "disabled": counts.disabled,
        });
        let mut message = "MCP tools discovered successfully".to_owned();
        if !list.invalid.is_empty() {
            // The result has no field for a text.
            message = format!("{message}. {}", invalid_tools(&list.invalid));
        }
        Ok(ApiResponse::new(message, result))
    }))
}

async fn connect_and_list_tools(context: &RequestContext) -> Result<ToolList, ApiError> {
    let server = context.state.store.transaction(|db| integration(context, db, FAMILY))?;
    let list = mcp_client::list_tools(&server.data["config"], &server.secret).await;
    list.map_err(|error| Error::new("integration_connection_failed", error.to_string()).into())
}

/// Names the tools that a list left out.
fn invalid_tools(tools: &[InvalidTool]) -> String {
    let names: Vec<String> = tools.iter().map(ToString::to_string).collect();
    format!("Skipped {} invalid tools: {}.", tools.len(), names.join("; "))
}
