//! All state of the sandbox: one SQLite database, in memory or in a file.

mod page;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::Value;

pub(crate) use page::{Filter, Listing};

/// A resource of the API, or a part of the sandbox itself, with its own table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Agents,
    Calls,
    Conversations,
    Integrations,
    Keys,
    KnowledgeBases,
    Messages,
    Onboarding,
    PhoneNumberRequests,
    PhoneNumbers,
    StoredResponses,
    Settings,
    Tickets,
    Tools,
    Workflows,
}

impl Table {
    const ALL: [Self; 15] = [
        Self::Agents,
        Self::Calls,
        Self::Conversations,
        Self::Integrations,
        Self::Keys,
        Self::KnowledgeBases,
        Self::Messages,
        Self::Onboarding,
        Self::PhoneNumberRequests,
        Self::PhoneNumbers,
        Self::StoredResponses,
        Self::Settings,
        Self::Tickets,
        Self::Tools,
        Self::Workflows,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Agents => "agents",
            Self::Calls => "calls",
            Self::Conversations => "conversations",
            Self::Integrations => "integrations",
            Self::Keys => "keys",
            Self::KnowledgeBases => "knowledge_bases",
            Self::Messages => "messages",
            Self::Onboarding => "onboarding",
            Self::PhoneNumberRequests => "phone_number_requests",
            Self::PhoneNumbers => "phone_numbers",
            Self::StoredResponses => "stored_responses",
            Self::Settings => "settings",
            Self::Tickets => "tickets",
            Self::Tools => "tools",
            Self::Workflows => "workflows",
        }
    }
}

/// One stored thing.
pub(crate) struct Row {
    pub seq: i64,
    pub id: String,
    pub parent: String,
    pub data: Value,
    /// What the API never shows: credentials and the sandbox's own notes.
    pub secret: Value,
}

pub(crate) struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    pub(crate) fn open(path: Option<&Path>) -> rusqlite::Result<Self> {
        let connection = match path {
            Some(path) => {
                restrict_file_permissions(path);
                Connection::open(path)?
            }
            None => Connection::open_in_memory()?,
        };
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        for table in Table::ALL {
            connection.execute_batch(&include_str!("schema.sql").replace("{table}", table.name()))?;
        }
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// Runs `work` in one transaction, which is undone if `work` fails.
    ///
    /// Everything waits for its turn here: that is what makes each request atomic.
    pub(crate) fn transaction<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Db<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let db = Db(connection.transaction()?);
        let answer = work(&db)?;
        db.0.commit()?;
        Ok(answer)
    }
}

/// The file will hold keys and credentials: only its owner may read it.
///
/// If the file cannot be made, opening it as a database says why.
fn restrict_file_permissions(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}

/// The store within one transaction.
pub(crate) struct Db<'a>(Transaction<'a>);

impl Db<'_> {
    /// Adds a row; its id is the `id` field of `data`.
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
        let sql = format!("SELECT {COLUMNS} FROM {} WHERE id = ? AND deleted_at IS NULL", table.name());
        self.0.prepare_cached(&sql)?.query_row([id], read_row).optional()
    }

    /// The row with this id, if it belongs to this parent.
    pub(crate) fn child(&self, table: Table, parent: &str, id: &str) -> rusqlite::Result<Option<Row>> {
        Ok(self.get(table, id)?.filter(|row| row.parent == parent))
    }

    /// The rows of a parent, oldest first.
    pub(crate) fn children(&self, table: Table, parent: &str) -> rusqlite::Result<Vec<Row>> {
        self.children_after(table, parent, 0)
    }

    pub(crate) fn children_after(&self, table: Table, parent: &str, seq: i64) -> rusqlite::Result<Vec<Row>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM {} WHERE parent = ? AND seq > ? AND deleted_at IS NULL ORDER BY seq",
            table.name()
        );
        self.0.prepare_cached(&sql)?.query_map(params![parent, seq], read_row)?.collect()
    }

    /// Stores the changed `data` and `secret` of a row.
    pub(crate) fn save(&self, table: Table, row: &Row) -> rusqlite::Result<()> {
        let sql = format!("UPDATE {} SET data = ?, secret = ? WHERE seq = ?", table.name());
        let values = params![row.data.to_string(), row.secret.to_string(), row.seq];
        self.0.prepare_cached(&sql)?.execute(values)?;
        Ok(())
    }

    /// Hides a row for good, as the API does: it stays in the database.
    pub(crate) fn delete(&self, table: Table, id: &str, now: &str) -> rusqlite::Result<()> {
        let sql = format!("UPDATE {} SET deleted_at = ? WHERE id = ?", table.name());
        self.0.prepare_cached(&sql)?.execute([now, id])?;
        Ok(())
    }

    /// Removes a row that nobody will ask for again.
    pub(crate) fn forget(&self, table: Table, id: &str) -> rusqlite::Result<()> {
        let sql = format!("DELETE FROM {} WHERE id = ?", table.name());
        self.0.prepare_cached(&sql)?.execute([id])?;
        Ok(())
    }

    /// Removes everything but the settings.
    pub(crate) fn clear(&self) -> rusqlite::Result<()> {
        for table in Table::ALL.into_iter().filter(|table| *table != Table::Settings) {
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
