//! Custom HTTP APIs and their tools.

use serde_json::{Value, json};

use super::{new_integration, tools};
use crate::model::Error;
use crate::model::ids::new_id;
use crate::store::{Db, Row, Table};

pub(crate) const FAMILY: &str = "custom_api";

/// Creates an integration on each request, because the API has no update and no unique names.
pub(crate) fn create(db: &Db<'_>, agent: &str, fields: &Value) -> Result<Value, Error> {
    let mut config = json!({ "name": fields["name"], "auth_type": fields["auth_type"] });
    if let Some(base_url) = fields["base_url"].as_str() {
        config["base_url"] = base_url.into();
    }
    let name = fields["name"].as_str().unwrap_or_default();
    let data = new_integration(&new_id(db)?, FAMILY, FAMILY, name, &config);
    db.insert_with_secret(Table::Integrations, agent, &data, fields)?;
    Ok(data)
}

/// Returns a tool of any custom API, with its integration.
pub(crate) fn find_tool(db: &Db<'_>, tool: &str) -> Result<(Row, Row), Error> {
    let tool = db.get(Table::Tools, tool)?.ok_or_else(|| Error::not_found("Tool"))?;
    let integration = db.get(Table::Integrations, &tool.parent)?.ok_or_else(|| Error::not_found("Tool"))?;
    if integration.data["family"] == FAMILY {
        return Ok((integration, tool));
    }
    Err(Error::bad_request(
        "The tool belongs to no custom API, so the sandbox has no template of its request",
    ))
}

/// Adds a tool. Stores the full definition as secret, because the definition can hold credentials.
pub(crate) fn add_tool(db: &Db<'_>, integration: &str, fields: &Value) -> Result<Row, Error> {
    let name = fields["name"].as_str().unwrap_or_default();
    let category = fields["category"].as_str().unwrap_or("custom");
    let mut tool = tools::new_tool(db, name, fields["description"].as_str(), category)?;
    tool["require_human_approval"] = Value::from(fields["require_human_approval"] == true);
    db.insert_with_secret(Table::Tools, integration, &tool, fields)?;
    tools::find(db, integration, tool["id"].as_str().unwrap_or_default())
}
