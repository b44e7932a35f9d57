//! A proxy for HTTP CONNECT and SOCKS5 on one port. Connects every host name to this machine.

use std::io::{Error, Result};
use std::net::TcpListener as StdListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// Number of opened tunnels of each kind.
#[derive(Default)]
pub(crate) struct Tunnels {
    pub(crate) http: AtomicU64,
    pub(crate) socks: AtomicU64,
}

/// Serves on this listener until the runtime ends.
pub(crate) fn start(listener: StdListener) -> Result<Arc<Tunnels>> {
    let listener = TcpListener::from_std(listener)?;
    let tunnels = Arc::new(Tunnels::default());
    let counted = tunnels.clone();
    tokio::spawn(async move {
        loop {
            let Ok((client, _)) = listener.accept().await else { continue };
            tokio::spawn(serve(client, counted.clone()));
        }
    });
    Ok(tunnels)
}

async fn serve(mut client: TcpStream, tunnels: Arc<Tunnels>) -> Result<()> {
    let mut first = [0];
    client.peek(&mut first).await?;
    let port = if first == [5] {
        tunnels.socks.fetch_add(1, Ordering::Relaxed);
        socks(&mut client).await?
    } else {
        tunnels.http.fetch_add(1, Ordering::Relaxed);
        connect(&mut client).await?
    };
    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// Reads `CONNECT host:port HTTP/1.1` with its headers, and returns the port.
async fn connect(client: &mut TcpStream) -> Result<u16> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    client.write_all(b"HTTP/1.1 200 Tunnel\r\n\r\n").await?;
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split(' ').nth(1).and_then(|target| target.rsplit(':').next());
    target.and_then(|port| port.parse().ok()).ok_or_else(|| Error::other("missing port in CONNECT"))
}

/// Performs the SOCKS5 handshake without a password, and returns the port.
async fn socks(client: &mut TcpStream) -> Result<u16> {
    let mut greeting = [0; 2];
    client.read_exact(&mut greeting).await?;
    client.read_exact(&mut vec![0; usize::from(greeting[1])]).await?;
    client.write_all(&[5, 0]).await?;
    let mut request = [0; 4];
    client.read_exact(&mut request).await?;
    let length = match request[3] {
        1 => 4,
        3 => usize::from(client.read_u8().await?),
        _ => 16,
    };
    client.read_exact(&mut vec![0; length]).await?;
    let port = client.read_u16().await?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    Ok(port)
}
