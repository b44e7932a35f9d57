//! Bodies that the server has packed, unpacked piece by piece, so that the engine can stop a bomb.

use std::io;

use async_compression::tokio::bufread::GzipDecoder;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, StreamExt, iter, try_unfold};
use hyper::body::Incoming;
use tokio::io::AsyncReadExt;
use tokio_util::io::StreamReader;

use super::hyper::{chunk, reason};
use super::{Body, TransportError};
use crate::clock::BoxFuture;

/// What is unpacked at a time.
const PIECE: usize = 16 * 1024;

type Pieces = StreamReader<BoxStream<'static, io::Result<Bytes>>, Bytes>;

/// A packed body.
pub(super) enum Gzip {
    /// Not begun: one that is empty is not packed either, whatever its head said.
    Packed(Option<Incoming>),
    Open(Box<GzipDecoder<Pieces>>),
}

impl Gzip {
    pub(super) fn new(body: Incoming) -> Self {
        Self::Packed(Some(body))
    }

    /// The decoder; `None` at the end of an empty body.
    async fn decoder(&mut self) -> Result<Option<&mut GzipDecoder<Pieces>>, TransportError> {
        if let Self::Packed(body) = self {
            let Some(unread) = body else { return Ok(None) };
            // It stays where it is while it is waited for, since the wait may be given up.
            let first = chunk(unread).await.map_err(|error| TransportError::lost(reason(&error)))?;
            let (Some(first), Some(body)) = (first, body.take()) else { return Ok(None) };
            let rest = try_unfold(body, |mut body| async move {
                let piece = chunk(&mut body).await.map_err(io::Error::other)?;
                Ok(piece.map(|piece| (piece, body)))
            });
            let pieces = iter([Ok(first)]).chain(rest).boxed();
            let mut decoder = GzipDecoder::new(StreamReader::new(pieces));
            decoder.multiple_members(true);
            *self = Self::Open(Box::new(decoder));
        }
        match self {
            Self::Open(decoder) => Ok(Some(decoder)),
            Self::Packed(_) => Ok(None),
        }
    }
}

impl Body for Gzip {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(async {
            let Some(decoder) = self.decoder().await? else { return Ok(None) };
            let mut piece = BytesMut::with_capacity(PIECE);
            let lost = |error: io::Error| TransportError::lost(reason(&error));
            let size = decoder.read_buf(&mut piece).await.map_err(lost)?;
            Ok((size > 0).then(|| piece.freeze()))
        })
    }
}
