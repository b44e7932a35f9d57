//! Servers of HTTP/2 that close their connections as real ones do: after so many requests, with GOAWAY or by refusing streams.
//!
//! They write frames by hand, since libraries close more politely than some servers. Requests are counted and not read.

use std::io::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::wire::Wire;

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

/// What one server does.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    /// Requests that a connection processes before the end.
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
    /// GOAWAY that names the last request, the responses, and no word to later streams, as nginx does.
    #[default]
    Goaway,
    /// The next stream is refused; then as many requests are processed again.
    Refuse,
    /// GOAWAY that names the last request, and the end of the connection without its response.
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
    /// Starts it on a port of its own. It runs until the runtime ends.
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
                    let wire = Wire::new(acceptor.accept(stream).await?);
                    server.connections.fetch_add(1, Ordering::Relaxed);
                    server.serve(wire).await
                });
            }
        });
        Ok(server)
    }

    pub(crate) fn base_url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    pub(crate) fn journal(&self) -> Value {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        json!({
            "connections": count(&self.connections),
            "processed": count(&self.processed),
            "refused": count(&self.refused),
        })
    }

    async fn serve(&self, mut wire: Wire) -> Result<()> {
        read(&mut wire, PREFACE.len()).await?;
        write(&mut wire, SETTINGS, 0, 0, &[]).await?;
        let mut handled = 0;
        loop {
            let (kind, flags, stream, payload) = frame(&mut wire).await?;
            match kind {
                SETTINGS if flags & ACK == 0 => write(&mut wire, SETTINGS, ACK, 0, &[]).await?,
                PING if flags & ACK == 0 => write(&mut wire, PING, ACK, 0, &payload).await?,
                DATA if !payload.is_empty() => {
                    let size = u32::try_from(payload.len()).map_err(Error::other)?;
                    write(&mut wire, WINDOW_UPDATE, 0, 0, &size.to_be_bytes()).await?;
                }
                _ => {}
            }
            if !matches!(kind, HEADERS | DATA) || flags & END_STREAM == 0 {
                continue;
            }
            if handled == self.script.requests {
                // Only `refuse` comes here: the others have left.
                self.refused.fetch_add(1, Ordering::Relaxed);
                write(&mut wire, RST_STREAM, 0, stream, &REFUSED_STREAM.to_be_bytes()).await?;
                handled = 0;
                continue;
            }
            handled += 1;
            self.processed.fetch_add(1, Ordering::Relaxed);
            if handled == self.script.requests && self.script.end != End::Refuse {
                let last = [stream.to_be_bytes(), NO_ERROR.to_be_bytes()].concat();
                write(&mut wire, GOAWAY, 0, 0, &last).await?;
                if self.script.end == End::Goaway {
                    self.respond(&mut wire, stream).await?;
                }
                wire.finish().await;
                return Ok(());
            }
            self.respond(&mut wire, stream).await?;
        }
    }

    async fn respond(&self, wire: &mut Wire, stream: u32) -> Result<()> {
        write(wire, HEADERS, END_HEADERS, stream, RESPONSE_HEADERS).await?;
        write(wire, DATA, END_STREAM, stream, self.script.body.to_string().as_bytes()).await
    }
}

async fn read(wire: &mut Wire, length: usize) -> Result<Vec<u8>> {
    while wire.buffer.len() < length {
        if wire.fill().await? == 0 {
            return Err(Error::other("the client has closed the connection"));
        }
    }
    Ok(wire.take(length))
}

/// Kind, flags, stream and payload of the next frame.
async fn frame(wire: &mut Wire) -> Result<(u8, u8, u32, Vec<u8>)> {
    let head = read(wire, 9).await?;
    let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
    let stream = u32::from_be_bytes([head[5] & 0x7f, head[6], head[7], head[8]]);
    Ok((head[3], head[4], stream, read(wire, length).await?))
}

async fn write(wire: &mut Wire, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Result<()> {
    let length = u32::try_from(payload.len()).map_err(Error::other)?.to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    wire.write(&frame).await
}
