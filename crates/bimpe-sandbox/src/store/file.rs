//! The file of a database: who can read it, and who can use it.

use std::error::Error;
use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags};

type OpenError = Box<dyn Error + Send + Sync>;

/// Time for another process to end before the file counts as in use.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// Marks the databases of this program: `BIMP` in ASCII.
const APPLICATION_ID: i32 = 0x4249_4D50;

/// Opens the file, and keeps other processes out until the connection closes or the process ends.
pub(super) fn open(path: &Path) -> Result<Connection, OpenError> {
    restrict(path)?;
    // An absolute path, because SQLite gives `:memory:` another meaning. No URIs, because a path is a path.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(std::path::absolute(path)?, flags)?;
    connection.busy_timeout(LOCK_TIMEOUT)?;
    if connection.is_readonly(MAIN_DB)? {
        return Err("the file is read-only".into());
    }
    if configure(&connection).map_err(explain)? {
        Ok(connection)
    } else {
        Err("the file is a database of another program".into())
    }
}

/// Locks the file, and lets each commit wait until the disk has it. Returns false for a database of another program.
fn configure(connection: &Connection) -> rusqlite::Result<bool> {
    // Before the first access: the lock of the operating system then ends with the process.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    match connection.pragma_query_value(None, "application_id", |row| row.get(0))? {
        APPLICATION_ID => {}
        0 if is_empty(connection)? => connection.pragma_update(None, "application_id", APPLICATION_ID)?,
        _ => return Ok(false),
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch("BEGIN IMMEDIATE; COMMIT")?;
    Ok(true)
}

fn explain(error: rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process uses the file; stop it, or choose another file".into()
        }
        Some(ErrorCode::NotADatabase) => "the file is not a database".into(),
        _ => error.into(),
    }
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
}

/// Creates the file for its owner only, and refuses a file that others can read, because it holds keys and secrets.
fn restrict(path: &Path) -> Result<(), OpenError> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let metadata = options.open(path)?.metadata()?;
    if !metadata.is_file() {
        return Err("it is not a file".into());
    }
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            let path = path.display();
            let text = format!(
                "other users can use the file (mode {mode:o}), which holds keys; run: chmod 600 {path}"
            );
            return Err(text.into());
        }
    }
    Ok(())
}
