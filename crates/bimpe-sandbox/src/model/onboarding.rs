//! Onboardings: a person approves or denies the connection of a service.

use serde_json::{Value, json};

use super::Error;
use super::ids::new_token;
use super::integrations::{bimpeai, pipedream};
use crate::store::{Db, Row, Table};

/// Creates an open onboarding for a service, and returns its token.
pub(crate) fn create(db: &Db<'_>, agent: &str, service: &Value) -> Result<String, Error> {
    let token = new_token(db)?;
    let mut data = service.clone();
    data["id"] = token.as_str().into();
    data["state"] = "open".into();
    db.insert(Table::Onboarding, agent, &data)?;
    Ok(token)
}

/// Returns the URL of the page on which a person decides.
pub(crate) fn url(sandbox: &str, token: &str) -> String {
    format!("{sandbox}/_sandbox/onboarding/{token}")
}

pub(crate) fn find(db: &Db<'_>, token: &str) -> Result<Option<Row>, Error> {
    Ok(db.get(Table::Onboarding, token)?)
}

/// Approves an open onboarding, and connects its service.
pub(crate) fn approve(db: &Db<'_>, token: &str) -> Result<Option<Row>, Error> {
    decide(db, token, "approved", |row| {
        if row.data["family"] == pipedream::FAMILY {
            return pipedream::connect(db, &row.parent, &row.data);
        }
        let kind = row.data["type"].as_str().unwrap_or_default();
        bimpeai::connect(db, &row.parent, kind, &json!({})).map(drop)
    })
}

/// Returns the open onboardings, oldest first.
pub(crate) fn open(db: &Db<'_>) -> Result<Vec<Row>, Error> {
    let mut rows = db.all(Table::Onboarding)?;
    rows.retain(|row| row.data["state"] == "open");
    Ok(rows)
}

/// Approves all open onboardings, and returns their number.
pub(crate) fn approve_all(db: &Db<'_>) -> Result<usize, Error> {
    let open = open(db)?;
    open.iter().try_for_each(|row| approve(db, &row.id).map(drop))?;
    Ok(open.len())
}

/// Lets an open onboarding expire.
pub(crate) fn expire(db: &Db<'_>, token: &str) -> Result<Option<Row>, Error> {
    decide(db, token, "expired", |_| Ok(()))
}

/// Denies an open onboarding.
pub(crate) fn deny(db: &Db<'_>, token: &str) -> Result<Option<Row>, Error> {
    decide(db, token, "denied", |_| Ok(()))
}

/// Sets the state of an open onboarding. A decided onboarding keeps its state.
fn decide(
    db: &Db<'_>,
    token: &str,
    state: &str,
    connect: impl FnOnce(&Row) -> Result<(), Error>,
) -> Result<Option<Row>, Error> {
    let Some(mut row) = find(db, token)? else { return Ok(None) };
    if row.data["state"] == "open" {
        connect(&row)?;
        row.data["state"] = state.into();
        db.save(Table::Onboarding, &row)?;
    }
    Ok(Some(row))
}
