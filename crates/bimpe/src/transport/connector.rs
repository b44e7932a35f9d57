//! How a connection is made: directly or through the tunnel of a proxy, with TLS on top, within the time to connect.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;
use url::Url;

use super::connections::Wiring;
use super::names::Names;
use super::tls;
use crate::clock::BoxFuture;
use crate::error::Error;

/// A peer that is gone without a word is noticed after about a minute of silence.
const PROBE_INTERVAL: Duration = Duration::from_secs(15);
const PROBES: u32 = 3;
/// The same for data that nobody acknowledges.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type Connecting<T> = BoxFuture<'static, Result<T, Box<dyn std::error::Error + Send + Sync>>>;

/// What hyper asks for connections.
#[derive(Clone)]
pub(super) struct Connector {
    /// Shared: hyper clones it for every request, and asks it only for new connections.
    inner: Arc<HttpsConnector<Route>>,
    timeout: Duration,
}

impl Connector {
    pub(super) fn new(wiring: &Wiring) -> Result<Self, String> {
        let options = &wiring.options;
        let tls =
            if options.plain { tls::none().map_err(|error| error.to_string())? } else { wiring.tls()? };
        let proxies = match &options.proxy {
            _ if options.direct => None,
            Some(address) => Some(proxy(address).map_err(|error| error.to_string())?),
            None => Some(Matcher::from_system()),
        };
        // A proxy speaks HTTP/1.1 until the tunnel stands.
        let mut tls_of_proxies = tls.clone();
        tls_of_proxies.alpn_protocols = vec![b"http/1.1".to_vec()];
        let route = Route {
            direct: tcp(options.connect_timeout),
            tls: tls_of_proxies.into(),
            proxies: proxies.map(Arc::new),
        };
        Ok(Self { inner: Arc::new(HttpsConnector::from((route, tls))), timeout: options.connect_timeout })
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<Stream>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Connecting<Self::Response>;

    /// As those below it, which have no limit to wait for.
    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let mut connector = HttpsConnector::clone(&self.inner);
        let (connecting, timeout) = (connector.call(address), self.timeout);
        Box::pin(async move {
            tokio::time::timeout(timeout, connecting)
                .await
                .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, format!("not within {timeout:?}")))?
        })
    }
}

/// The way to the server, below TLS.
#[derive(Clone)]
struct Route {
    direct: HttpConnector<Names>,
    tls: Arc<rustls::ClientConfig>,
    proxies: Option<Arc<Matcher>>,
}

impl Service<Uri> for Route {
    type Response = Stream;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Connecting<Stream>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.direct.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let Some(proxy) = self.proxies.as_ref().and_then(|proxies| proxies.intercept(&address)) else {
            let connecting = self.direct.call(address);
            return Box::pin(async move { Ok(MaybeHttpsStream::Http(connecting.await?)) });
        };
        if !speaks_http(&proxy) {
            return Box::pin(async { Err("the proxy is not an http:// or https:// one".into()) });
        }
        let to_proxy = HttpsConnector::from((self.direct.clone(), self.tls.clone()));
        let mut tunnel = Tunnel::new(proxy.uri().clone(), to_proxy);
        if let Some(credentials) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        let connecting = tunnel.call(address);
        Box::pin(async move { Ok(connecting.await?) })
    }
}

fn tcp(connect_timeout: Duration) -> HttpConnector<Names> {
    let mut tcp = HttpConnector::new_with_resolver(Names::default());
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    // Shared among the addresses of a host, so that a dead one leaves time for the others.
    tcp.set_connect_timeout(Some(connect_timeout));
    tcp.set_keepalive(Some(PROBE_INTERVAL));
    tcp.set_keepalive_interval(Some(PROBE_INTERVAL));
    tcp.set_keepalive_retries(Some(PROBES));
    #[cfg(target_os = "linux")]
    tcp.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
    tcp
}

fn speaks_http(proxy: &Intercept) -> bool {
    matches!(proxy.uri().scheme_str(), Some("http" | "https"))
}

/// Checks the address of a proxy.
pub(crate) fn proxy(address: &str) -> Result<Matcher, Error> {
    let scheme = address.split(':').next().unwrap_or_default();
    if scheme != "http" && scheme != "https" {
        return Err(Error::user("the proxy must be an http:// or https:// address; SOCKS is not supported"));
    }
    let matcher = Matcher::builder().all(address).build();
    let any = Uri::from_static("https://host");
    // The address may hold a password: it is not repeated.
    let usable = Url::parse(address).is_ok()
        && matcher.intercept(&any).is_some_and(|proxy| speaks_http(&proxy) && proxy.uri().host().is_some());
    if usable { Ok(matcher) } else { Err(Error::user("the proxy is not a valid address")) }
}
