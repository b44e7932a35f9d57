//! Response bodies, read in chunks so that the engine can limit their size.

use std::pin::pin;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use futures_util::poll;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::yield_now;

use super::os_code::lost;
use crate::clock::BoxFuture;
use crate::transport::{Body, TransportError};

/// Smaller chunks are joined if more have arrived.
const PIECE: usize = 64 * 1024;

/// The body of a connection. It counts as a request in flight while it is read.
pub(super) struct Incoming {
    pub(super) body: reqwest::Body,
    pub(super) _permit: Option<OwnedSemaphorePermit>,
}

impl Incoming {
    /// The next piece; trailers are skipped.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, reqwest::Error> {
        while let Some(frame) = self.body.frame().await {
            // The address of a stream holds its ticket.
            if let Ok(data) = frame.map_err(reqwest::Error::without_url)?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

/// A body without a content coding. Received data stays here until it is returned, because the caller may drop the future.
pub(super) struct IdentityBody {
    incoming: Incoming,
    arrived: Option<Bytes>,
    /// The end or the error after the chunk, if it has arrived.
    end: Option<Result<(), reqwest::Error>>,
}

impl IdentityBody {
    pub(super) fn new(incoming: Incoming) -> Self {
        Self { incoming, arrived: None, end: None }
    }

    /// The next piece, joined with those that have arrived behind it: a stream delivers small ones, and to wake the reader
    /// costs as much as many of them.
    async fn read_available(&mut self) -> Result<Option<Bytes>, reqwest::Error> {
        if self.arrived.is_none() {
            if let Some(end) = self.end.take() {
                return end.map(|()| None);
            }
            // The connection need not be read for an end that is known.
            if !self.incoming.body.is_end_stream() {
                self.arrived = self.incoming.chunk().await?;
            }
        }
        while let Some(arrived) = &self.arrived
            && arrived.len() < PIECE
            && !self.incoming.body.is_end_stream()
        {
            // Lets the task of the connection deliver what it has read.
            yield_now().await;
            let next = poll!(pin!(self.incoming.chunk()));
            match next {
                Poll::Ready(Ok(Some(next))) => {
                    let mut joined = BytesMut::from(self.arrived.take().unwrap_or_default());
                    joined.extend_from_slice(&next);
                    self.arrived = Some(joined.freeze());
                }
                Poll::Ready(end) => {
                    self.end = Some(end.map(drop));
                    break;
                }
                Poll::Pending => break,
            }
        }
        Ok(self.arrived.take())
    }
}

impl Body for IdentityBody {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(async { self.read_available().await.map_err(lost) })
    }
}
