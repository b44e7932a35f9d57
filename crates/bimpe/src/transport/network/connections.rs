//! Pools of connections, and the clients that share them.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, ClientBuilder, redirect, retry};
use rustls::ClientConfig;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::dns::Resolver;
use super::error::is_unsent;
use super::options::ConnectionOptions;
use super::os_code::error_chain;
use super::proxy::Proxy;
use super::send::send;
use crate::clock::BoxFuture;
use crate::sync::lock;
use crate::transport::{HttpRequest, HttpResponse, Network, Transport, TransportError};

/// Programs use one or two pools of connections; more than this are not kept.
const MAX_POOLS: usize = 16;
/// Below the 60 to 75 seconds after which servers commonly close an idle connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(25);
/// As many as a busy program has in flight: with fewer, most of its requests would have to connect again.
const IDLE_PER_HOST: usize = 256;
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// A peer that vanished is noticed after about a minute of silence.
const PROBE_INTERVAL: Duration = Duration::from_secs(15);
/// The same for data that is not acknowledged.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);
/// As servers commonly allow. A request beyond would wait where the client cannot tell whether it was sent.
const STREAMS_PER_CONNECTION: usize = 100;
/// A server that closes a connection after a few requests refuses all others in flight, each time.
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
pub struct Connections(Arc<Mutex<Vec<PoolEntry>>>);
type PoolEntry = (Arc<ConnectionConfig>, Network);

/// How connections are made, with the certificates that were read for them.
pub(crate) struct ConnectionConfig {
    options: ConnectionOptions,
    tls: Result<ClientConfig, String>,
}

impl Connections {
    /// The way to make connections by these options. Certificates are read here, unless they were read for others.
    pub(crate) fn config(&self, options: ConnectionOptions) -> Arc<ConnectionConfig> {
        let known =
            lock(&self.0).iter().find(|(config, _)| config.options == options).map(|entry| entry.0.clone());
        known.unwrap_or_else(|| Arc::new(ConnectionConfig { tls: options.tls(), options }))
    }

    /// The connections that are made so.
    pub(crate) fn network(&self, config: &Arc<ConnectionConfig>) -> Network {
        let mut pools = lock(&self.0);
        let is_alike = |known: &Arc<_>| Arc::ptr_eq(known, config) || known.options == config.options;
        if let Some((_, network)) = pools.iter().find(|(known, _)| is_alike(known)) {
            return network.clone();
        }
        let pool = || Arc::new(Pool { config: config.clone(), members: Mutex::default() });
        let network = Network { requests: pool(), streams: pool() };
        if pools.len() == MAX_POOLS {
            pools.remove(0);
        }
        pools.push((config.clone(), network.clone()));
        network
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connections")
    }
}

impl ConnectionConfig {
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
            .tcp_keepalive_retries(3)
            // Finds out that a connection is dead, which a request on it could not.
            .http2_keep_alive_interval(PING_INTERVAL)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .redirect(redirect::Policy::none())
            .referer(false)
            // Other crates of the program may enable these. The engine limits the decoded size itself.
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
        let proxy =
            self.options.proxy.as_ref().map(Proxy::build).transpose().map_err(|error| error_chain(&error))?;
        proxy.into_iter().fold(builder, ClientBuilder::proxy).build().map_err(|error| error_chain(&error))
    }
}

/// Requests that an HTTP/2 server has not processed are sent again on another connection, within the deadline.
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

/// Clients of reqwest, each with one HTTP/2 connection or many of HTTP/1.1. Another one is added when all are busy.
struct Pool {
    config: Arc<ConnectionConfig>,
    /// Each with the requests that may still be sent at the same time.
    members: Mutex<Vec<(Client, Arc<Semaphore>)>>,
}

impl Pool {
    fn member(&self) -> Result<(Client, OwnedSemaphorePermit), String> {
        let mut members = lock(&self.members);
        for (client, free) in &*members {
            if let Ok(permit) = free.clone().try_acquire_owned() {
                return Ok((client.clone(), permit));
            }
        }
        // HTTP/1.1 has no streams to run out of.
        let permits = if self.config.options.plain { Semaphore::MAX_PERMITS } else { STREAMS_PER_CONNECTION };
        let (client, free) = (self.config.client()?, Arc::new(Semaphore::new(permits)));
        members.push((client.clone(), free.clone()));
        Ok((client, free.try_acquire_owned().map_err(|error| error.to_string())?))
    }
}

impl Transport for Pool {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        let member = self.member().map_err(TransportError::tls);
        Box::pin(async move {
            let (client, permit) = member?;
            send(&client, request, Some(permit)).await
        })
    }
}
