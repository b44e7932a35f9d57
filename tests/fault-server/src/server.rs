//! The server: its listeners and their shared scenarios.

use std::collections::{BTreeMap, HashMap};
use std::io::Result;
use std::net::{SocketAddr, TcpListener as StdListener, TcpStream as StdStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use crate::certificates::{self, Certificates};
use crate::connection;
use crate::http2;
use crate::nginx::Nginx;
use crate::proxy::{self, Tunnels};
use crate::scenario::Scenario;
use crate::transport::Transport;

/// State that all connections share.
#[derive(Default)]
pub(crate) struct Shared {
    url: String,
    tls: BTreeMap<&'static str, String>,
    scenarios: Mutex<HashMap<String, Arc<Scenario>>>,
    http2: Mutex<Vec<Arc<http2::Server>>>,
    http2_tls: Option<TlsAcceptor>,
    proxy: String,
    tunnels: Arc<Tunnels>,
    certificate: PathBuf,
    nginx: Mutex<Vec<Nginx>>,
    last_scenario: AtomicU64,
    last_connection: AtomicU64,
}

impl Shared {
    pub(crate) fn scenario(&self, name: &str) -> Option<Arc<Scenario>> {
        self.scenarios.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    pub(crate) fn new_scenario(&self, script: Value) -> serde_json::Result<(String, Arc<Scenario>)> {
        let name = format!("s{}", self.last_scenario.fetch_add(1, Ordering::Relaxed) + 1);
        let scenario = Arc::new(Scenario::new(format!("{}/{name}", self.url), script)?);
        self.scenarios.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), scenario.clone());
        Ok((name, scenario))
    }

    /// Starts an HTTP/2 server. Returns its base URL and its number.
    pub(crate) fn new_http2(&self, script: http2::Script) -> Result<Value> {
        let acceptor = self.http2_tls.clone().expect("set when the server starts");
        let server = http2::Server::start(script, acceptor)?;
        let mut servers = self.http2.lock().unwrap_or_else(PoisonError::into_inner);
        servers.push(server.clone());
        Ok(json!({"server": servers.len() - 1, "base_url": server.base_url()}))
    }

    /// Starts an nginx that ends each connection after `requests` requests. Returns its base URL.
    pub(crate) fn new_nginx(&self, requests: u64) -> Result<String> {
        let nginx = Nginx::start(requests, &self.certificate)?;
        let base_url = nginx.base_url();
        self.nginx.lock().unwrap_or_else(PoisonError::into_inner).push(nginx);
        Ok(base_url)
    }

    /// Returns the number of tunnels through the proxy, by kind.
    pub(crate) fn tunnels(&self) -> Value {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        json!({"http": count(&self.tunnels.http), "socks": count(&self.tunnels.socks)})
    }

    pub(crate) fn http2_counters(&self, number: usize) -> Option<Value> {
        let servers = self.http2.lock().unwrap_or_else(PoisonError::into_inner);
        servers.get(number).map(|server| server.counters())
    }

    /// Replaces `$same`, `$other` and `$tls` by the scenario's URLs: by IP address, by host name, and with TLS.
    pub(crate) fn replace_urls(&self, scenario: &str, text: &str) -> String {
        let named = self.url.replace("127.0.0.1", "localhost");
        let tls = self.tls.get("good").map_or("", String::as_str);
        text.replace("$same", &format!("{}/{scenario}", self.url))
            .replace("$other", &format!("{named}/{scenario}"))
            .replace("$tls", &format!("{tls}/{scenario}"))
    }
}

/// A running server. Dropping it stops the server.
pub struct Server {
    shared: Arc<Shared>,
    certificates: Certificates,
    dead: SocketAddr,
    blackhole: SocketAddr,
    /// Keeps the sockets of the `dead` and `blackhole` ports open.
    _held: (Socket, Socket, Vec<StdStream>),
    runtime: Option<Runtime>,
}

impl Server {
    /// Starts a server on free ports, with separate threads.
    pub fn start() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("fault-server")
            .enable_all()
            .build()?;
        let certificates = Certificates::new()?;
        let plain = listen()?;
        let mut shared = Shared {
            url: format!("http://{}", plain.local_addr()?),
            certificate: certificates.good().to_owned(),
            ..Shared::default()
        };
        let mut encrypted = Vec::new();
        for (name, config) in certificates.configs() {
            if name == "good" {
                let mut http2 = (*config).clone();
                http2.alpn_protocols = vec![b"h2".to_vec()];
                shared.http2_tls = Some(Arc::new(http2).into());
            }
            let listener = listen()?;
            shared.tls.insert(name, format!("https://localhost:{}", listener.local_addr()?.port()));
            encrypted.push((listener, TlsAcceptor::from(config)));
        }
        let old = listen()?;
        shared.tls.insert("old", format!("https://localhost:{}", old.local_addr()?.port()));

        let enter = runtime.enter();
        let proxy = listen()?;
        shared.proxy = format!("127.0.0.1:{}", proxy.local_addr()?.port());
        shared.tunnels = proxy::start(proxy)?;
        let shared = Arc::new(shared);
        tokio::spawn(accept(TcpListener::from_std(plain)?, shared.clone(), None));
        for (listener, acceptor) in encrypted {
            tokio::spawn(accept(TcpListener::from_std(listener)?, shared.clone(), Some(acceptor)));
        }
        tokio::spawn(accept_old(TcpListener::from_std(old)?));
        drop(enter);

        let (silent, dead) = bind()?;
        let (full, blackhole, waiting) = full()?;
        let held = (silent, full, waiting);
        Ok(Self { shared, certificates, dead, blackhole, _held: held, runtime: Some(runtime) })
    }

    /// Returns the addresses that the command prints.
    pub fn addresses(&self) -> Value {
        json!({
            "url": self.shared.url,
            "tls": self.shared.tls,
            "ca_file": self.ca_file(),
            "dead": format!("http://{}", self.dead),
            "blackhole": format!("http://{}", self.blackhole),
            "proxy": self.shared.proxy,
        })
    }

    /// Returns the file of the authority that signed the certificates of `good`, `expired`, `not_yet_valid` and
    /// `wrong_host`.
    pub fn ca_file(&self) -> &Path {
        self.certificates.ca_file()
    }

    /// Creates a scenario from a script, as `POST /_fault/scenarios` does.
    pub fn scenario(&self, script: Value) -> Result<Arc<Scenario>> {
        Ok(self.shared.new_scenario(script)?.1)
    }

    /// Starts an HTTP/2 server from a script, as `POST /_fault/http2` does. Returns its number and its base URL.
    pub fn http2(&self, script: Value) -> Result<(usize, String)> {
        let _entered = self.runtime.as_ref().map(Runtime::enter);
        let made = self.shared.new_http2(serde_json::from_value(script)?)?;
        let number = made["server"].as_u64().and_then(|number| usize::try_from(number).ok());
        Ok((number.unwrap_or_default(), made["base_url"].as_str().unwrap_or_default().to_owned()))
    }

    /// Starts an nginx that ends each connection after `requests` requests. Returns its base URL, or `None` if nginx is not
    /// installed.
    pub fn nginx(&self, requests: u64) -> Option<String> {
        self.shared.new_nginx(requests).ok()
    }

    /// Returns the number of tunnels through the proxy, by kind.
    pub fn tunnels(&self) -> Value {
        self.shared.tunnels()
    }

    /// Returns the counters of an HTTP/2 server.
    pub fn http2_counters(&self, number: usize) -> Value {
        self.shared.http2_counters(number).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.nginx.lock().unwrap_or_else(PoisonError::into_inner).clear();
        // Dropping a runtime blocks, which panics inside another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn listen() -> Result<StdListener> {
    let listener = StdListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Binds a port without listening. The port refuses connections, and no other process can use it.
fn bind() -> Result<(Socket, SocketAddr)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    let address = socket.local_addr()?.as_socket().expect("it was bound to an address");
    Ok((socket, address))
}

/// Returns a port with a full accept queue, where further connections neither open nor fail.
fn full() -> Result<(Socket, SocketAddr, Vec<StdStream>)> {
    let (socket, address) = bind()?;
    socket.listen(0)?;
    let patience = std::time::Duration::from_millis(50);
    let mut waiting = Vec::new();
    while let Ok(stream) = StdStream::connect_timeout(&address, patience) {
        waiting.push(stream);
    }
    Ok((socket, address, waiting))
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, tls: Option<TlsAcceptor>) {
    loop {
        // Ignore connections that end before they are accepted.
        let Ok((stream, _)) = listener.accept().await else { continue };
        let connection = shared.last_connection.fetch_add(1, Ordering::Relaxed) + 1;
        // Nagle's algorithm would delay parts of a reply. The call fails only for closed connections.
        let _ = stream.set_nodelay(true);
        let (shared, tls) = (shared.clone(), tls.clone());
        tokio::spawn(async move {
            let transport = match tls {
                None => Transport::new(stream),
                Some(tls) => Transport::new(tls.accept(stream).await?),
            };
            connection::serve(transport, shared, connection).await
        });
    }
}

/// Responds to every `ClientHello` with TLS 1.1.
async fn accept_old(listener: TcpListener) {
    async fn handshake(mut stream: TcpStream) -> Result<()> {
        stream.readable().await?;
        stream.write_all(&certificates::old_server_hello()).await?;
        while stream.read(&mut [0; 4096]).await? > 0 {}
        Ok(())
    }
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        tokio::spawn(handshake(stream));
    }
}

/// Returns the path of a temporary file.
pub(crate) fn temporary(name: &str) -> PathBuf {
    let nanos =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_nanos());
    std::env::temp_dir().join(format!("bimpe-fault-server-{}-{nanos}-{name}", std::process::id()))
}
