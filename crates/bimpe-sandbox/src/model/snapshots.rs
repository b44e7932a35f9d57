//! Named snapshots of the whole state.

use serde_json::{Value, json};

use super::Error;
use crate::store::{Db, Table};

const MAX_SNAPSHOTS: usize = 100;
const MAX_NAME_LENGTH: usize = 64;

/// Copies the state under a name. Replaces an earlier snapshot of this name.
pub(crate) fn take(db: &Db<'_>, name: &str, now: &str) -> Result<Value, Error> {
    check_name(name)?;
    let known = db.get(Table::Snapshots, name)?.is_some();
    if !known && db.all(Table::Snapshots)?.len() >= MAX_SNAPSHOTS {
        let text = format!("The sandbox keeps {MAX_SNAPSHOTS} snapshots. Delete one of them first.");
        return Err(Error::new("conflict", text));
    }
    let snapshot = json!({ "id": name, "created_at": now });
    db.put(Table::Snapshots, "", &snapshot)?;
    db.copy_rows(name)?;
    Ok(view(&snapshot))
}

/// Replaces the state by a snapshot.
pub(crate) fn restore(db: &Db<'_>, name: &str) -> Result<(), Error> {
    find(db, name)?;
    Ok(db.restore_rows(name)?)
}

pub(crate) fn delete(db: &Db<'_>, name: &str) -> Result<(), Error> {
    find(db, name)?;
    db.remove_copy(name)?;
    Ok(db.remove(Table::Snapshots, name)?)
}

pub(crate) fn list(db: &Db<'_>) -> Result<Vec<Value>, Error> {
    Ok(db.all(Table::Snapshots)?.iter().map(|row| view(&row.data)).collect())
}

fn find(db: &Db<'_>, name: &str) -> Result<(), Error> {
    check_name(name)?;
    let found = db.get(Table::Snapshots, name)?;
    found.map(drop).ok_or_else(|| Error::not_found("Snapshot"))
}

fn check_name(name: &str) -> Result<(), Error> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if (1..=MAX_NAME_LENGTH).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(Error::invalid_field("name", "must be 1 to 64 letters, digits, underscores and hyphens of ASCII"))
}

fn view(snapshot: &Value) -> Value {
    json!({ "name": snapshot["id"], "created_at": snapshot["created_at"] })
}
