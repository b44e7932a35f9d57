//! HTTP/2 servers that end connections after a number of requests, as real servers do: with GOAWAY or `REFUSED_STREAM`.
//!
//! The servers write frames directly, because libraries always close connections gracefully. They count requests without
//! parsing them.

use std::io::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::transport::Transport;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;

const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const NO_ERROR: u32 = 0;
const REFUSED_STREAM: u32 = 7;

/// `:status: 200` and `content-type: application/json` in HPACK.
const RESPONSE_HEADERS: &[u8] = b"\x88\x0f\x10\x10application/json";

/// The behavior of one server.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    /// Requests that a connection processes before it ends.
    #[serde(default = "unlimited")]
    requests: u64,
    #[serde(default)]
    end: End,
    /// The body of each response.
    body: Value,
}

fn unlimited() -> u64 {
    u64::MAX
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum End {
    /// Sends GOAWAY with the last request, then its response. Ignores later streams, as nginx does.
    #[default]
    Goaway,
    /// Refuses the next stream. Then processes the same number of requests again.
    Refuse,
    /// Sends GOAWAY with the last request, and closes the connection without its response.
    Lost,
}

/// A running server.
pub(crate) struct Server {
    port: u16,
    script: Script,
    connections: AtomicU64,
    processed: AtomicU64,
    refused: AtomicU64,
}

impl Server {
    /// Starts the server on a free port. The server runs until the runtime ends.
    pub(crate) fn start(script: Script, acceptor: TlsAcceptor) -> Result<Arc<Self>> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let counter = AtomicU64::default;
        let server = Arc::new(Self {
            port: listener.local_addr()?.port(),
            script,
            connections: counter(),
            processed: counter(),
            refused: counter(),
        });
        let (listener, this) = (TcpListener::from_std(listener)?, server.clone());
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                let (server, acceptor) = (this.clone(), acceptor.clone());
                tokio::spawn(async move {
                    let transport = Transport::new(acceptor.accept(stream).await?);
                    server.connections.fetch_add(1, Ordering::Relaxed);
                    server.serve(transport).await
                });
            }
        });
        Ok(server)
    }

    pub(crate) fn base_url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    pub(crate) fn counters(&self) -> Value {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        json!({
            "connections": count(&self.connections),
            "processed": count(&self.processed),
            "refused": count(&self.refused),
        })
    }

    async fn serve(&self, mut transport: Transport) -> Result<()> {
        read(&mut transport, PREFACE.len()).await?;
        write(&mut transport, SETTINGS, 0, 0, &[]).await?;
        let mut handled = 0;
        loop {
            let (kind, flags, stream, payload) = frame(&mut transport).await?;
            match kind {
                SETTINGS if flags & ACK == 0 => write(&mut transport, SETTINGS, ACK, 0, &[]).await?,
                PING if flags & ACK == 0 => write(&mut transport, PING, ACK, 0, &payload).await?,
                DATA if !payload.is_empty() => {
                    let size = u32::try_from(payload.len()).map_err(Error::other)?;
                    write(&mut transport, WINDOW_UPDATE, 0, 0, &size.to_be_bytes()).await?;
                }
                _ => {}
            }
            if !matches!(kind, HEADERS | DATA) || flags & END_STREAM == 0 {
                continue;
            }
            if handled == self.script.requests {
                // Only `refuse` reaches this point, because the others return at the limit.
                self.refused.fetch_add(1, Ordering::Relaxed);
                write(&mut transport, RST_STREAM, 0, stream, &REFUSED_STREAM.to_be_bytes()).await?;
                handled = 0;
                continue;
            }
            handled += 1;
            self.processed.fetch_add(1, Ordering::Relaxed);
            if handled == self.script.requests && self.script.end != End::Refuse {
                let last = [stream.to_be_bytes(), NO_ERROR.to_be_bytes()].concat();
                write(&mut transport, GOAWAY, 0, 0, &last).await?;
                if self.script.end == End::Goaway {
                    self.respond(&mut transport, stream).await?;
                }
                transport.finish().await;
                return Ok(());
            }
            self.respond(&mut transport, stream).await?;
        }
    }

    async fn respond(&self, transport: &mut Transport, stream: u32) -> Result<()> {
        write(transport, HEADERS, END_HEADERS, stream, RESPONSE_HEADERS).await?;
        write(transport, DATA, END_STREAM, stream, self.script.body.to_string().as_bytes()).await
    }
}

async fn read(transport: &mut Transport, length: usize) -> Result<Vec<u8>> {
    while transport.buffer.len() < length {
        if transport.fill().await? == 0 {
            return Err(Error::other("the client has closed the connection"));
        }
    }
    Ok(transport.take(length))
}

/// Reads the kind, flags, stream and payload of the next frame.
async fn frame(transport: &mut Transport) -> Result<(u8, u8, u32, Vec<u8>)> {
    let head = read(transport, 9).await?;
    let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
    let stream = u32::from_be_bytes([head[5] & 0x7f, head[6], head[7], head[8]]);
    Ok((head[3], head[4], stream, read(transport, length).await?))
}

async fn write(transport: &mut Transport, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Result<()> {
    let length = u32::try_from(payload.len()).map_err(Error::other)?.to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    transport.write(&frame).await
}
