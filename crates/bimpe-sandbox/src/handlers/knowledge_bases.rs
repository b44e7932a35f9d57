//! Knowledge bases: texts and web pages of an agent.

use serde_json::{Value, json};

use super::{Answer, Call, Handler, data};
use crate::http::{Problem, Reply};
use crate::ids::new_id;
use crate::store::{Db, Row, Table};

pub(super) fn find(operation: &str) -> Option<Handler> {
    Some(Handler::Quick(match operation {
        "agents.knowledge_bases.list" => list,
        "agents.knowledge_bases.create" => create,
        "agents.knowledge_bases.update" => update,
        "agents.knowledge_bases.delete" => delete,
        _ => return None,
    }))
}

fn list(call: &Call, db: &Db<'_>) -> Answer {
    let agent = call.agent(db)?;
    Ok(Reply::new(
        "Knowledge bases retrieved successfully",
        data(db.children(Table::KnowledgeBases, &agent.id)?),
    ))
}

/// The text of a web page is not fetched here, and would not be shown either.
fn create(call: &Call, db: &Db<'_>) -> Answer {
    let agent = call.agent(db)?;
    let body = &call.body;
    let mut base = json!({
        "id": new_id(),
        "type": body["type"],
        "name": body["name"],
        "description": body["description"],
    });
    let source = source_field(&base);
    base[source] = body[source].clone();
    db.insert(Table::KnowledgeBases, &agent.id, &base)?;
    Ok(Reply::new("Knowledge base created successfully", base))
}

fn update(call: &Call, db: &Db<'_>) -> Answer {
    let mut base = base(call, db)?;
    let source = source_field(&base.data);
    for field in ["name", "description", source] {
        if let Some(value) = call.body.get(field) {
            base.data[field] = value.clone();
        }
    }
    db.save(Table::KnowledgeBases, &base)?;
    Ok(Reply::new("Knowledge base updated successfully", base.data))
}

fn delete(call: &Call, db: &Db<'_>) -> Answer {
    let base = base(call, db)?;
    db.delete(Table::KnowledgeBases, &base.id, &call.now())?;
    Ok(Reply::new("Knowledge base deleted successfully", Value::Null))
}

fn base(call: &Call, db: &Db<'_>) -> Result<Row, Problem> {
    let agent = call.agent(db)?;
    let base = db.child(Table::KnowledgeBases, &agent.id, call.id("kb_id"))?;
    base.ok_or_else(|| Problem::not_found("Knowledge base"))
}

fn source_field(base: &Value) -> &'static str {
    if base["type"] == "url" { "url" } else { "content" }
}
