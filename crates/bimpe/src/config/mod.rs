//! The client builder. Checks every setting before any request.

mod base_url;
mod functions;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
#[cfg(feature = "network")]
use url::Url;

use self::base_url::{DEFAULT_BASE_URL, base_url, is_loopback};
use crate::clock::Clock;
use crate::engine::{
    ApiKey, Client, Hooks, KeyProvider, Pace, Pacers, Server, Settings, header, positive, retry,
};
use crate::error::Error;
use crate::setters::setters;
#[cfg(feature = "network")]
use crate::transport::{ConnectionConfig, ConnectionOptions, ExtraRoots, Proxy, SystemRoots};
use crate::transport::{Network, Transport, Wrap};

const KEY_VARIABLE: &str = "BIMPEAI_API_KEY";
const URL_VARIABLE: &str = "BIMPEAI_BASE_URL";
const USER_AGENT: &str = concat!("bimpe-rust/", env!("CARGO_PKG_VERSION"));
#[cfg(feature = "network")]
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The environment variables that a client reads when it is built.
///
/// ```
/// assert!(bimpe::ENVIRONMENT.contains(&"BIMPEAI_API_KEY"));
/// ```
pub const ENVIRONMENT: [&str; 10] = [
    KEY_VARIABLE,
    URL_VARIABLE,
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

type Lookup = Box<dyn Fn(&str) -> Option<String>>;

/// Settings of a [`Client`]. Omitted ones come from the environment or have defaults.
///
/// ```
/// # fn main() -> Result<(), bimpe::Error> {
/// use std::time::Duration;
///
/// let builder = bimpe::Client::builder().api_key("sk_live").timeout(Duration::from_secs(20));
/// let client = builder.max_retries(4).build()?;
/// assert_eq!(client.base_url(), "https://api.bimpe.ai/api/v1/console");
/// # Ok(())
/// # }
/// ```
#[must_use]
#[derive(Default)]
pub struct ClientBuilder {
    api_key: Option<String>,
    api_key_source: Option<&'static str>,
    api_key_per_call: bool,
    base_url: Option<String>,
    timeout: Option<Duration>,
    attempt_timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
    max_retries: Option<u32>,
    default_headers: Vec<(String, String)>,
    user_agent: Option<String>,
    proxy: Option<String>,
    ca_file: Option<std::path::PathBuf>,
    ca_variable: Option<&'static str>,
    #[cfg(feature = "network")]
    connections: Option<crate::transport::Connections>,
    allow_insecure_http: bool,
    env: Option<Lookup>,
    transport: Option<Arc<dyn Transport>>,
    wrap: Option<Wrap>,
    clock: Option<Arc<dyn Clock>>,
    key_provider: Option<KeyProvider>,
    hooks: Hooks,
    pace: Option<Pace>,
}

impl Client {
    /// Returns a builder with default settings.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Creates a client with the key and the address of `BIMPEAI_API_KEY` and `BIMPEAI_BASE_URL`.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().build()
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").finish_non_exhaustive()
    }
}

impl ClientBuilder {
    setters! {
        /// Sets the API key. Defaults to the variable `BIMPEAI_API_KEY`.
        api_key(key: impl Into<String>) => api_key = Some(key.into());

        /// Sets the address of the API, with or without `/api/v1/console`. Defaults to the variable `BIMPEAI_BASE_URL`, and
        /// without it to the public address.
        base_url(url: impl Into<String>) => base_url = Some(url.into());

        /// Limits the time of a request: all attempts, the waits between them and the body. Defaults to 60 seconds.
        timeout(timeout: Duration) => timeout = Some(timeout);

        /// Limits the time of one attempt. Defaults to 30 seconds, or to the timeout if that is set.
        attempt_timeout(timeout: Duration) => attempt_timeout = Some(timeout);

        /// Limits the time to open a connection. Defaults to 10 seconds.
        connect_timeout(timeout: Duration) => connect_timeout = Some(timeout);

        /// Sets the maximum number of retries of a request, at most 10. Defaults to 2.
        max_retries(retries: u32) => max_retries = Some(retries);

        /// Makes requests follow the rate limit of the server. While the window of an API key is used up, its requests wait for
        /// the next one, within their timeouts. If the timeout ends before, the error is [`ErrorKind::RateLimit`]. All clients of
        /// a process with the default clock share what they know of a key. Connections of streams do not wait.
        ///
        /// ```
        /// # fn main() -> Result<(), bimpe::Error> {
        /// use std::time::Duration;
        ///
        /// use bimpe::Pace;
        ///
        /// let builder = bimpe::Client::builder().api_key("sk_live").pace(Pace::Adaptive);
        /// let client = builder.timeout(Duration::from_secs(600)).build()?;
        /// # Ok(())
        /// # }
        /// ```
        ///
        /// [`ErrorKind::RateLimit`]: crate::ErrorKind::RateLimit
        pace(pace: Pace) => pace = Some(pace);

        /// Sets the `User-Agent` header.
        user_agent(name: impl Into<String>) => user_agent = Some(name.into());

        /// Sets a proxy for all requests but those to this machine: `http://`, `https://`, `socks4://`, `socks4a://`, `socks5://`
        /// or `socks5h://`. If omitted, `HTTPS_PROXY` (or `ALL_PROXY`) and `NO_PROXY` are read, in upper or lower case. Requests over
        /// `http://` use no proxy, since it would see the key.
        proxy(address: impl Into<String>) => proxy = Some(address.into());

        /// Sets a PEM file with certificates to trust beside those of the system.
        ca_file(path: impl Into<std::path::PathBuf>) => ca_file = Some(path.into());

        /// Sets an environment variable that names a file or a directory of further certificates. It is read without a
        /// `ca_file`. An unusable one is reported when TLS is first needed.
        // Hidden, because only the Node package needs it, for `NODE_EXTRA_CA_CERTS`.
        #[doc(hidden)]
        ca_variable(name: &'static str) => ca_variable = Some(name);

        /// Sets connections to share with other clients. If omitted, only the clones of the client share its connections.
        #[cfg(feature = "network")]
        connections(connections: &crate::transport::Connections) => connections = Some(connections.clone());

        /// Permits `http://` to hosts other than this machine. The key is then not encrypted.
        allow_insecure_http(allow: bool) => allow_insecure_http = allow;

        /// Sets a function that looks up the [`ENVIRONMENT`](crate::ENVIRONMENT), in place of the process environment.
        env(lookup: impl Fn(&str) -> Option<String> + 'static) => env = Some(Box::new(lookup));

        /// Sets another transport.
        transport(transport: Arc<dyn Transport>) => transport = Some(transport);

        /// Sets another source of time.
        clock(clock: Arc<dyn Clock>) => clock = Some(clock);
    }

    /// Creates a client without a key. Each request has one, as [`crate::RequestOptions::api_key`].
    pub fn api_key_per_call(mut self) -> Self {
        self.api_key_per_call = true;
        self
    }

    /// Adds a header to every request.
    pub fn default_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.default_headers.push((name.into(), value.into()));
        self
    }

    /// Checks the settings and creates the client. Opens no connection.
    pub fn build(self) -> Result<Client, Error> {
        let base_text = self.base_url.clone().filter(|text| !text.is_empty());
        let base_text = base_text
            .or_else(|| self.variable(URL_VARIABLE).filter(|text| !text.is_empty()))
            .unwrap_or_else(|| DEFAULT_BASE_URL.to_owned());
        let base = base_url(&base_text, self.allow_insecure_http)?;
        let loopback = is_loopback(&base);

        let key = if self.api_key_per_call || self.key_provider.is_some() { None } else { Some(self.key()?) };

        let mut headers = HeaderMap::new();
        let agent = HeaderValue::from_str(self.user_agent.as_deref().unwrap_or(USER_AGENT))
            .map_err(|_| Error::user("the user agent holds characters that a header cannot carry"))?;
        headers.insert(http::header::USER_AGENT, agent);
        headers.insert(http::header::ACCEPT, HeaderValue::from_static("application/json"));
        for (name, value) in &self.default_headers {
            let (name, value): (HeaderName, HeaderValue) = header::custom(name, value)?;
            headers.insert(name, value);
        }

        // Over http:// a proxy would see the key.
        let direct = loopback || base.scheme() == "http";
        if self.proxy.is_some() && direct && !loopback {
            return Err(Error::user(
                "a proxy needs a base URL with https://: over http:// it would see the key",
            ));
        }
        #[cfg(feature = "network")]
        let (network, connection_config) = self.network(&base, direct)?;
        #[cfg(not(feature = "network"))]
        let network = self.given_network()?;
        let pacers = self.pacers();
        let settings = Settings {
            server: Server::of(&base, loopback).into(),
            base,
            // Without the network, the transport of the caller is the way to the public.
            public: !loopback && (self.transport.is_none() || cfg!(not(feature = "network"))),
            key,
            headers: headers.into(),
            timeout: positive(self.timeout, "timeout")?,
            attempt_timeout: positive(self.attempt_timeout, "attempt timeout")?,
            max_retries: retry::check_max_retries(self.max_retries)?,
            clock: self.time_source()?,
            #[cfg(feature = "network")]
            needs_tokio: self.clock.is_none() || self.transport.is_none(),
            key_provider: self.key_provider,
            hooks: self.hooks,
            pacers,
            wrap: self.wrap,
            #[cfg(feature = "network")]
            connection_config,
        };
        if let Some(key) = &settings.key {
            key.check_host(settings.public)?;
        }
        Ok(Client::new(settings, network))
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.env.as_ref().map_or_else(|| std::env::var(name).ok(), |lookup| lookup(name))
    }

    fn key(&self) -> Result<ApiKey, Error> {
        if let Some(key) = &self.api_key {
            return ApiKey::from_source(key, self.api_key_source.unwrap_or("`api_key`"));
        }
        match self.variable(KEY_VARIABLE).filter(|key| !key.is_empty()) {
            Some(key) => ApiKey::from_source(&key, "the variable BIMPEAI_API_KEY"),
            None => Err(Error::user(
                "no API key: set BIMPEAI_API_KEY or pass the key; or try without an account: run `bimpe sandbox` \
                 and set the two variables that it prints",
            )),
        }
    }

    /// Returns the options of connections.
    #[cfg(feature = "network")]
    fn connection_options(&self, base: &Url, direct: bool) -> Result<ConnectionOptions, Error> {
        let env = |name: &str| self.variable(name);
        let given = self.proxy.as_deref().map(Proxy::given).transpose()?;
        let proxy = if direct {
            None
        } else if given.is_some() {
            given
        } else {
            Proxy::from_env(&env, base.port_or_known_default().unwrap_or_default())?
        };
        let foreign = self.ca_variable.and_then(|name| Some((name, env(name)?)));
        let extra_roots = match (&self.ca_file, foreign) {
            (Some(path), _) => ExtraRoots::read(path)?,
            (None, Some((name, path))) if !path.is_empty() => ExtraRoots::from_variable(name, path.as_ref()),
            (None, _) => ExtraRoots::default(),
        };
        Ok(ConnectionOptions {
            connect_timeout: self.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
            proxy,
            plain: base.scheme() == "http",
            system_roots: SystemRoots::from_env(&env),
            extra_roots,
        })
    }

    /// Returns the connections, and the config of further ones.
    #[cfg(feature = "network")]
    fn network(&self, base: &Url, direct: bool) -> Result<(Network, Option<Arc<ConnectionConfig>>), Error> {
        if self.transport.is_some() {
            return Ok((self.given_network()?, None));
        }
        let connections = self.connections.clone().unwrap_or_default();
        let config = connections.config(self.connection_options(base, direct)?);
        Ok((connections.network(&config), Some(config)))
    }

    /// Returns the transport of the caller.
    fn given_network(&self) -> Result<Network, Error> {
        match &self.transport {
            Some(transport) => Ok(Network { requests: transport.clone(), streams: transport.clone() }),
            None => Err(Error::user("without the feature `network`, the client needs a transport")),
        }
    }

    fn pacers(&self) -> Option<Pacers> {
        let Pace::Adaptive = self.pace?;
        #[cfg(feature = "network")]
        if self.clock.is_none() {
            return Some(Pacers::shared());
        }
        // Times of other clocks cannot be compared.
        Some(Pacers::default())
    }

    fn time_source(&self) -> Result<Arc<dyn Clock>, Error> {
        let given = self.clock.clone();
        #[cfg(feature = "network")]
        let given = given.or_else(|| Some(Arc::new(crate::clock::TokioClock::new())));
        given.ok_or_else(|| Error::user("without the feature `network`, the client needs a clock"))
    }
}
