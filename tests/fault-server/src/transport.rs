//! A connection with or without TLS. Detects during delays that the client has closed it.

use std::io::{ErrorKind, Result};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// A byte stream with access to its TCP socket.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Socket for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

pub(crate) struct Transport {
    socket: Box<dyn Socket>,
    /// Received bytes that are not parsed yet.
    pub(crate) buffer: BytesMut,
}

impl Transport {
    pub(crate) fn new(socket: impl Socket + 'static) -> Self {
        Self { socket: Box::new(socket), buffer: BytesMut::new() }
    }

    /// Reads more bytes. Returns 0 if the client has closed the connection.
    pub(crate) async fn fill(&mut self) -> Result<usize> {
        self.socket.read_buf(&mut self.buffer).await
    }

    pub(crate) fn take(&mut self, length: usize) -> Vec<u8> {
        self.buffer.split_to(length).to_vec()
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.socket.write_all(bytes).await?;
        self.socket.flush().await
    }

    /// Waits. Fails if the client closes the connection.
    pub(crate) async fn pause(&mut self, seconds: f64) -> Result<()> {
        if seconds <= 0.0 {
            return Ok(());
        }
        let watch = async {
            while self.fill().await? > 0 {}
            Err(ErrorKind::ConnectionAborted.into())
        };
        tokio::time::timeout(Duration::from_secs_f64(seconds), watch).await.unwrap_or(Ok(()))
    }

    /// Waits until the client closes the connection.
    pub(crate) async fn stall(&mut self) {
        while self.fill().await.is_ok_and(|read| read > 0) {}
    }

    /// Shuts the connection down.
    pub(crate) async fn close(mut self) {
        // Ignore errors, because the client may have closed the connection first.
        let _ = self.socket.shutdown().await;
    }

    /// Shuts the connection down and reads the remaining bytes. Closing with unread bytes would reset the connection, and the
    /// client would lose the last response.
    pub(crate) async fn finish(mut self) {
        if self.socket.shutdown().await.is_ok() {
            self.stall().await;
        }
    }

    /// Resets the connection.
    pub(crate) fn reset(self) {
        // Ignore errors, because the client may have closed the connection first.
        let _ = socket2::SockRef::from(self.socket.tcp()).set_linger(Some(Duration::ZERO));
    }
}
