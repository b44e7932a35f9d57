//! Knowledge bases: texts and web pages of an agent.

use serde_json::{Value, json};

use super::Error;
use super::ids::new_id;
use crate::store::{Db, Row, Table};

pub(crate) fn find(db: &Db<'_>, agent: &str, id: &str) -> Result<Row, Error> {
    db.child(Table::KnowledgeBases, agent, id)?.ok_or_else(|| Error::not_found("Knowledge base"))
}

/// Creates a knowledge base. The sandbox does not fetch the text of a web page.
pub(crate) fn create(db: &Db<'_>, agent: &str, fields: &Value) -> Result<Value, Error> {
    let mut base = json!({
        "id": new_id(db)?,
        "type": fields["type"],
        "name": fields["name"],
        "description": fields["description"],
        "url": null,
        "content": null,
    });
    let source = source_field(&base);
    base[source] = fields[source].clone();
    db.insert(Table::KnowledgeBases, agent, &base)?;
    Ok(base)
}

pub(crate) fn update(db: &Db<'_>, base: &mut Row, fields: &Value) -> Result<(), Error> {
    for field in ["name", "description", source_field(&base.data)] {
        if let Some(value) = fields.get(field) {
            base.data[field] = value.clone();
        }
    }
    Ok(db.save(Table::KnowledgeBases, base)?)
}

fn source_field(base: &Value) -> &'static str {
    if base["type"] == "url" { "url" } else { "content" }
}
