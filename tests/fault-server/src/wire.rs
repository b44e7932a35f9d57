//! A connection, encrypted or not, that notices while it waits when the other side has gone.

use std::io::{ErrorKind, Result};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// Bytes in both directions, and the socket below them.
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

pub(crate) struct Wire {
    socket: Box<dyn Socket>,
    /// What has come and is not read yet.
    pub(crate) buffer: BytesMut,
}

impl Wire {
    pub(crate) fn new(socket: impl Socket + 'static) -> Self {
        Self { socket: Box::new(socket), buffer: BytesMut::new() }
    }

    /// Reads more; 0 if the other side has closed.
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

    /// Waits, unless the other side closes.
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

    /// Does nothing until the other side closes.
    pub(crate) async fn stall(&mut self) {
        while self.fill().await.is_ok_and(|read| read > 0) {}
    }

    /// Ends the connection in order.
    pub(crate) async fn close(mut self) {
        // The other side may have gone first.
        let _ = self.socket.shutdown().await;
    }

    /// Ends the connection in order, and reads what the other side still sends: to close with unread bytes resets the
    /// connection, and what was written last is lost.
    pub(crate) async fn finish(mut self) {
        if self.socket.shutdown().await.is_ok() {
            self.stall().await;
        }
    }

    /// Ends the connection with a reset instead of an end.
    pub(crate) fn reset(self) {
        // The other side may have gone first.
        let _ = socket2::SockRef::from(self.socket.tcp()).set_linger(Some(Duration::ZERO));
    }
}
