//! Starting and stopping: a sandbox lives on a thread of its own.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot, watch};

use crate::clock::Clock;
use crate::model::seed::{self, SeedData};
use crate::rate_limit::RateLimiter;
use crate::state::{AppState, Limits};
use crate::store::Store;
use crate::{admin, http};

/// How long requests that are under way get when the sandbox stops.
const GRACE: Duration = Duration::from_millis(500);

/// Why a sandbox could not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The port could not be listened on, most often because it is in use.
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// The database could not be opened.
    Database {
        /// The file, if there is one.
        path: Option<PathBuf>,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The system gave no thread or no event loop.
    Runtime(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { port, source } if source.kind() == io::ErrorKind::AddrInUse => {
                write!(formatter, "port {port} is in use; choose another one, or 0 for any that is free")
            }
            Self::Listen { port, source } => write!(formatter, "could not listen on port {port}: {source}"),
            Self::Database { path: Some(path), source } => {
                write!(formatter, "could not use {} as the database: {source}", path.display())
            }
            Self::Database { path: None, source } => {
                write!(formatter, "could not make the database: {source}")
            }
            Self::Runtime(source) => write!(formatter, "could not start: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } | Self::Runtime(source) => Some(source),
            Self::Database { source, .. } => Some(source.as_ref()),
        }
    }
}

/// Settings of a sandbox that is about to start.
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `start`"]
pub struct Builder {
    port: u16,
    db: Option<PathBuf>,
    limits: Limits,
}

impl Builder {
    /// The port on the loopback interface; 0, the default, takes any that is free.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Keeps the state in this file, so that it outlives the sandbox. Without it, the state is in memory.
    pub fn db(mut self, path: impl Into<PathBuf>) -> Self {
        self.db = Some(path.into());
        self
    }

    /// How many integrations the plan allows for each agent (50).
    pub fn max_integrations(mut self, limit: usize) -> Self {
        self.limits.integrations_per_agent = limit;
        self
    }

    /// How many agents the plan allows (10 000).
    pub fn max_agents(mut self, limit: usize) -> Self {
        self.limits.agents = limit;
        self
    }

    /// How many streams may be open at once (20).
    pub fn max_streams(mut self, limit: usize) -> Self {
        self.limits.streams = limit;
        self
    }

    /// How often a quiet stream sends a heartbeat (every 20 seconds).
    pub fn heartbeat(mut self, period: Duration) -> Self {
        self.limits.heartbeat = period;
        self
    }

    /// Starts the sandbox and returns when it takes requests.
    pub async fn start(self) -> Result<Sandbox, Error> {
        let (ready, started) = oneshot::channel();
        let thread = self.spawn(|outcome| {
            // Nobody is left to be told if the caller gave up.
            let _ = ready.send(outcome);
        })?;
        let outcome =
            started.await.unwrap_or_else(|_| Err(Error::Runtime(io::Error::other("the thread ended"))));
        outcome.map(|running| Sandbox::new(running, thread))
    }

    /// Starts the sandbox from code that is not async.
    pub fn start_blocking(self) -> Result<Sandbox, Error> {
        let (ready, started) = mpsc::channel();
        let thread = self.spawn(move |outcome| {
            let _ = ready.send(outcome);
        })?;
        let outcome =
            started.recv().unwrap_or_else(|_| Err(Error::Runtime(io::Error::other("the thread ended"))));
        outcome.map(|running| Sandbox::new(running, thread))
    }

    /// One thread is plenty: the requests take turns at the database anyway.
    fn spawn(
        self,
        ready: impl FnOnce(Result<Running, Error>) + Send + 'static,
    ) -> Result<thread::JoinHandle<()>, Error> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
        let work = move || {
            runtime.block_on(self.serve(ready));
            // Do not wait for a connection to a slow MCP server.
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
            // An error means that the `Sandbox` was dropped, which stops it too.
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
            limits: self.limits,
            url: format!("http://{address}"),
            changes: watch::Sender::new(()),
            streams: Arc::new(Semaphore::new(self.limits.streams)),
            stopping,
        };
        Ok((listener, Arc::new(state), seed_data))
    }
}

struct Running {
    url: String,
    seed_data: SeedData,
    stop: watch::Sender<bool>,
}

/// A running sandbox. It stops when it is dropped.
pub struct Sandbox {
    running: Running,
    thread: Option<thread::JoinHandle<()>>,
}

impl Sandbox {
    /// Settings for a sandbox.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Starts a sandbox with nothing set, on any free port, from code that is not async.
    pub fn start_blocking() -> Result<Self, Error> {
        Builder::default().start_blocking()
    }

    fn new(running: Running, thread: thread::JoinHandle<()>) -> Self {
        Self { running, thread: Some(thread) }
    }

    /// The address, such as `http://127.0.0.1:4010`. Clients append `/api/v1/console`.
    pub fn url(&self) -> &str {
        &self.running.url
    }

    /// A key that may do everything.
    pub fn api_key(&self) -> &str {
        &self.running.seed_data.key
    }

    /// The agent that is there from the start.
    pub fn agent_id(&self) -> &str {
        &self.running.seed_data.agent
    }

    /// The workflow of that agent, owned by the team.
    pub fn workflow_id(&self) -> &str {
        &self.running.seed_data.workflow
    }

    /// Stops the sandbox and returns when it is gone.
    pub async fn shutdown(mut self) {
        self.running.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic over there was printed there.
            let _ = tokio::task::spawn_blocking(|| thread.join()).await;
        }
    }

    /// Stops the sandbox from code that is not async, and returns when it is gone.
    pub fn stop(self) {}
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.running.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sandbox").field("url", &self.url()).finish_non_exhaustive()
    }
}
