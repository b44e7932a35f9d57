//! Integrations of four families. The `data` of a row holds the summary, the family and the configuration.

pub(crate) mod bimpeai;
pub(crate) mod custom_api;
pub(crate) mod mcp_server;
pub(crate) mod pipedream;
pub(crate) mod services;
pub(crate) mod tools;

use serde_json::{Value, json};

use super::Error;
use crate::store::{Db, Row, Table};

/// Refuses an agent without a workflow, because integrations belong to the workflow of an agent.
pub(crate) fn check_workflow(agent: &Row) -> Result<(), Error> {
    if agent.data["workflow_id"].is_null() {
        return Err(Error::new("workflow_required", "The agent has no workflow. Set its workflow_id first."));
    }
    Ok(())
}

/// Refuses another integration if the agent has `limit` integrations.
pub(crate) fn check_limit(db: &Db<'_>, agent: &str, limit: usize) -> Result<(), Error> {
    if db.count(Table::Integrations, agent)? < limit {
        return Ok(());
    }
    let text = format!("Integration limit reached: the plan allows {limit}.");
    Err(Error::new("integration_limit_reached", text))
}

/// Returns the connected integrations of an agent.
pub(crate) fn connected(db: &Db<'_>, agent: &str) -> Result<Vec<Row>, Error> {
    let mut rows = db.children(Table::Integrations, agent)?;
    rows.retain(|row| row.data["is_connected"] == true);
    Ok(rows)
}

/// Returns the integrations of a family.
pub(crate) fn of_family(db: &Db<'_>, agent: &str, family: &str) -> Result<Vec<Row>, Error> {
    let mut rows = db.children(Table::Integrations, agent)?;
    rows.retain(|row| row.data["family"] == family);
    Ok(rows)
}

/// Returns an integration, and refuses the id of another family.
pub(crate) fn find(db: &Db<'_>, agent: &str, id: &str, family: &str) -> Result<Row, Error> {
    let row = db.child(Table::Integrations, agent, id)?;
    let row = row.ok_or_else(|| Error::not_found("Integration"))?;
    if row.data["family"] == family {
        return Ok(row);
    }
    Err(Error::bad_request("Integration type does not match this endpoint"))
}

/// Deletes an integration and its tools.
pub(crate) fn disconnect(db: &Db<'_>, integration: &Row) -> Result<(), Error> {
    Ok(db.remove(Table::Integrations, &integration.id)?)
}

fn new_integration(id: &str, family: &str, kind: &str, name: &str, config: &Value) -> Value {
    json!({
        "id": id,
        "family": family,
        "type": kind,
        "name": name,
        "status": "enabled",
        "is_connected": true,
        "config": config,
    })
}
