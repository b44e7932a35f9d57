//! MCP servers and the tools that discovery found.

use std::collections::HashSet;

use bimpe_mcp::Tool;
use serde_json::{Value, json};

use super::{new_integration, tools};
use crate::model::Error;
use crate::model::ids::{new_id, snake_case};
use crate::store::{Db, Row, Table};

pub(crate) const FAMILY: &str = "mcp_server";

/// Creates an integration on each request, and does not connect to the server.
pub(crate) fn create(db: &Db<'_>, agent: &str, fields: &Value) -> Result<Value, Error> {
    let config = json!({
        "name": fields["name"],
        "server_url": fields["server_url"],
        "transport": fields["transport"],
        "auth_type": fields["auth_type"],
    });
    let name = fields["name"].as_str().unwrap_or_default();
    let data = new_integration(&new_id(db)?, FAMILY, FAMILY, name, &config);
    db.insert_with_secret(Table::Integrations, agent, &data, &fields["auth_config"])?;
    Ok(data)
}

/// Numbers of tools that a discovery changed.
#[derive(Default)]
pub(crate) struct SyncCounts {
    pub created: usize,
    pub updated: usize,
    pub disabled: usize,
}

/// Updates the stored tools from the tools of the server. Disables, and does not delete, tools that are gone.
pub(crate) fn sync_tools(db: &Db<'_>, server: &Row, found: &[Tool]) -> Result<SyncCounts, Error> {
    let stored = db.children(Table::Tools, &server.id)?;
    let mut counts = SyncCounts::default();
    for tool in found {
        if let Some(row) = stored.iter().find(|row| row.secret["mcp_name"] == *tool.name) {
            let mut data = row.data.clone();
            data["name"] = title(tool).into();
            data["description"] = tool.description.as_deref().into();
            // An earlier discovery disabled the tool, because the server did not list it.
            if row.secret["gone"] == true {
                data["is_enabled"] = true.into();
            }
            save(db, row, data, &tool.name, false)?;
            counts.updated += 1;
        } else {
            let mut data = tools::new_tool(db, title(tool), tool.description.as_deref(), "custom")?;
            data["action_name"] = snake_case(&tool.name).into();
            db.insert_with_secret(Table::Tools, &server.id, &data, &secret(&tool.name, false))?;
            counts.created += 1;
        }
    }
    let names: HashSet<&str> = found.iter().map(|tool| &*tool.name).collect();
    for row in &stored {
        let name = row.secret["mcp_name"].as_str().unwrap_or_default();
        if !names.contains(name) && row.secret["gone"] != true {
            let mut data = row.data.clone();
            data["is_enabled"] = false.into();
            save(db, row, data, name, true)?;
            counts.disabled += 1;
        }
    }
    Ok(counts)
}

fn save(db: &Db<'_>, row: &Row, data: Value, name: &str, gone: bool) -> Result<(), Error> {
    let row = Row {
        seq: row.seq,
        id: row.id.clone(),
        parent: row.parent.clone(),
        data,
        secret: secret(name, gone),
    };
    Ok(db.save(Table::Tools, &row)?)
}

/// Returns the internal fields of a discovered tool: its name on the server, and whether it is gone.
fn secret(name: &str, gone: bool) -> Value {
    json!({ "mcp_name": name, "gone": gone })
}

fn title(tool: &Tool) -> &str {
    let annotated = tool.annotations.as_ref().and_then(|annotations| annotations.title.as_deref());
    tool.title.as_deref().or(annotated).unwrap_or(&tool.name)
}
