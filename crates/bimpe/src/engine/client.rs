//! The client handle: settings and connections, shared by all clones.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{Either, FutureExt, select};
use http::HeaderMap;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::hooks::Hooks;
use super::key::ApiKey;
use super::key_provider::KeyProvider;
use super::operation_request::{OperationRequest, RequestOptions};
use super::pace::Pacers;
use super::request_id::RequestIds;
use super::retry::{self, Budget};
use super::server::Server;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
#[cfg(feature = "network")]
use crate::transport::{ConnectionConfig, Connections};
use crate::transport::{Network, Wrap};

/// The checked settings of the builder.
pub(crate) struct Settings {
    pub(crate) base: Url,
    pub(crate) server: Arc<Server>,
    /// Whether requests leave this machine.
    pub(crate) public: bool,
    /// Absent if each request has a key.
    pub(crate) key: Option<ApiKey>,
    /// The headers of every request, but for the key.
    pub(crate) headers: Arc<HeaderMap>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) max_retries: Option<u32>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) key_provider: Option<KeyProvider>,
    pub(crate) hooks: Hooks,
    /// Present if requests follow the rate limit.
    pub(crate) pacers: Option<Pacers>,
    /// The wrapper of the caller for every transport.
    pub(crate) wrap: Option<Wrap>,
    /// Whether the clock or the connections are those of tokio.
    #[cfg(feature = "network")]
    pub(crate) needs_tokio: bool,
    /// The config of connections; absent with a transport of the caller.
    #[cfg(feature = "network")]
    pub(crate) connection_config: Option<Arc<ConnectionConfig>>,
}

impl Settings {
    /// Says what is missing before tokio would panic.
    pub(crate) fn ensure_runtime(&self) -> Result<(), Error> {
        #[cfg(feature = "network")]
        if self.needs_tokio && tokio::runtime::Handle::try_current().is_err() {
            return Err(Error::user(
                "there is no tokio runtime here: await the call inside one, as in `#[tokio::main]`; in blocking code, \
                 build one with `tokio::runtime::Runtime::new()` and use its `block_on`",
            ));
        }
        Ok(())
    }
}

pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) budget: Budget,
    pub(crate) request_ids: RequestIds,
}

/// A client of the Console API. Clones share connections and settings, and are cheap.
///
/// ```no_run
/// # async fn example() -> Result<(), bimpe::Error> {
/// let client = bimpe::Client::from_env()?;
/// let agents = client.agents().list().await?;
/// println!("{}", agents.data.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    pub(crate) network: Network,
    pub(crate) defaults: Arc<RequestOptions>,
    closing: CancellationToken,
}

impl Client {
    pub(crate) fn new(settings: Settings, network: Network) -> Self {
        let network = network.wrapped(settings.wrap.as_ref());
        let shared = Shared { settings, budget: Budget::new(), request_ids: RequestIds::default() };
        Self {
            shared: Arc::new(shared),
            network,
            defaults: Arc::default(),
            closing: CancellationToken::new(),
        }
    }

    /// Returns a client with other defaults, over the same connections. Closing it ends only its requests and streams.
    /// Closing this client ends both.
    pub fn with_options(&self, options: &RequestOptions) -> Result<Self, Error> {
        retry::check_max_retries(options.max_retries)?;
        Ok(Self {
            defaults: Arc::new(options.over(&self.defaults)),
            closing: self.closing.child_token(),
            ..self.clone()
        })
    }

    /// The same client over other connections, such as those of another runtime.
    #[cfg(feature = "network")]
    #[must_use]
    pub fn over(&self, connections: &Connections) -> Self {
        match &self.shared.settings.connection_config {
            Some(config) => {
                let network = connections.network(config).wrapped(self.shared.settings.wrap.as_ref());
                Self { network, ..self.clone() }
            }
            None => self.clone(),
        }
    }

    /// The address of the API, with the prefix.
    pub fn base_url(&self) -> &str {
        self.shared.settings.base.as_str()
    }

    /// Whether the key is one of the local sandbox.
    pub fn is_sandbox(&self) -> bool {
        self.shared.settings.key.as_ref().is_some_and(ApiKey::is_sandbox)
    }

    /// Closes this client, its clones and all clients from [`Self::with_options`]. Their requests and streams fail from now
    /// on, those in flight at once.
    pub fn close(&self) {
        self.closing.cancel();
    }

    pub(crate) fn ensure_open(&self) -> Result<(), Error> {
        if self.closing.is_cancelled() { Err(closed()) } else { Ok(()) }
    }

    /// Returns the output of the future, or an error if the client is closed before.
    pub(crate) async fn unless_closed<F: Future + Unpin>(&self, mut future: F) -> Result<F::Output, Error> {
        let mut closing = pin!(None);
        poll_fn(|context| {
            if let Poll::Ready(output) = future.poll_unpin(context) {
                return Poll::Ready(Ok(output));
            }
            // Created only now, because the next event of a stream has often arrived already.
            if closing.is_none() {
                closing.set(Some(self.closing.cancelled()));
            }
            let closing = closing.as_mut().as_pin_mut();
            closing.map_or(Poll::Pending, |closing| closing.poll(context).map(|()| Err(closed())))
        })
        .await
    }
}

impl Client {
    /// Returns the key of the client's key provider; none without a provider.
    pub(super) async fn provided_key(&self) -> Result<Option<ApiKey>, Error> {
        let settings = &self.shared.settings;
        let Some(provider) = &settings.key_provider else { return Ok(None) };
        let limit = self.default_timeout();
        match self.unless_closed(select(provider.key(), settings.clock.sleep(limit))).await? {
            Either::Left((key, _)) => key.map(Some),
            Either::Right(_) => {
                let text = format!("the key provider returned no API key within {limit:?}");
                Err(Error::new(ErrorKind::Timeout, text))
            }
        }
    }

    /// Sets the key of a request from the key provider, unless the request or the client has one.
    pub(super) async fn provide_key(&self, call: &mut OperationRequest) -> Result<(), Error> {
        if call.options.api_key.is_none() && self.defaults.api_key.is_none() {
            call.options.api_key = self.provided_key().await?;
        }
        Ok(())
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::ClientClosed, "the client is closed")
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url())
            .field("sandbox", &self.is_sandbox())
            .finish_non_exhaustive()
    }
}
