//! Knowledge bases of an agent.

use serde_json::Value;

use super::{Handler, HandlerResult, RequestContext};
use crate::model::knowledge_bases;
use crate::response::{ApiError, ApiResponse};
use crate::store::{Db, Row, Table, into_data};

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
    let bases = into_data(db.children(Table::KnowledgeBases, &agent.id)?);
    Ok(ApiResponse::new("Knowledge bases retrieved successfully", bases))
}

fn create(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    let base = knowledge_bases::create(db, &agent.id, &context.body)?;
    Ok(ApiResponse::new("Knowledge base created successfully", base))
}

fn update(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let mut base = base(context, db)?;
    knowledge_bases::update(db, &mut base, &context.body)?;
    Ok(ApiResponse::new("Knowledge base updated successfully", base.data))
}

fn delete(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let base = base(context, db)?;
    db.remove(Table::KnowledgeBases, &base.id)?;
    Ok(ApiResponse::new("Knowledge base deleted successfully", Value::Null))
}

/// Returns the knowledge base of the path.
fn base(context: &RequestContext, db: &Db<'_>) -> Result<Row, ApiError> {
    let agent = context.agent(db)?;
    Ok(knowledge_bases::find(db, &agent.id, context.id("kb_id"))?)
}
