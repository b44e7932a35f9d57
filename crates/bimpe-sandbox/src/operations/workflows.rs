//! Workflows of the team, and public ones.

use serde_json::Value;

use super::{Handler, HandlerResult, RequestContext};
use crate::model::workflows;
use crate::response::{ApiError, ApiResponse};
use crate::store::{Db, into_data};

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
    let owners = workflows::owners(context.query.get("scope").and_then(Value::as_str));
    let (rows, meta) = workflows::LISTING.page::<ApiError>(db, owners, &context.query, &[])?;
    Ok(ApiResponse::page("Workflows retrieved successfully", into_data(rows), meta))
}

fn create(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let workflow = workflows::create(db, &context.body, &context.now())?;
    Ok(ApiResponse::new("Workflow created successfully", workflow))
}

fn clone(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let source = workflows::find(db, context.text("source_workflow_id"))?;
    let workflow = workflows::copy(db, source, &context.now())?;
    Ok(ApiResponse::new("Workflow cloned successfully", workflow.data))
}

fn retrieve(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let workflow = workflows::find(db, context.id("workflow_id"))?;
    Ok(ApiResponse::new("Workflow retrieved successfully", workflow.data))
}

fn update(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let workflow = workflows::update(db, context.id("workflow_id"), &context.body, &context.now())?;
    Ok(ApiResponse::new("Workflow updated successfully", workflow.data))
}

fn delete(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    workflows::delete(db, context.id("workflow_id"))?;
    Ok(ApiResponse::new("Workflow deleted successfully", Value::Null))
}
