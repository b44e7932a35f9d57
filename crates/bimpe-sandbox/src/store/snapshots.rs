//! Copies of all tables, within the same database: a snapshot survives whatever the database survives.

use rusqlite::params;

use super::{Db, Table};

const ROW: &str = "seq, id, parent, data, secret";

impl Db<'_> {
    /// Copies all rows except those of snapshots under a name. The copy replaces an earlier one.
    pub(crate) fn copy_rows(&self, snapshot: &str) -> rusqlite::Result<()> {
        self.remove_copy(snapshot)?;
        for table in tables() {
            let sql = format!("INSERT INTO snapshot_rows SELECT ?1, '{table}', {ROW} FROM {table}");
            self.0.execute(&sql, [snapshot])?;
        }
        Ok(())
    }

    /// Replaces all rows by the copies of a snapshot.
    pub(crate) fn restore_rows(&self, snapshot: &str) -> rusqlite::Result<()> {
        for table in tables() {
            self.0.execute(&format!("DELETE FROM {table}"), [])?;
            let from = "FROM snapshot_rows WHERE snapshot = ?1 AND kind = ?2";
            let sql = format!("INSERT INTO {table} ({ROW}) SELECT {ROW} {from}");
            self.0.execute(&sql, params![snapshot, table])?;
        }
        Ok(())
    }

    pub(crate) fn remove_copy(&self, snapshot: &str) -> rusqlite::Result<()> {
        self.0.execute("DELETE FROM snapshot_rows WHERE snapshot = ?1", [snapshot])?;
        Ok(())
    }
}

/// Returns the names of the tables that a snapshot holds.
fn tables() -> impl Iterator<Item = &'static str> {
    Table::ALL.into_iter().filter(|table| *table != Table::Snapshots).map(Table::name)
}
