//! The builder: starts the thread, the database and the server of a sandbox.

use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot, watch};

use super::{Error, Running, Sandbox};
use crate::clock::Clock;
use crate::journal::Journal;
use crate::model::seed::{self, SeedData};
use crate::rate_limit::RateLimiter;
use crate::state::{AppState, Limits};
use crate::store::Store;
use crate::{admin, http};

/// Time for open requests to complete when the sandbox stops.
const GRACE: Duration = Duration::from_millis(500);

/// The settings of a sandbox.
///
/// ```
/// use std::time::Duration;
/// use bimpe_sandbox::Sandbox;
///
/// # fn main() -> Result<(), bimpe_sandbox::Error> {
/// let sandbox = Sandbox::builder()
///     .max_agents(3)
///     .max_integrations(2)
///     .max_streams(1)
///     .heartbeat(Duration::from_secs(1))
///     .start_blocking()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `start`"]
pub struct Builder {
    port: u16,
    db: Option<PathBuf>,
    limits: Limits,
}

impl Builder {
    /// Sets the port on the loopback interface. Defaults to 0, which selects any free port.
    ///
    /// ```
    /// let sandbox = bimpe_sandbox::Sandbox::builder().port(0).start_blocking()?;
    /// assert!(!sandbox.url().ends_with(":0"));
    /// # Ok::<(), bimpe_sandbox::Error>(())
    /// ```
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Sets the file of the database, which keeps the state between runs. Defaults to a database in memory.
    ///
    /// The file holds keys and connector secrets in plain text.
    ///
    /// ```
    /// let path = std::env::temp_dir().join(format!("bimpe-example-{}.db", std::process::id()));
    /// let first = bimpe_sandbox::Sandbox::builder().db(&path).start_blocking()?;
    /// let key = first.api_key().to_owned();
    /// first.stop();
    /// let second = bimpe_sandbox::Sandbox::builder().db(&path).start_blocking()?;
    /// assert_eq!(second.api_key(), key);
    /// # second.stop();
    /// # let _ = std::fs::remove_file(path);
    /// # Ok::<(), bimpe_sandbox::Error>(())
    /// ```
    pub fn db(mut self, path: impl Into<PathBuf>) -> Self {
        self.db = Some(path.into());
        self
    }

    /// Sets the maximum number of integrations of an agent. Defaults to 50.
    pub fn max_integrations(mut self, limit: usize) -> Self {
        self.limits.integrations_per_agent = limit;
        self
    }

    /// Sets the maximum number of agents. Defaults to 10,000.
    pub fn max_agents(mut self, limit: usize) -> Self {
        self.limits.agents = limit;
        self
    }

    /// Sets the maximum number of open streams. Defaults to 20.
    pub fn max_streams(mut self, limit: usize) -> Self {
        self.limits.streams = limit;
        self
    }

    /// Sets the time between heartbeats of a stream without messages. Defaults to 20 seconds.
    pub fn heartbeat(mut self, period: Duration) -> Self {
        self.limits.heartbeat = period;
        self
    }

    /// Starts the sandbox, and returns when the sandbox accepts requests.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), bimpe_sandbox::Error> {
    /// let sandbox = bimpe_sandbox::Sandbox::builder().start().await?;
    /// println!("{}/api/v1/console", sandbox.url());
    /// sandbox.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn start(self) -> Result<Sandbox, Error> {
        let (ready, started) = oneshot::channel();
        let thread = self.spawn(|result| {
            // The receiver is gone if the caller dropped the future. Dropping `Running` then stops the sandbox.
            let _ = ready.send(result);
        })?;
        let result =
            started.await.unwrap_or_else(|_| Err(Error::Runtime(io::Error::other("the thread ended"))));
        result.map(|running| Sandbox::new(running, thread))
    }

    /// Starts the sandbox from code that is not async, and returns when the sandbox accepts requests.
    ///
    /// ```
    /// let sandbox = bimpe_sandbox::Sandbox::builder().start_blocking()?;
    /// println!("{}", sandbox.url());
    /// # Ok::<(), bimpe_sandbox::Error>(())
    /// ```
    pub fn start_blocking(self) -> Result<Sandbox, Error> {
        let (ready, started) = mpsc::channel();
        let thread = self.spawn(move |result| {
            let _ = ready.send(result);
        })?;
        let result =
            started.recv().unwrap_or_else(|_| Err(Error::Runtime(io::Error::other("the thread ended"))));
        result.map(|running| Sandbox::new(running, thread))
    }

    /// Starts the thread of the sandbox. One thread suffices, because the database runs one transaction at a time.
    fn spawn(
        self,
        ready: impl FnOnce(Result<Running, Error>) + Send + 'static,
    ) -> Result<thread::JoinHandle<()>, Error> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
        let work = move || {
            runtime.block_on(self.serve(ready));
            // Does not wait for a connection to a slow MCP server.
            runtime.shutdown_background();
        };
        thread::Builder::new().name("bimpe-sandbox".to_owned()).spawn(work).map_err(Error::Runtime)
    }

    async fn serve(self, ready: impl FnOnce(Result<Running, Error>)) {
        let (stop, stopping) = watch::channel(false);
        let (listener, state, seed_data) = match self.prepare(stopping.clone()).await {
            Ok(prepared) => prepared,
            Err(error) => return ready(Err(error)),
        };
        let url = state.url.clone();
        let router = http::router(state, admin::router());
        let stopped = |mut stopping: watch::Receiver<bool>| async move {
            // An error means that the `Sandbox` was dropped, which also stops the server.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        };
        ready(Ok(Running { url, seed_data, stop }));
        let server = axum::serve(listener, router).with_graceful_shutdown(stopped(stopping.clone()));
        tokio::select! {
            _ = server => {}
            () = async { stopped(stopping).await; tokio::time::sleep(GRACE).await } => {}
        }
    }

    async fn prepare(
        &self,
        stopping: watch::Receiver<bool>,
    ) -> Result<(TcpListener, Arc<AppState>, SeedData), Error> {
        let listen_error = |source| Error::Listen { port: self.port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let database_error =
            |source: rusqlite::Error| Error::Database { path: self.db.clone(), source: source.into() };
        let store = Store::open(self.db.as_deref()).map_err(database_error)?;
        let clock = Clock::default();
        let seed_data =
            store.transaction(|db| seed::ensure(db, &clock.timestamp())).map_err(database_error)?;
        let state = AppState {
            store,
            clock,
            rate_limiter: RateLimiter::default(),
            journal: Journal::default(),
            limits: self.limits,
            url: format!("http://{address}"),
            changes: watch::Sender::new(()),
            streams: Arc::new(Semaphore::new(self.limits.streams)),
            stopping,
        };
        Ok((listener, Arc::new(state), seed_data))
    }
}
