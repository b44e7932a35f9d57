//! Tools of all families.

use serde_json::{Value, json};

use crate::model::Error;
use crate::model::ids::{new_id, snake_case};
use crate::store::{Db, Row, Table};

/// Returns an enabled tool.
pub(super) fn new_tool(
    db: &Db<'_>,
    name: &str,
    description: Option<&str>,
    category: &str,
) -> Result<Value, Error> {
    Ok(json!({
        "id": new_id(db)?,
        "action_name": snake_case(name),
        "name": name,
        "description": description,
        "category": category,
        "is_enabled": true,
        "require_human_approval": false,
    }))
}

pub(crate) fn find(db: &Db<'_>, integration: &str, id: &str) -> Result<Row, Error> {
    db.child(Table::Tools, integration, id)?.ok_or_else(|| Error::not_found("Tool"))
}

/// Returns the tools of an integration, oldest first.
pub(crate) fn of_integration(db: &Db<'_>, integration: &str) -> Result<Vec<Row>, Error> {
    Ok(db.children(Table::Tools, integration)?)
}
