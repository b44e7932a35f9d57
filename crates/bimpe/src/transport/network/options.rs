//! How connections are made, as the caller and the environment said when the client was constructed.

use std::time::Duration;

use rustls::ClientConfig;

use super::proxy::Proxy;
use super::trust::{ExtraRoots, SystemRoots, trusting, untrusting};

/// Never shown: the address of a proxy may hold a password.
#[derive(PartialEq, Eq)]
pub(crate) struct ConnectionOptions {
    pub(crate) connect_timeout: Duration,
    pub(crate) proxy: Option<Proxy>,
    /// Without TLS, for `http://`.
    pub(crate) plain: bool,
    pub(crate) system_roots: SystemRoots,
    pub(crate) extra_roots: ExtraRoots,
}

impl ConnectionOptions {
    /// The TLS settings. Reads the trusted certificates, which takes milliseconds.
    pub(crate) fn tls(&self) -> Result<ClientConfig, String> {
        if self.plain { untrusting() } else { trusting(&self.system_roots, &self.extra_roots) }
    }
}
