//! First-party services, connected with keys or by an onboarding.

use serde_json::{Value, json};

use super::services::{Service, service};
use super::{new_integration, tools};
use crate::model::Error;
use crate::model::ids::new_id;
use crate::store::{Db, Row, Table};

pub(crate) const FAMILY: &str = "bimpeai";

/// Returns whether a row is the integration of a service.
pub(crate) fn is_service(row: &Row, service: &Service) -> bool {
    row.data["family"] == FAMILY && row.data["type"] == service.kind
}

pub(crate) fn find(db: &Db<'_>, agent: &str, service: &Service) -> Result<Option<Row>, Error> {
    Ok(db.children(Table::Integrations, agent)?.into_iter().find(|row| is_service(row, service)))
}

/// Connects a service, or replaces the keys of a connected service. Returns the id of the integration.
pub(crate) fn connect(db: &Db<'_>, agent: &str, kind: &str, keys: &Value) -> Result<String, Error> {
    let service = service(kind).ok_or_else(|| Error::not_found("Service"))?;
    if let Some(mut row) = find(db, agent, service)? {
        row.secret = keys.clone();
        db.save(Table::Integrations, &row)?;
        return Ok(row.id);
    }
    let id = new_id(db)?;
    let data = new_integration(&id, FAMILY, kind, service.name, &json!({}));
    db.insert_with_secret(Table::Integrations, agent, &data, keys)?;
    for (name, description) in service.actions {
        db.insert(Table::Tools, &id, &tools::new_tool(db, name, Some(description), "custom")?)?;
    }
    Ok(id)
}

/// Refuses blank keys and keys that contain `invalid`, because the real API checks keys with the service.
pub(crate) fn check_keys(service: &Service, keys: &Value) -> Result<(), Error> {
    let keys = ["public_key", "secret_key", "token"].map(|name| keys[name].as_str());
    match keys.into_iter().flatten().find(|key| key.trim().is_empty() || key.contains("invalid")) {
        Some(_) => {
            let text = format!("Could not connect to {}: the keys were not accepted.", service.name);
            Err(Error::new("integration_connection_failed", text))
        }
        None => Ok(()),
    }
}
