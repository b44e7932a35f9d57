//! Actions: the tools of all integrations of an agent.

use serde_json::Value;

use super::Error;
use crate::store::{Db, Row, Table};

/// Returns each tool of an agent with the integration that it belongs to.
pub(crate) fn with_integrations(db: &Db<'_>, agent: &str) -> Result<Vec<(Row, Row)>, Error> {
    let mut found = Vec::new();
    for integration in db.children(Table::Integrations, agent)? {
        let tools = db.children(Table::Tools, &integration.id)?;
        found.extend(tools.into_iter().map(|tool| (integration.clone(), tool)));
    }
    Ok(found)
}

/// Enables or disables actions, and returns the number of updated actions. Ignores ids that the agent does not have.
pub(crate) fn set_enabled(db: &Db<'_>, agent: &str, ids: &Value, enabled: bool) -> Result<u64, Error> {
    let ids = ids.as_array().map_or(&[][..], Vec::as_slice);
    let mut updated = 0;
    for (_, mut tool) in with_integrations(db, agent)? {
        if ids.iter().any(|id| *id == tool.id.as_str()) {
            tool.data["is_enabled"] = enabled.into();
            db.save(Table::Tools, &tool)?;
            updated += 1;
        }
    }
    Ok(updated)
}

/// Returns the names of the enabled actions of an agent.
pub(crate) fn enabled_names(db: &Db<'_>, agent: &str) -> Result<Vec<String>, Error> {
    let mut tools = with_integrations(db, agent)?;
    tools.retain(|(_, tool)| tool.data["is_enabled"] == true);
    Ok(tools.iter().filter_map(|(_, tool)| tool.data["name"].as_str()).map(str::to_owned).collect())
}
