//! Handlers and views that several families use.

use serde_json::{Value, json};

use crate::model::integrations::{self, tools};
use crate::model::onboarding;
use crate::operations::{HandlerResult, RequestContext};
use crate::response::{ApiError, ApiResponse};
use crate::store::{Db, Row};

/// Returns the agent of the path, which must have a workflow.
pub(super) fn agent_with_workflow(context: &RequestContext, db: &Db<'_>) -> Result<Row, ApiError> {
    let agent = context.agent(db)?;
    integrations::check_workflow(&agent)?;
    Ok(agent)
}

/// Returns the agent of the path, which must have a workflow and fewer integrations than the limit.
pub(super) fn agent_below_limit(context: &RequestContext, db: &Db<'_>) -> Result<Row, ApiError> {
    let agent = agent_with_workflow(context, db)?;
    integrations::check_limit(db, &agent.id, context.state.limits.integrations_per_agent)?;
    Ok(agent)
}

/// Returns the integration of the path, which must be of `family`.
pub(super) fn integration(context: &RequestContext, db: &Db<'_>, family: &str) -> Result<Row, ApiError> {
    let agent = context.agent(db)?;
    Ok(integrations::find(db, &agent.id, context.id("integration_id"), family)?)
}

/// Lists the integrations of a family.
pub(super) fn list(
    context: &RequestContext,
    db: &Db<'_>,
    family: &str,
    view: fn(&Value) -> Value,
) -> HandlerResult {
    let agent = agent_with_workflow(context, db)?;
    let rows = integrations::of_family(db, &agent.id, family)?;
    let entries: Vec<Value> = rows.iter().map(|row| view(&row.data)).collect();
    Ok(ApiResponse::new("Integrations retrieved successfully", entries))
}

pub(super) fn list_tools(context: &RequestContext, db: &Db<'_>, family: &str) -> HandlerResult {
    let integration = integration(context, db, family)?;
    let rows = tools::of_integration(db, &integration.id)?;
    let entries: Vec<Value> = rows.iter().map(tool_view).collect();
    Ok(ApiResponse::new("Tools retrieved successfully", entries))
}

pub(super) fn disconnect(context: &RequestContext, db: &Db<'_>, family: &str) -> HandlerResult {
    let integration = integration(context, db, family)?;
    integrations::disconnect(db, &integration)?;
    Ok(ApiResponse::new("Integration disconnected successfully", Value::Null))
}

/// Creates an onboarding for a service, and returns the URL of its page.
pub(super) fn onboarding_response(
    context: &RequestContext,
    db: &Db<'_>,
    agent: &str,
    service: &Value,
) -> HandlerResult {
    let token = onboarding::create(db, agent, service)?;
    let url = onboarding::url(&context.state.url, &token);
    Ok(ApiResponse::new("Onboarding URL created successfully", json!({ "onboarding_url": url })))
}

/// Returns an integration in the form of custom APIs and MCP servers.
pub(super) fn id_and_config(integration: &Value) -> Value {
    json!({ "id": integration["id"], "config": integration["config"] })
}

/// Returns a tool in the form of tool lists.
pub(super) fn tool_view(row: &Row) -> Value {
    pick(row, &["id", "action_name", "name", "description", "category", "is_enabled"])
}

/// Returns a tool in the form of integration lists.
pub(super) fn action_view(row: &Row) -> Value {
    pick(row, &["action_name", "name", "description", "category", "is_enabled", "require_human_approval"])
}

fn pick(row: &Row, fields: &[&str]) -> Value {
    fields.iter().map(|field| ((*field).to_owned(), row.data[*field].clone())).collect()
}
