//! Causes of errors without a response, for all clients of HTTP.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::iter::successors;
use std::sync::Arc;
use std::time::Duration;

use reqwest::ClientBuilder;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Url;

use crate::error::excerpt;
use crate::server::{host_and_port, is_loopback};
use crate::{Error, Stage};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Returns the settings of a client whose errors [`connection_error`] can name. Uses no proxy for this machine.
///
/// ```
/// let url = url::Url::parse("http://localhost:8080/").expect("a URL");
/// assert!(bimpe_mcp::client_builder(&url).build().is_ok());
/// ```
pub fn client_builder(url: &Url) -> ClientBuilder {
    let builder =
        reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).dns_resolver(Arc::new(Resolver));
    if is_loopback(url) { builder.no_proxy() } else { builder }
}

/// Names the cause of an error without a response.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let url = url::Url::parse("http://127.0.0.1:9/").expect("a URL");
/// let client = bimpe_mcp::client_builder(&url).build().expect("a client");
/// let error = client.get(url.clone()).send().await.expect_err("no server has this port");
/// assert_eq!(bimpe_mcp::connection_error(&url, &error).cause, "127.0.0.1:9 refused the connection.");
/// # }
/// ```
pub fn connection_error(url: &Url, error: &reqwest::Error) -> Error {
    let host = host_and_port(url);
    if let Some(error) = sources(error).find_map(|cause| cause.downcast_ref::<DnsError>()) {
        let cause = format!("The host name of {host} has no address: {}.", excerpt(&error.0.to_string()));
        return Error::new(Stage::Dns, cause, "Check the spelling of the host, and the network.");
    }
    if !error.is_connect() {
        return broken_off(&host);
    }
    let io = sources(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last();
    let kind = io.map_or(io::ErrorKind::TimedOut, io::Error::kind);
    if kind == io::ErrorKind::ConnectionRefused {
        let cause = format!("{host} refused the connection.");
        return Error::new(Stage::Connect, cause, "Start the server, or correct the port.");
    }
    if error.is_timeout() || kind == io::ErrorKind::TimedOut {
        let cause = format!("{host} did not accept a connection within {} s.", CONNECT_TIMEOUT.as_secs());
        return Error::new(Stage::Connect, cause, "Check the host, the port and the firewall.");
    }
    let text = io.map(|error| excerpt(&error.to_string())).unwrap_or_default();
    // An error of the system has a number, and an error of TLS has none.
    if url.scheme() == "https" && io.is_some_and(|error| error.raw_os_error().is_none()) {
        let cause = format!("The TLS handshake with {host} failed: {text}.");
        let fix = "Check the certificate, or use http:// for a server without TLS.";
        return Error::new(Stage::Tls, cause, fix);
    }
    let cause = format!("The connection to {host} failed: {text}.");
    Error::new(Stage::Connect, cause, "Check the host, the port and the network.")
}

pub(crate) fn broken_off(host: &str) -> Error {
    let cause = format!("{host} closed the connection before the response was complete.");
    Error::new(Stage::Http, cause, "Read the log of the server.")
}

/// Returns an error and its sources.
fn sources<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    successors(Some(error), |error| (*error).source())
}

/// Resolves names with the error [`DnsError`], because reqwest names such an error only in a text.
struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(DnsError)?;
            Ok(Box::new(addresses.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

#[derive(Debug)]
struct DnsError(io::Error);

impl fmt::Display for DnsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl StdError for DnsError {}
