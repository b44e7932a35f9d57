//! Connections that several clients use together.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::hyper::{HyperTransport, NetworkOptions};
use super::tls;
use crate::engine::Network;

/// Programs use one or two kinds of connections; more than this are not kept.
const KEPT: usize = 16;

/// Variables that decide how connections are made.
const ENVIRONMENT: &[&str] = &[
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// Connections that several clients use together, as far as they are made alike (proxy, certificates, time to connect).
/// Clients that are given the same `Connections` are cheap to make and to drop. All of them belong into one runtime.
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
pub struct Connections {
    kinds: Arc<Mutex<Vec<Kind>>>,
}

/// Connections that are made alike.
struct Kind {
    wiring: Arc<Wiring>,
    network: Network,
}

/// How connections are made: what the caller set, and what the environment said at that time.
pub(crate) struct Wiring {
    pub(super) options: NetworkOptions,
    environment: Vec<Option<String>>,
    tls: OnceLock<Result<rustls::ClientConfig, String>>,
}

impl Wiring {
    pub(crate) fn new(options: NetworkOptions) -> Self {
        let environment = ENVIRONMENT.iter().map(|name| std::env::var(name).ok()).collect();
        Self { options, environment, tls: OnceLock::new() }
    }

    fn is_like(&self, other: &Self) -> bool {
        self.options == other.options && self.environment == other.environment
    }

    /// What TLS trusts, read on first need.
    pub(super) fn tls(&self) -> Result<rustls::ClientConfig, String> {
        let read = || tls::config(self.options.ca_file.as_ref()).map_err(|error| error.to_string());
        self.tls.get_or_init(read).clone()
    }

    /// New connections.
    pub(crate) fn network(self: &Arc<Self>) -> Network {
        let transport = || Arc::new(HyperTransport::new(self.clone()));
        Network { calls: transport(), streams: transport() }
    }
}

impl Connections {
    /// The connections that are made so.
    pub(crate) fn network(&self, wiring: &Arc<Wiring>) -> Network {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let alike = |kind: &&Kind| Arc::ptr_eq(&kind.wiring, wiring) || kind.wiring.is_like(wiring);
        if let Some(kind) = kinds.iter().find(alike) {
            return kind.network.clone();
        }
        let network = wiring.network();
        if kinds.len() == KEPT {
            kinds.remove(0);
        }
        kinds.push(Kind { wiring: wiring.clone(), network: network.clone() });
        network
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connections")
    }
}
