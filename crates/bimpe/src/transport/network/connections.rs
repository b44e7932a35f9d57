//! Connections: how they are made, and the pools that clients share.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, redirect, retry};
use rustls::ClientConfig;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::dns::Resolver;
use super::error::is_unsent;
use super::proxy::Proxy;
use super::send::send;
use super::tls::{self, ExtraRoots, SystemRoots};
use crate::clock::BoxFuture;
use crate::engine::Network;
use crate::transport::{Failure, HttpRequest, HttpResponse, Transport, TransportError};

/// Programs use one or two kinds of connections; more than this are not kept.
const KEPT: usize = 16;
/// Below the 60 to 75 seconds after which servers commonly close an idle connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(25);
/// As many as a busy program has in flight: with fewer, most of its calls would have to connect again.
const IDLE_PER_HOST: usize = 256;
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// A peer that vanished is noticed after about a minute of silence.
const PROBE_INTERVAL: Duration = Duration::from_secs(15);
const PROBES: u32 = 3;
/// The same for data that is not acknowledged.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);
/// Streams in flight on an HTTP/2 connection. Servers commonly allow 100 or more; a request beyond that would wait where the
/// client cannot tell whether it was sent.
const STREAMS_PER_CONNECTION: usize = 100;
/// How often a request that the server has not processed is sent again at once. Servers that close a connection after a few
/// requests refuse all others in flight, each time.
const UNSENT_RETRIES: u32 = 100;

/// Connections that several clients share, as far as they are made alike (proxy, certificates, time to connect). Clients
/// with the same `Connections` are cheap to create and to drop. All of them belong into one runtime.
///
/// ```
/// # fn main() -> Result<(), bimpe::Error> {
/// let connections = bimpe::transport::Connections::default();
/// let sales = bimpe::Client::builder().api_key("sk_sales").connections(&connections).build()?;
/// let support = bimpe::Client::builder().api_key("sk_support").connections(&connections).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Connections(Arc<Mutex<Vec<Kind>>>);

/// Connections that are made alike.
struct Kind {
    config: Arc<ConnectionConfig>,
    network: Network,
}

/// How connections are made, as the caller and the environment said when the client was constructed. Never shown: the
/// address of a proxy may hold a password.
#[derive(PartialEq, Eq)]
pub(crate) struct ConnectionOptions {
    pub(crate) connect_timeout: Duration,
    pub(crate) proxy: Option<Proxy>,
    /// Without TLS, for `http://`.
    pub(crate) plain: bool,
    pub(crate) system_roots: SystemRoots,
    pub(crate) extra_roots: ExtraRoots,
}

/// The same, with the certificates that were read.
pub(crate) struct ConnectionConfig {
    options: ConnectionOptions,
    tls: Result<ClientConfig, String>,
}

impl ConnectionConfig {
    fn new(options: ConnectionOptions) -> Self {
        let tls = if options.plain {
            tls::none()
        } else {
            tls::config(&options.system_roots, &options.extra_roots)
        };
        Self { options, tls }
    }

    fn network(self: &Arc<Self>) -> Network {
        let pool = || Arc::new(Pool { config: self.clone(), members: Mutex::default() });
        Network { calls: pool(), streams: pool() }
    }

    /// A client of reqwest. Every default that the engine relies on is set here.
    fn client(&self) -> Result<Client, String> {
        let builder = Client::builder()
            .tls_backend_preconfigured(self.tls.clone()?)
            .dns_resolver(Arc::new(Resolver::default()))
            .connect_timeout(self.options.connect_timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .tcp_nodelay(true)
            .tcp_keepalive(PROBE_INTERVAL)
            .tcp_keepalive_interval(PROBE_INTERVAL)
            .tcp_keepalive_retries(PROBES)
            // Finds out that a connection is dead, which a request on it could not.
            .http2_keep_alive_interval(PING_INTERVAL)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .redirect(redirect::Policy::none())
            .referer(false)
            // Other crates of the program may turn these on; the engine limits the decoded size itself.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .retry(if self.options.plain {
                retry::never().max_retries_per_request(0)
            } else {
                unsent_retries()
            })
            .no_proxy();
        #[cfg(target_os = "linux")]
        let builder = builder.tcp_user_timeout(UNACKNOWLEDGED);
        let builder = match &self.options.proxy {
            Some(proxy) => builder.proxy(proxy.build().map_err(|_| "the address of the proxy is not valid")?),
            None => builder,
        };
        builder.build().map_err(|error| super::error::reason(&error))
    }
}

/// Requests that an HTTP/2 server has not processed are sent again on another connection, within the deadline of the call.
fn unsent_retries() -> retry::Builder {
    struct AnyHost;
    impl PartialEq<&str> for AnyHost {
        fn eq(&self, _: &&str) -> bool {
            true
        }
    }
    retry::for_host(AnyHost).no_budget().max_retries_per_request(UNSENT_RETRIES).classify_fn(|attempt| {
        if attempt.error().is_some_and(is_unsent) { attempt.retryable() } else { attempt.success() }
    })
}

impl Connections {
    /// The way to make connections by these options. Certificates are read here, unless they were read for others.
    pub(crate) fn config(&self, options: ConnectionOptions) -> Arc<ConnectionConfig> {
        let known =
            self.kinds().iter().find(|kind| kind.config.options == options).map(|kind| kind.config.clone());
        known.unwrap_or_else(|| Arc::new(ConnectionConfig::new(options)))
    }

    /// The connections that are made so.
    pub(crate) fn network(&self, config: &Arc<ConnectionConfig>) -> Network {
        let mut kinds = self.kinds();
        let is_alike =
            |kind: &&Kind| Arc::ptr_eq(&kind.config, config) || kind.config.options == config.options;
        if let Some(kind) = kinds.iter().find(is_alike) {
            return kind.network.clone();
        }
        let network = config.network();
        if kinds.len() == KEPT {
            kinds.remove(0);
        }
        kinds.push(Kind { config: config.clone(), network: network.clone() });
        network
    }

    fn kinds(&self) -> std::sync::MutexGuard<'_, Vec<Kind>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connections")
    }
}

/// Clients of reqwest, each with one HTTP/2 connection or many of HTTP/1.1. Another one is added when all are busy.
struct Pool {
    config: Arc<ConnectionConfig>,
    members: Mutex<Vec<Member>>,
}

struct Member {
    client: Client,
    /// Requests that may still be sent at the same time.
    free: Arc<Semaphore>,
}

impl Pool {
    fn member(&self) -> Result<(Client, OwnedSemaphorePermit), String> {
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        let free = |member: &Member| {
            let permit = member.free.clone().try_acquire_owned().ok()?;
            Some((member.client.clone(), permit))
        };
        if let Some(found) = members.iter().find_map(free) {
            return Ok(found);
        }
        // HTTP/1.1 has no streams to run out of.
        let permits = if self.config.options.plain { Semaphore::MAX_PERMITS } else { STREAMS_PER_CONNECTION };
        let member = Member { client: self.config.client()?, free: Arc::new(Semaphore::new(permits)) };
        let found = free(&member).ok_or("a new connection has no room")?;
        members.push(member);
        Ok(found)
    }
}

impl Transport for Pool {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        let member = self.member();
        Box::pin(async move {
            let (client, permit) =
                member.map_err(|reason| TransportError { failure: Failure::Tls, reason })?;
            send(&client, request, Some(permit)).await
        })
    }
}
