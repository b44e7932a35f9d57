//! Connections that several clients use together.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::reqwest::{NetworkOptions, ReqwestTransport};
use crate::error::Error;

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
pub struct Connections(Arc<Mutex<Vec<Kind>>>);

/// Connections that are made alike.
struct Kind {
    options: NetworkOptions,
    environment: Vec<Option<String>>,
    pools: Pools,
}

/// Streams have connections of their own, so that they cannot starve calls.
#[derive(Clone)]
pub(crate) struct Pools {
    pub(crate) calls: Arc<ReqwestTransport>,
    pub(crate) streams: Arc<ReqwestTransport>,
}

impl Pools {
    pub(crate) fn new(options: &NetworkOptions) -> Result<Self, Error> {
        let calls = Arc::new(ReqwestTransport::new(options)?);
        Ok(Self { calls, streams: Arc::new(ReqwestTransport::new(options)?) })
    }
}

impl Connections {
    /// The pools for these options.
    pub(crate) fn pools(&self, options: NetworkOptions) -> Result<Pools, Error> {
        let environment: Vec<_> = ENVIRONMENT.iter().map(|name| std::env::var(name).ok()).collect();
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kinds.iter().find(|kind| kind.options == options && kind.environment == environment);
        if let Some(kind) = known {
            return Ok(kind.pools.clone());
        }
        let pools = Pools::new(&options)?;
        if kinds.len() == KEPT {
            kinds.remove(0);
        }
        kinds.push(Kind { options, environment, pools: pools.clone() });
        Ok(pools)
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connections")
    }
}
