//! The state of the sandbox: one SQLite database, in memory or in a file.

mod file;
mod page;
mod snapshots;
mod table;

use std::error::Error;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::Value;

pub(crate) use page::{Filter, Listing};
pub(crate) use table::Table;

/// A stored object.
#[derive(Clone)]
pub(crate) struct Row {
    pub seq: i64,
    pub id: String,
    pub parent: String,
    /// The object as the API returns it.
    pub data: Value,
    /// Values that the API never returns: credentials and internal fields of the sandbox.
    pub secret: Value,
}

impl Row {
    /// Replaces the given fields of `data`, and sets `updated_at`.
    pub(crate) fn update(&mut self, fields: &Value, now: &str) {
        set_fields(&mut self.data, fields);
        self.data["updated_at"] = now.into();
    }
}

/// Replaces the given fields of a JSON object.
pub(crate) fn set_fields(object: &mut Value, fields: &Value) {
    for (name, value) in fields.as_object().into_iter().flatten() {
        object[name] = value.clone();
    }
}

/// Returns the objects of rows as lists of the API hold them.
pub(crate) fn into_data(rows: Vec<Row>) -> Vec<Value> {
    rows.into_iter().map(|row| row.data).collect()
}

pub(crate) struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens a file, or a database in memory.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let mut connection = path.map_or_else(|| Ok(Connection::open_in_memory()?), file::open)?;
        let transaction = connection.transaction()?;
        for table in Table::ALL {
            transaction.execute_batch(&include_str!("schema.sql").replace("{table}", table.name()))?;
        }
        transaction.execute_batch(include_str!("snapshots.sql"))?;
        transaction.commit()?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// Runs `work` in a transaction, and rolls the transaction back if `work` fails.
    ///
    /// A lock runs one transaction at a time, so each request is atomic.
    pub(crate) fn transaction<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Db<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let db = Db(connection.transaction()?);
        let result = work(&db)?;
        db.0.commit()?;
        Ok(result)
    }
}

/// The store within a transaction.
pub(crate) struct Db<'a>(Transaction<'a>);

impl Db<'_> {
    /// Inserts a row. Its id is the `id` field of `data`.
    pub(crate) fn insert(&self, table: Table, parent: &str, data: &Value) -> rusqlite::Result<()> {
        self.insert_with_secret(table, parent, data, &Value::Null)
    }

    pub(crate) fn insert_with_secret(
        &self,
        table: Table,
        parent: &str,
        data: &Value,
        secret: &Value,
    ) -> rusqlite::Result<()> {
        let sql = format!("INSERT INTO {} (id, parent, data, secret) VALUES (?, ?, ?, ?)", table.name());
        let id = data["id"].as_str().unwrap_or_default();
        self.0.prepare_cached(&sql)?.execute(params![id, parent, data.to_string(), secret.to_string()])?;
        Ok(())
    }

    pub(crate) fn get(&self, table: Table, id: &str) -> rusqlite::Result<Option<Row>> {
        let sql = format!("SELECT {COLUMNS} FROM {} WHERE id = ?", table.name());
        self.0.prepare_cached(&sql)?.query_row([id], read_row).optional()
    }

    /// Returns the row with this id if it belongs to this parent.
    pub(crate) fn child(&self, table: Table, parent: &str, id: &str) -> rusqlite::Result<Option<Row>> {
        Ok(self.get(table, id)?.filter(|row| row.parent == parent))
    }

    /// Returns the rows of a parent, oldest first.
    pub(crate) fn children(&self, table: Table, parent: &str) -> rusqlite::Result<Vec<Row>> {
        self.children_after(table, parent, 0)
    }

    pub(crate) fn children_after(&self, table: Table, parent: &str, seq: i64) -> rusqlite::Result<Vec<Row>> {
        let sql = format!("SELECT {COLUMNS} FROM {} WHERE parent = ? AND seq > ? ORDER BY seq", table.name());
        self.0.prepare_cached(&sql)?.query_map(params![parent, seq], read_row)?.collect()
    }

    pub(crate) fn count(&self, table: Table, parent: &str) -> rusqlite::Result<usize> {
        let sql = format!("SELECT count(*) FROM {} WHERE parent = ?", table.name());
        self.0.prepare_cached(&sql)?.query_row([parent], |row| row.get(0)).map(isize::cast_unsigned)
    }

    /// Returns the number of rows of a table. Needs no time for each row, unlike [`Self::count`].
    pub(crate) fn count_all(&self, table: Table) -> rusqlite::Result<usize> {
        let sql = format!("SELECT count(*) FROM {}", table.name());
        self.0.prepare_cached(&sql)?.query_row([], |row| row.get(0)).map(isize::cast_unsigned)
    }

    /// Returns all rows of a table, oldest first.
    pub(crate) fn all(&self, table: Table) -> rusqlite::Result<Vec<Row>> {
        let sql = format!("SELECT {COLUMNS} FROM {} ORDER BY seq", table.name());
        self.0.prepare_cached(&sql)?.query_map([], read_row)?.collect()
    }

    /// Saves the changed `data` and `secret` of a row.
    pub(crate) fn save(&self, table: Table, row: &Row) -> rusqlite::Result<()> {
        let sql = format!("UPDATE {} SET data = ?, secret = ? WHERE seq = ?", table.name());
        let values = params![row.data.to_string(), row.secret.to_string(), row.seq];
        self.0.prepare_cached(&sql)?.execute(values)?;
        Ok(())
    }

    /// Inserts a row, or replaces the `data` of the row with its id.
    pub(crate) fn put(&self, table: Table, parent: &str, data: &Value) -> rusqlite::Result<()> {
        let sql = format!(
            "INSERT INTO {} (id, parent, data) VALUES (?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET data = excluded.data",
            table.name()
        );
        let id = data["id"].as_str().unwrap_or_default();
        self.0.prepare_cached(&sql)?.execute(params![id, parent, data.to_string()])?;
        Ok(())
    }

    /// Adds one to a number in the `data` of a row, and returns the text of the new `data` if the row exists.
    pub(crate) fn increment(&self, table: Table, id: &str, field: &str) -> rusqlite::Result<Option<String>> {
        let path = format!("$.{field}");
        let sql = format!(
            "UPDATE {} SET data = json_set(data, ?1, json_extract(data, ?1) + 1) WHERE id = ?2 RETURNING data",
            table.name()
        );
        self.0.prepare_cached(&sql)?.query_row([path.as_str(), id], |row| row.get(0)).optional()
    }

    /// Removes a row and all rows below it.
    pub(crate) fn remove(&self, table: Table, id: &str) -> rusqlite::Result<()> {
        for child in table.children() {
            let sql = format!("SELECT id FROM {} WHERE parent = ?", child.name());
            let ids: Vec<String> = {
                let mut statement = self.0.prepare_cached(&sql)?;
                statement.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?
            };
            ids.iter().try_for_each(|id| self.remove(*child, id))?;
        }
        let sql = format!("DELETE FROM {} WHERE id = ?", table.name());
        self.0.prepare_cached(&sql)?.execute([id])?;
        Ok(())
    }

    /// Removes all rows but the latest, so that a table without deletions does not grow for ever.
    pub(crate) fn keep_latest(&self, table: Table, count: i64) -> rusqlite::Result<()> {
        let name = table.name();
        let sql = format!("DELETE FROM {name} WHERE seq <= (SELECT max(seq) FROM {name}) - ?");
        self.0.prepare_cached(&sql)?.execute([count])?;
        Ok(())
    }

    /// Removes all rows except the settings and the snapshots.
    pub(crate) fn clear(&self) -> rusqlite::Result<()> {
        let kept = [Table::Settings, Table::Snapshots];
        for table in Table::ALL.into_iter().filter(|table| !kept.contains(table)) {
            self.0.execute_batch(&format!("DELETE FROM {}", table.name()))?;
        }
        Ok(())
    }
}

const COLUMNS: &str = "seq, id, parent, data, secret";

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        seq: row.get(0)?,
        id: row.get(1)?,
        parent: row.get(2)?,
        data: row.get::<_, Json>(3)?.0,
        secret: row.get::<_, Json>(4)?.0,
    })
}

/// A JSON value in a text column.
struct Json(Value);

impl rusqlite::types::FromSql for Json {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        let text = value.as_str()?;
        serde_json::from_str(text)
            .map(Self)
            .map_err(|error| rusqlite::types::FromSqlError::Other(Box::new(error)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Db, Store, Table};

    fn in_new_store(work: impl FnOnce(&Db<'_>) -> rusqlite::Result<()>) {
        Store::open(None).expect("a database in memory").transaction(work).expect("valid SQL");
    }

    #[test]
    fn remove_takes_the_rows_below() {
        in_new_store(|db| {
            for agent in ["a1", "a2"] {
                db.insert(Table::Agents, "", &json!({ "id": agent }))?;
                db.insert(Table::Conversations, agent, &json!({ "id": format!("{agent} c") }))?;
                db.insert(Table::Messages, &format!("{agent} c"), &json!({ "id": format!("{agent} m") }))?;
            }
            db.remove(Table::Agents, "a1")?;
            for table in [Table::Agents, Table::Conversations, Table::Messages] {
                let ids: Vec<String> = db.all(table)?.into_iter().map(|row| row.id).collect();
                assert!(matches!(&*ids, [id] if id.starts_with("a2")), "{}: {ids:?}", table.name());
            }
            Ok(())
        });
    }

    #[test]
    fn keep_latest_removes_the_oldest() {
        in_new_store(|db| {
            for number in 1..=5 {
                db.insert(Table::StoredResponses, "", &json!({ "id": number.to_string() }))?;
                db.keep_latest(Table::StoredResponses, 3)?;
            }
            let ids: Vec<String> = db.all(Table::StoredResponses)?.into_iter().map(|row| row.id).collect();
            assert_eq!(ids, ["3", "4", "5"]);
            Ok(())
        });
    }
}
