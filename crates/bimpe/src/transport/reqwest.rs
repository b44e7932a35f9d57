//! The network: reqwest, kept lean. Every default that the engine relies on is set here.

use std::error::Error as _;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;

use super::connections::Wiring;
use super::tls::CaFile;
use super::{Body, Failure, HttpRequest, HttpResponse, Transport, TransportError};
use crate::clock::BoxFuture;
use crate::error::Error;

/// Below the 60 to 75 seconds after which servers commonly close an idle connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(25);
const IDLE_PER_HOST: usize = 16;
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// What the network needs to know. It is never shown: the address of a proxy may hold a password.
#[derive(PartialEq, Eq)]
pub(crate) struct NetworkOptions {
    pub(crate) connect_timeout: Duration,
    pub(crate) proxy: Option<String>,
    /// Never over a proxy.
    pub(crate) direct: bool,
    /// Without TLS, for `http://`.
    pub(crate) plain: bool,
    pub(crate) ca_file: Option<CaFile>,
}

/// Built on first need: the trust store takes milliseconds to read.
pub(crate) struct ReqwestTransport {
    wiring: Arc<Wiring>,
    client: OnceLock<Result<reqwest::Client, String>>,
}

impl ReqwestTransport {
    pub(crate) fn new(wiring: Arc<Wiring>) -> Self {
        Self { wiring, client: OnceLock::new() }
    }

    fn client(&self) -> Result<&reqwest::Client, TransportError> {
        let built = self.client.get_or_init(|| self.build());
        built.as_ref().map_err(|reason| TransportError {
            failure: Failure::Tls,
            reason: format!("the network could not be set up: {reason}"),
        })
    }

    fn build(&self) -> Result<reqwest::Client, String> {
        let options = &self.wiring.options;
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            // Finds out that a connection is dead, which a request on it could not.
            .http2_keep_alive_interval(PING_INTERVAL)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .gzip(true);
        builder = if options.plain {
            builder.tls_certs_only([])
        } else {
            builder.tls_backend_preconfigured(self.wiring.tls()?)
        };
        if options.direct {
            builder = builder.no_proxy();
        } else if let Some(address) = &options.proxy {
            builder = builder.proxy(proxy(address).map_err(|error| error.to_string())?);
        }
        builder.build().map_err(|error| reason(&error))
    }
}

/// Checks the address of a proxy.
pub(crate) fn proxy(address: &str) -> Result<reqwest::Proxy, Error> {
    let scheme = address.split(':').next().unwrap_or_default();
    if scheme != "http" && scheme != "https" {
        return Err(Error::user("the proxy must be an http:// or https:// address; SOCKS is not supported"));
    }
    // The address may hold a password: it is not repeated.
    reqwest::Proxy::all(address).map_err(|_| Error::user("the proxy is not a valid address"))
}

impl Transport for ReqwestTransport {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        let client = match self.client() {
            Ok(client) => client.clone(),
            Err(error) => return Box::pin(std::future::ready(Err(error))),
        };
        Box::pin(async move {
            let mut message = reqwest::Request::new(request.method, request.url);
            *message.headers_mut() = request.headers;
            *message.body_mut() = request.body.map(Into::into);
            let mut response = client.execute(message).await.map_err(classify)?;
            let headers = std::mem::take(response.headers_mut());
            Ok(HttpResponse { status: response.status(), headers, body: Box::new(ReqwestBody(response)) })
        })
    }
}

struct ReqwestBody(reqwest::Response);

impl Body for ReqwestBody {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(async { self.0.chunk().await.map_err(|error| TransportError::lost(reason(&error))) })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` takes")]
fn classify(error: reqwest::Error) -> TransportError {
    let text = reason(&error);
    let failure = if text.contains("certificate") {
        Failure::Tls
    } else if error.is_connect() || error.is_builder() {
        Failure::NotSent
    } else {
        Failure::Lost
    };
    TransportError { failure, reason: text }
}

/// The innermost causes, without the address, which reqwest puts first and which may hold a ticket.
fn reason(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(current) = cause {
        causes.push(current.to_string());
        cause = current.source();
    }
    // Outer layers often repeat the inner text.
    let mut parts: Vec<&str> = Vec::new();
    for (index, text) in causes.iter().enumerate() {
        if !causes[index + 1..].iter().any(|inner| text.contains(inner.as_str())) {
            parts.push(text);
        }
    }
    if parts.is_empty() { "the request failed".to_owned() } else { parts.join(": ") }
}
