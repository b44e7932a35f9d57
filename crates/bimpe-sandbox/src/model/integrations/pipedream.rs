//! Pipedream apps, connected by an onboarding.

use serde_json::{Value, json};

use super::new_integration;
use crate::model::Error;
use crate::model::ids::new_id;
use crate::store::{Db, Table};

pub(crate) const FAMILY: &str = "pipedream";
const SERVER_URL: &str = "https://remote.mcp.pipedream.net";

/// Connects an app that a person approved.
pub(crate) fn connect(db: &Db<'_>, agent: &str, app: &Value) -> Result<(), Error> {
    let name = app["name"].as_str().unwrap_or_default();
    let config = json!({
        "app_slug": app["type"],
        "app_name": name,
        "app_icon": app["app_icon"],
        "server_url": SERVER_URL,
    });
    let data = new_integration(&new_id(db)?, FAMILY, "mcp_server", name, &config);
    Ok(db.insert(Table::Integrations, agent, &data)?)
}
