//! Knowledge bases: texts and web pages of an agent.

use serde_json::{Value, json};

use super::{Handler, HandlerResult, RequestContext, data};
use crate::http::{ApiError, ApiResponse};
use crate::ids::new_id;
use crate::store::{Db, Row, Table};

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(Handler::Sync(match operation {
        "agents.knowledge_bases.list" => list,
        "agents.knowledge_bases.create" => create,
        "agents.knowledge_bases.update" => update,
        "agents.knowledge_bases.delete" => delete,
        _ => return None,
    }))
}

fn list(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    Ok(ApiResponse::new(
        "Knowledge bases retrieved successfully",
        data(db.children(Table::KnowledgeBases, &agent.id)?),
    ))
}

/// The text of a web page is not fetched here, and would not be shown either.
fn create(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    let body = &context.body;
    let mut base = json!({
        "id": new_id(),
        "type": body["type"],
        "name": body["name"],
        "description": body["description"],
        "url": null,
        "content": null,
    });
    let source = source_field(&base);
    base[source] = body[source].clone();
    db.insert(Table::KnowledgeBases, &agent.id, &base)?;
    Ok(ApiResponse::new("Knowledge base created successfully", base))
}

fn update(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let mut base = base(context, db)?;
    let source = source_field(&base.data);
    for field in ["name", "description", source] {
        if let Some(value) = context.body.get(field) {
            base.data[field] = value.clone();
        }
    }
    db.save(Table::KnowledgeBases, &base)?;
    Ok(ApiResponse::new("Knowledge base updated successfully", base.data))
}

fn delete(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let base = base(context, db)?;
    db.delete(Table::KnowledgeBases, &base.id, &context.now())?;
    Ok(ApiResponse::new("Knowledge base deleted successfully", Value::Null))
}

fn base(context: &RequestContext, db: &Db<'_>) -> Result<Row, ApiError> {
    let agent = context.agent(db)?;
    let base = db.child(Table::KnowledgeBases, &agent.id, context.id("kb_id"))?;
    base.ok_or_else(|| ApiError::not_found("Knowledge base"))
}

fn source_field(base: &Value) -> &'static str {
    if base["type"] == "url" { "url" } else { "content" }
}
