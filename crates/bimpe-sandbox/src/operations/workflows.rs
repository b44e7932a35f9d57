//! Workflows: the team's own and the public ones.

use serde_json::{Value, json};

use super::agents::TEAM;
use super::{Handler, HandlerResult, RequestContext};
use crate::http::{ApiError, ApiResponse};
use crate::ids::new_id;
use crate::store::{Db, Listing, Row, Table};

/// The owner of the workflows that everybody may read and clone.
pub(crate) const PUBLIC: &str = "public";

const LISTING: Listing = Listing {
    table: Table::Workflows,
    search: &["name", "description", "category"],
    sort: &["created_at", "updated_at", "name", "category"],
};

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(Handler::Sync(match operation {
        "workflows.list" => list,
        "workflows.create" => create,
        "workflows.clone" => clone,
        "workflows.retrieve" => retrieve,
        "workflows.update" => update,
        "workflows.delete" => delete,
        _ => return None,
    }))
}

fn list(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let owners: &[&str] = match context.query.get("scope").and_then(Value::as_str) {
        Some("owned") => &[TEAM],
        Some("public") => &[PUBLIC],
        _ => &[TEAM, PUBLIC],
    };
    let (rows, meta) = LISTING.page::<ApiError>(db, owners, &context.query, &[])?;
    Ok(ApiResponse::page("Workflows retrieved successfully", super::data(rows), meta))
}

fn create(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    refuse_blank(context)?;
    let mut workflow = new_workflow(&new_id(), &context.now());
    for (name, value) in context.body.as_object().into_iter().flatten() {
        workflow[name] = value.clone();
    }
    complete_rules(&mut workflow);
    db.insert(Table::Workflows, TEAM, &workflow)?;
    Ok(ApiResponse::new("Workflow created successfully", workflow))
}

/// A private workflow of the team with nothing in it.
pub(crate) fn new_workflow(id: &str, now: &str) -> Value {
    json!({
        "id": id,
        "name": "",
        "description": null,
        "category": null,
        "visibility": "private",
        "is_owner": true,
        "system_prompt": null,
        "rules": [],
        "flows": [],
        "tags": null,
        "integrations": null,
        "channels": null,
        "actions": null,
        "guide": null,
        "faq": null,
        "setup_steps": [],
        "setup_time": null,
        "video_url": null,
        "created_at": now,
        "updated_at": now,
    })
}

/// Sets the optional fields of rules to null if omitted, because responses always hold them.
fn complete_rules(workflow: &mut Value) {
    for rule in workflow["rules"].as_array_mut().into_iter().flatten() {
        for field in ["condition", "action"] {
            if rule.get(field).is_none() {
                rule[field] = Value::Null;
            }
        }
    }
}

fn clone(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let source = readable(db, context.body["source_workflow_id"].as_str().unwrap_or_default())?;
    Ok(ApiResponse::new("Workflow cloned successfully", copy(context, db, source)?.data))
}

fn retrieve(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    Ok(ApiResponse::new("Workflow retrieved successfully", readable(db, context.id("workflow_id"))?.data))
}

fn update(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    refuse_blank(context)?;
    let mut workflow = owned(db, context.id("workflow_id"))?;
    context.update(&mut workflow, db, Table::Workflows)?;
    complete_rules(&mut workflow.data);
    db.save(Table::Workflows, &workflow)?;
    Ok(ApiResponse::new("Workflow updated successfully", workflow.data))
}

/// Agents that ran the workflow are left without one, which the integration endpoints then report.
fn delete(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let workflow = owned(db, context.id("workflow_id"))?;
    db.delete(Table::Workflows, &workflow.id, &context.now())?;
    for mut agent in db.children(Table::Agents, TEAM)? {
        if agent.data["workflow_id"] == workflow.id.as_str() {
            agent.data["workflow_id"] = Value::Null;
            db.save(Table::Agents, &agent)?;
        }
    }
    Ok(ApiResponse::new("Workflow deleted successfully", Value::Null))
}

/// The workflow an agent will run: the team's own, or the team's copy of a public one.
pub(super) fn copy_if_public(context: &RequestContext, db: &Db<'_>, id: &str) -> Result<Row, ApiError> {
    let workflow = readable(db, id)?;
    if workflow.parent == TEAM { Ok(workflow) } else { copy(context, db, workflow) }
}

fn copy(context: &RequestContext, db: &Db<'_>, source: Row) -> Result<Row, ApiError> {
    let mut workflow = source.data;
    let (id, now) = (new_id(), context.now());
    workflow["id"] = Value::from(id.as_str());
    workflow["visibility"] = Value::from("private");
    workflow["is_owner"] = Value::from(true);
    workflow["created_at"] = Value::from(now.as_str());
    workflow["updated_at"] = Value::from(now);
    db.insert(Table::Workflows, TEAM, &workflow)?;
    db.get(Table::Workflows, &id)?.ok_or_else(|| ApiError::not_found("Workflow"))
}

fn readable(db: &Db<'_>, id: &str) -> Result<Row, ApiError> {
    db.get(Table::Workflows, id)?.ok_or_else(|| ApiError::not_found("Workflow"))
}

fn owned(db: &Db<'_>, id: &str) -> Result<Row, ApiError> {
    db.child(Table::Workflows, TEAM, id)?.ok_or_else(|| ApiError::not_found("Workflow"))
}

fn refuse_blank(context: &RequestContext) -> Result<(), ApiError> {
    let blank = |field: &&str| context.body[*field].as_str().is_some_and(|text| text.trim().is_empty());
    let problems: Vec<String> = ["name", "system_prompt"]
        .iter()
        .filter(|field| blank(field))
        .map(|field| format!("{field}: must not be blank"))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(ApiError::from(problems)) }
}
