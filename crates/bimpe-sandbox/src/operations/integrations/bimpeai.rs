//! First-party services: keys for some, a page to consent on for the Google ones.

use serde_json::{Value, json};

use super::services::{SERVICES, Service, service};
use super::{agent_with_workflow, connected_row, disconnect, refuse_over_limit, tools};
use crate::admin::onboarding;
use crate::http::{ApiError, ApiResponse};
use crate::ids::new_id;
use crate::operations::{Handler, HandlerResult, RequestContext};
use crate::store::{Db, Row, Table};

const FAMILY: &str = "bimpeai";

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(Handler::Sync(match operation {
        "agents.integrations.bimpeai.list" => list,
        "agents.integrations.bimpeai.configure" => configure,
        "agents.integrations.bimpeai.disconnect" => |context, db| disconnect(context, db, FAMILY),
        _ => return None,
    }))
}

/// Always one entry a service, connected or not.
fn list(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = agent_with_workflow(context, db)?;
    let rows = db.children(Table::Integrations, &agent.id)?;
    let entries: Vec<Value> =
        SERVICES.iter().map(|service| entry(service, rows.iter().find(|row| is(row, service)))).collect();
    Ok(ApiResponse::new("Integrations retrieved successfully", entries))
}

fn entry(service: &Service, row: Option<&Row>) -> Value {
    let field = |name: &str, absent: Value| row.map_or(absent, |row| row.data[name].clone());
    json!({
        "id": field("id", Value::Null),
        "type": service.kind,
        "name": service.name,
        "status": field("status", "disconnected".into()),
        "is_connected": field("is_connected", false.into()),
    })
}

fn is(row: &Row, service: &Service) -> bool {
    row.data["family"] == FAMILY && row.data["type"] == service.kind
}

fn configure(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = agent_with_workflow(context, db)?;
    let kind = context.body["type"].as_str().unwrap_or_default();
    let service = service(kind).ok_or_else(|| ApiError::field("type", "is not a first-party service"))?;
    let existing = db.children(Table::Integrations, &agent.id)?.into_iter().find(|row| is(row, service));
    if existing.is_none() {
        refuse_over_limit(context, db, &agent)?;
    }
    if kind.starts_with("google_") {
        let url = onboarding::begin(
            &context.state,
            db,
            &agent.id,
            &json!({ "family": FAMILY, "type": kind, "name": service.name }),
        )?;
        return Ok(ApiResponse::new("Onboarding URL created successfully", json!({ "onboarding_url": url }))
            .with_status(200));
    }
    refuse_bad_keys(service, &context.body)?;
    let id = connect(db, &agent.id, kind, &context.body)?;
    let message = format!("{} connected successfully", service.name);
    Ok(ApiResponse::new(message, json!({ "success": true, "channel_id": id })).with_status(201))
}

/// Connects a service, or gives a connected one new keys. Returns the id of the integration.
pub(crate) fn connect(db: &Db<'_>, agent: &str, kind: &str, keys: &Value) -> Result<String, ApiError> {
    let service = service(kind).ok_or_else(|| ApiError::not_found("Service"))?;
    if let Some(mut row) = db.children(Table::Integrations, agent)?.into_iter().find(|row| is(row, service)) {
        row.secret = keys.clone();
        db.save(Table::Integrations, &row)?;
        return Ok(row.id);
    }
    let id = new_id();
    let data = connected_row(&id, FAMILY, kind, service.name, &json!({}));
    db.insert_with_secret(Table::Integrations, agent, &data, keys)?;
    for (name, description) in service.actions {
        tools::insert(db, &id, &tools::new_tool(name, Some(description), "custom"))?;
    }
    Ok(id)
}

/// The services try the keys; here a key with `invalid` in it is one they would refuse.
fn refuse_bad_keys(service: &Service, body: &Value) -> Result<(), ApiError> {
    let keys = ["public_key", "secret_key", "token"].map(|name| body[name].as_str());
    match keys.into_iter().flatten().find(|key| key.trim().is_empty() || key.contains("invalid")) {
        Some(_) => {
            let text = format!("Could not connect to {}: the keys were not accepted.", service.name);
            Err(ApiError::new(400, "integration_connection_failed", text))
        }
        None => Ok(()),
    }
}
