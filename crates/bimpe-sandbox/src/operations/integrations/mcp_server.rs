//! MCP servers and their tools.

use rmcp::model::Tool;
use serde_json::json;

use super::family::{agent_below_limit, disconnect, id_and_config, integration, list, list_tools};
use crate::model::integrations::mcp_server::{self, FAMILY};
use crate::model::{Error, mcp_client};
use crate::operations::{Apply, Handler, HandlerResult, RequestContext};
use crate::response::{ApiError, ApiResponse};
use crate::store::{Db, Row};

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
    let (_, tools) = connect_and_list_tools(&context).await?;
    let count = tools.len();
    let message = format!("Connected. The server offers {count} tools.");
    let result = json!({ "success": true, "message": message, "tools_count": count });
    Ok(Box::new(|_| Ok(ApiResponse::new("MCP server tested successfully", result))))
}

async fn discover(context: RequestContext) -> Result<Apply, ApiError> {
    let (server, tools) = connect_and_list_tools(&context).await?;
    Ok(Box::new(move |db| {
        let counts = mcp_server::sync_tools(db, &server, &tools)?;
        let result = json!({
            "discovered": tools.len(),
            "created": counts.created,
            "updated": counts.updated,
            "disabled": counts.disabled,
        });
        Ok(ApiResponse::new("MCP tools discovered successfully", result))
    }))
}

async fn connect_and_list_tools(context: &RequestContext) -> Result<(Row, Vec<Tool>), ApiError> {
    let server = context.state.store.transaction(|db| integration(context, db, FAMILY))?;
    match mcp_client::list_tools(&server.data["config"], &server.secret).await {
        Ok(tools) => Ok((server, tools)),
        Err(text) => Err(Error::new("integration_connection_failed", text).into()),
    }
}
