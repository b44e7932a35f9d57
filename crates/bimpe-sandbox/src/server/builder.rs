//! The builder: starts the thread, the database and the server of a sandbox.

use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot, watch};

use super::{Error, Running, Sandbox, connections};
use crate::clock::Clock;
use crate::faults::Faults;
use crate::journal::Journal;
use crate::key_locks::KeyLocks;
use crate::model::{ids, seed};
use crate::rate_limit::RateLimiter;
use crate::state::{AppState, HandledRequest, Limits, MAX_WATCHERS, Observer, saved_clock};
use crate::store::{Db, Store};
use crate::{demo_mcp, http, page};

/// The longest time between heartbeats, and the longest window, in seconds.
const DAY: i64 = 24 * 3600;

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
    seed: Option<u64>,
    limits: Limits,
    observer: Option<Observer>,
    origins: Vec<String>,
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
    /// The file holds keys and connector secrets in plain text, so other users must not have access to it. One sandbox
    /// at a time uses a file. A write that got a response survives the end of the process at any moment.
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
        self.limits.streams = limit.min(Semaphore::MAX_PERMITS);
        self
    }

    /// Sets the time between heartbeats of a stream without messages. Defaults to 20 seconds.
    pub fn heartbeat(mut self, period: Duration) -> Self {
        self.limits.heartbeat =
            period.clamp(Duration::from_millis(1), Duration::from_secs(DAY.unsigned_abs()));
        self
    }

    /// Sets the window of the rate limit in whole seconds, at least 1. Defaults to 60 seconds.
    pub fn rate_window(mut self, window: Duration) -> Self {
        self.limits.rate_window = i64::try_from(window.as_secs()).unwrap_or(DAY).clamp(1, DAY);
        self
    }

    /// Lets the tools of custom APIs send requests to other machines. Defaults to `false`: only to this machine.
    ///
    /// ```
    /// let builder = bimpe_sandbox::Sandbox::builder().allow_outbound(true);
    /// # builder.start_blocking()?;
    /// # Ok::<(), bimpe_sandbox::Error>(())
    /// ```
    pub fn allow_outbound(mut self, allow: bool) -> Self {
        self.limits.allow_outbound = allow;
        self
    }

    /// Sets the seed of ids, keys and tokens: the same requests then create the same ones.
    ///
    /// ```
    /// let start = || bimpe_sandbox::Sandbox::builder().seed(7).start_blocking();
    /// assert_eq!(start()?.api_key(), start()?.api_key());
    /// # Ok::<(), bimpe_sandbox::Error>(())
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Lets the pages of an origin use the API. Defaults to the pages of the sandbox itself.
    ///
    /// ```
    /// let builder = bimpe_sandbox::Sandbox::builder().allow_origin("http://localhost:3000");
    /// # builder.start_blocking()?;
    /// # Ok::<(), bimpe_sandbox::Error>(())
    /// ```
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Sets a callback for handled requests. The thread of the sandbox runs it, so it must not block.
    pub fn on_request(mut self, observer: impl Fn(&HandledRequest) + Send + Sync + 'static) -> Self {
        self.observer = Some(Observer(Arc::new(observer)));
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
        let (listener, state) = match self.prepare(stopping.clone()).await {
            Ok(prepared) => prepared,
            Err(error) => return ready(Err(error)),
        };
        let router = http::router(Arc::clone(&state), page::router().merge(demo_mcp::router()));
        ready(Ok(Running { state, stop }));
        connections::serve(listener, router, stopping).await;
    }

    async fn prepare(&self, stopping: watch::Receiver<bool>) -> Result<(TcpListener, Arc<AppState>), Error> {
        if let Some(origin) = self.origins.iter().find(|origin| !is_origin(origin)) {
            return Err(Error::Origin(origin.clone()));
        }
        let listen_error = |source| Error::Listen { port: self.port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let database_error = |source| Error::Database { path: self.db.clone(), source };
        let store = Store::open(self.db.as_deref()).map_err(database_error)?;
        let clock = Clock::default();
        let prepare = |db: &Db<'_>| {
            clock.set(saved_clock(db)?);
            if let Some(seed) = self.seed {
                ids::set_seed(db, seed)?;
            }
            seed::ensure(db, &clock.timestamp())
        };
        let seed_data = store.transaction(prepare).map_err(|error| database_error(error.into()))?;
        let state = AppState {
            store,
            clock,
            rate_limiter: RateLimiter::default(),
            journal: Journal::default(),
            faults: Faults::default(),
            key_locks: KeyLocks::default(),
            limits: self.limits,
            url: format!("http://{address}"),
            seed_data,
            changes: watch::Sender::new(()),
            streams: Arc::new(Semaphore::new(self.limits.streams)),
            watchers: Arc::new(Semaphore::new(MAX_WATCHERS)),
            stopping,
            observer: self.observer.clone(),
            origins: self.origins.clone(),
        };
        Ok((listener, Arc::new(state)))
    }
}

/// Returns whether a browser sends this text as the origin of a page.
fn is_origin(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| url.has_host() && url.origin().ascii_serialization() == text)
}
