//! The state that all requests share, and changes of all of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::clock::{self, Clock, ClockSetting};
use crate::faults::Faults;
use crate::journal::Journal;
use crate::key_locks::KeyLocks;
use crate::model::seed::{self, SeedData};
use crate::model::{Error, snapshots};
use crate::rate_limit::RateLimiter;
use crate::spec::SPEC;
use crate::store::{Db, Store, Table};

/// The setting that keeps the clock of a database file between runs.
const CLOCK: &str = "clock";

/// Maximum number of open streams of changes and of recorded requests, because each keeps a connection.
pub(crate) const MAX_WATCHERS: usize = 100;

/// Limits of the plan, and settings of streams and tools.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub integrations_per_agent: usize,
    pub agents: usize,
    pub streams: usize,
    pub heartbeat: Duration,
    /// Seconds of a window of the rate limit.
    pub rate_window: i64,
    /// Tools of custom APIs may contact other machines.
    pub allow_outbound: bool,
}

impl Default for Limits {
    fn default() -> Self {
        let heartbeat = Duration::from_secs(20);
        Self {
            integrations_per_agent: 50,
            agents: 10_000,
            streams: 20,
            heartbeat,
            rate_window: 60,
            allow_outbound: false,
        }
    }
}

pub(crate) struct AppState {
    pub store: Store,
    pub clock: Clock,
    pub rate_limiter: RateLimiter,
    pub journal: Journal,
    pub faults: Faults,
    /// Locks by idempotency key.
    pub key_locks: KeyLocks,
    pub limits: Limits,
    /// The base URL of the sandbox, without the path prefix of the API.
    pub url: String,
    pub seed_data: SeedData,
    /// Notifies open streams after each committed write.
    pub changes: watch::Sender<()>,
    /// One permit for each stream of the API that can be open.
    pub streams: Arc<Semaphore>,
    /// One permit for each stream of changes and of recorded requests that can be open.
    pub watchers: Arc<Semaphore>,
    /// Becomes true when the sandbox stops, so that open streams end.
    pub stopping: watch::Receiver<bool>,
    pub observer: Option<Observer>,
    /// Origins whose pages may use the API.
    pub origins: Vec<String>,
}

impl AppState {
    /// Deletes all objects, and seeds the database again. The first key and the seed ids stay the same.
    pub(crate) fn reset(&self) -> Result<(), Error> {
        let setting = ClockSetting::default();
        self.store.transaction(|db| {
            db.clear()?;
            save_clock(db, setting)?;
            seed::ensure(db, &clock::iso(setting.now()))
        })?;
        self.replaced(setting);
        self.journal.clear();
        self.faults.clear();
        Ok(())
    }

    /// Returns the recorded requests of an operation, or all, oldest first.
    pub(crate) fn requests(
        &self,
        operation: Option<&str>,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Value>, Error> {
        let known = operation.map(|id| SPEC.named_operation(id)).transpose();
        known.map_err(|error| Error::from(vec![error]))?;
        Ok(self.journal.list(operation, after, limit).iter().map(|entry| entry.data()).collect())
    }

    /// Returns the permit of a stream of changes or of recorded requests. The error is a text for a person.
    pub(crate) fn watch(&self) -> Result<OwnedSemaphorePermit, String> {
        Arc::clone(&self.watchers).try_acquire_owned().map_err(|_| {
            format!(
                "{MAX_WATCHERS} streams of changes and recorded requests are open. Close pages of the sandbox, then load this one again."
            )
        })
    }

    /// Runs a transaction that changes objects, and notifies open streams.
    pub(crate) fn change<T>(&self, work: impl FnOnce(&Db<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let result = self.store.transaction(work)?;
        self.changes.send_replace(());
        Ok(result)
    }

    pub(crate) fn take_snapshot(&self, name: &str) -> Result<Value, Error> {
        self.store.transaction(|db| snapshots::take(db, name, &self.clock.timestamp()))
    }

    /// Replaces all objects and the clock by those of a snapshot.
    pub(crate) fn restore_snapshot(&self, name: &str) -> Result<(), Error> {
        let setting = self.store.transaction(|db| {
            snapshots::restore(db, name)?;
            Ok::<_, Error>(saved_clock(db)?)
        })?;
        self.replaced(setting);
        Ok(())
    }

    /// Freezes the clock or lets it continue, and advances it.
    pub(crate) fn change_clock(&self, frozen: Option<bool>, advance: Duration) -> Result<(), Error> {
        let late = || Error::invalid_field("advance", "must not lead beyond the year 9000");
        let milliseconds = i64::try_from(advance.as_millis()).map_err(|_| late())?;
        // Within the transaction, because concurrent changes must follow each other.
        self.store.transaction(|db| {
            let setting = self.clock.setting();
            let setting = frozen.map_or(setting, |frozen| setting.with_frozen(frozen));
            let setting = setting.advanced(milliseconds).ok_or_else(late)?;
            save_clock(db, setting)?;
            self.clock.set(setting);
            Ok(())
        })
    }

    /// Follows a change of all objects and of the clock.
    fn replaced(&self, setting: ClockSetting) {
        self.clock.set(setting);
        self.rate_limiter.clear();
        self.changes.send_replace(());
    }
}

/// Returns the clock of an earlier run.
pub(crate) fn saved_clock(db: &Db<'_>) -> rusqlite::Result<ClockSetting> {
    let row = db.get(Table::Settings, CLOCK)?;
    Ok(row.and_then(|row| serde_json::from_value(row.data["setting"].clone()).ok()).unwrap_or_default())
}

fn save_clock(db: &Db<'_>, setting: ClockSetting) -> rusqlite::Result<()> {
    db.put(Table::Settings, "", &json!({ "id": CLOCK, "setting": setting }))
}

/// A request that the sandbox responded to.
///
/// ```
/// # fn main() -> Result<(), bimpe_sandbox::Error> {
/// let sandbox = bimpe_sandbox::Sandbox::builder()
///     .on_request(|request| println!("{} {} {}", request.method, request.path, request.status))
///     .start_blocking()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HandledRequest {
    /// The method, for example `GET`.
    pub method: String,
    /// The path without the query, because a query can hold a ticket.
    pub path: String,
    /// The status of the response.
    pub status: u16,
    /// The time until the response began.
    pub duration: Duration,
    /// The `X-Request-Id` of the response.
    pub request_id: String,
}

/// A callback for handled requests.
#[derive(Clone)]
pub(crate) struct Observer(pub Arc<dyn Fn(&HandledRequest) + Send + Sync>);

impl fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Observer")
    }
}
