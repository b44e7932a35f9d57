//! Pipedream apps: connected on a page, and then an MCP server behind the scenes.

use serde_json::{Value, json};

use super::{agent_with_workflow, connected_row, disconnect, list_family};
use crate::admin::onboarding;
use crate::http::{ApiError, ApiResponse};
use crate::ids::new_id;
use crate::operations::{Handler, HandlerResult, RequestContext};
use crate::store::{Db, Row, Table};

const FAMILY: &str = "pipedream";
const SERVER_URL: &str = "https://remote.mcp.pipedream.net";

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(Handler::Sync(match operation {
        "agents.integrations.pipedream.list" => |context, db| list_family(context, db, FAMILY, view),
        "agents.integrations.pipedream.configure" => configure,
        "agents.integrations.pipedream.disconnect" => |context, db| disconnect(context, db, FAMILY),
        _ => return None,
    }))
}

fn view(row: &Row) -> Value {
    json!({ "id": row.data["id"], "channel_type": row.data["type"], "config": row.data["config"] })
}

fn configure(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = agent_with_workflow(context, db)?;
    let body = &context.body;
    let name = body["app_name"].as_str().or_else(|| body["app_slug"].as_str());
    let what = json!({
        "family": FAMILY,
        "type": body["app_slug"],
        "name": name,
        "app_name": body["app_name"],
        "app_icon": body["app_icon"],
    });
    let url = onboarding::begin(&context.state, db, &agent.id, &what)?;
    Ok(ApiResponse::new("Onboarding URL created successfully", json!({ "onboarding_url": url })))
}

/// The entry appears when somebody has approved it.
pub(crate) fn connect(db: &Db<'_>, agent: &str, what: &Value) -> Result<(), ApiError> {
    let config = json!({
        "app_slug": what["type"],
        "app_name": what["app_name"],
        "app_icon": what["app_icon"],
        "server_url": SERVER_URL,
    });
    let name = what["name"].as_str().unwrap_or_default();
    let data = connected_row(&new_id(), FAMILY, "mcp_server", name, &config);
    Ok(db.insert(Table::Integrations, agent, &data)?)
}
