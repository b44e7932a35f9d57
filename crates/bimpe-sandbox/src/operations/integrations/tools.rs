//! Tools: one table for those of every family.

use serde_json::{Value, json};

use crate::http::ApiError;
use crate::ids::{new_id, snake};
use crate::store::{Db, Row, Table};

/// A tool that is ready to be used.
pub(super) fn new_tool(name: &str, description: Option<&str>, category: &str) -> Value {
    json!({
        "id": new_id(),
        "action_name": snake(name),
        "name": name,
        "description": description,
        "category": category,
        "is_enabled": true,
        "require_human_approval": false,
    })
}

pub(super) fn insert(db: &Db<'_>, integration: &str, tool: &Value) -> Result<(), ApiError> {
    Ok(db.insert(Table::Tools, integration, tool)?)
}

/// A tool as the tool lists show it.
pub(super) fn as_tool(row: &Row) -> Value {
    pick(row, &["id", "action_name", "name", "description", "category", "is_enabled"])
}

/// A tool as the list of integrations shows it.
pub(super) fn as_action(row: &Row) -> Value {
    pick(row, &["action_name", "name", "description", "category", "is_enabled", "require_human_approval"])
}

fn pick(row: &Row, fields: &[&str]) -> Value {
    fields.iter().map(|field| ((*field).to_owned(), row.data[*field].clone())).collect()
}
