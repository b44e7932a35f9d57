//! Pipedream apps.

use serde_json::{Value, json};

use super::family::{agent_with_workflow, disconnect, list, onboarding_response};
use crate::model::integrations::pipedream::FAMILY;
use crate::operations::{Handler, HandlerResult, RequestContext};
use crate::store::Db;

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(Handler::Sync(match operation {
        "agents.integrations.pipedream.list" => |context, db| list(context, db, FAMILY, view),
        "agents.integrations.pipedream.configure" => configure,
        "agents.integrations.pipedream.disconnect" => |context, db| disconnect(context, db, FAMILY),
        _ => return None,
    }))
}

fn view(integration: &Value) -> Value {
    json!({ "id": integration["id"], "channel_type": integration["type"], "config": integration["config"] })
}

fn configure(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = agent_with_workflow(context, db)?;
    let body = &context.body;
    let name = body["app_name"].as_str().or_else(|| body["app_slug"].as_str());
    let app = json!({
        "family": FAMILY,
        "type": body["app_slug"],
        "name": name,
        "app_icon": body["app_icon"],
    });
    onboarding_response(context, db, &agent.id, &app)
}
