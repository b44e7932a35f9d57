//! First-party services.

use serde_json::{Value, json};

use super::family::{agent_with_workflow, disconnect, onboarding_response};
use crate::model::Error;
use crate::model::integrations::bimpeai::{self, FAMILY};
use crate::model::integrations::services::{SERVICES, Service, service};
use crate::model::integrations::{check_limit, of_family};
use crate::operations::{Handler, HandlerResult, RequestContext};
use crate::response::ApiResponse;
use crate::store::{Db, Row};

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(Handler::Sync(match operation {
        "agents.integrations.bimpeai.list" => list,
        "agents.integrations.bimpeai.configure" => configure,
        "agents.integrations.bimpeai.disconnect" => |context, db| disconnect(context, db, FAMILY),
        _ => return None,
    }))
}

/// Returns an entry for each service, connected or not.
fn list(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = agent_with_workflow(context, db)?;
    let rows = of_family(db, &agent.id, FAMILY)?;
    let row_of = |service| rows.iter().find(|row| bimpeai::is_service(row, service));
    let entries: Vec<Value> = SERVICES.iter().map(|service| entry(service, row_of(service))).collect();
    Ok(ApiResponse::new("Integrations retrieved successfully", entries))
}

fn entry(service: &Service, row: Option<&Row>) -> Value {
    let field = |name: &str, default: Value| row.map_or(default, |row| row.data[name].clone());
    json!({
        "id": field("id", Value::Null),
        "type": service.kind,
        "name": service.name,
        "status": field("status", "disconnected".into()),
        "is_connected": field("is_connected", false.into()),
    })
}

fn configure(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = agent_with_workflow(context, db)?;
    let kind = context.text("type");
    let service =
        service(kind).ok_or_else(|| Error::invalid_field("type", "is not a first-party service"))?;
    if bimpeai::find(db, &agent.id, service)?.is_none() {
        check_limit(db, &agent.id, context.state.limits.integrations_per_agent)?;
    }
    if kind.starts_with("google_") {
        let onboarding = json!({ "family": FAMILY, "type": kind, "name": service.name });
        return Ok(onboarding_response(context, db, &agent.id, &onboarding)?.with_status(200));
    }
    bimpeai::check_keys(service, &context.body)?;
    let id = bimpeai::connect(db, &agent.id, kind, &context.body)?;
    let message = format!("{} connected successfully", service.name);
    Ok(ApiResponse::new(message, json!({ "success": true, "channel_id": id })).with_status(201))
}
