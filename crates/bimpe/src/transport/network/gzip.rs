//! Bodies with the content coding gzip, decoded piece by piece so that the engine can limit the decoded size.

use std::io;

use async_compression::tokio::bufread::GzipDecoder;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, StreamExt, iter, try_unfold};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use tokio::io::AsyncReadExt;
use tokio_util::io::StreamReader;

use super::body::Incoming;
use super::error::reason;
use crate::clock::BoxFuture;
use crate::transport::{Body, TransportError};

/// What is decoded at a time.
const PIECE: usize = 16 * 1024;

type Pieces = StreamReader<BoxStream<'static, io::Result<Bytes>>, Bytes>;

/// Whether the body is coded with gzip, once. Removes the headers that describe the coded body.
pub(super) fn take_coding(headers: &mut HeaderMap) -> bool {
    let mut times = 0;
    for value in headers.get_all(CONTENT_ENCODING) {
        for coding in value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            if coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip") {
                times += 1;
            } else if !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity") {
                return false;
            }
        }
    }
    if times == 1 {
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
    }
    times == 1
}

/// A coded body.
pub(super) enum Gzip {
    /// Not read yet: an empty body is not coded, whatever the headers say.
    Coded(Option<Incoming>),
    Open(Box<GzipDecoder<Pieces>>),
}

impl Gzip {
    pub(super) fn new(body: Incoming) -> Self {
        Self::Coded(Some(body))
    }

    /// The decoder; `None` at the end of an empty body.
    async fn decoder(&mut self) -> Result<Option<&mut GzipDecoder<Pieces>>, TransportError> {
        if let Self::Coded(body) = self {
            let Some(unread) = body else { return Ok(None) };
            // The body stays in place while its first piece is awaited, since the caller may drop the future.
            let first = unread.chunk().await.map_err(|error| TransportError::lost(reason(&error)))?;
            let (Some(first), Some(body)) = (first, body.take()) else { return Ok(None) };
            let rest = try_unfold(body, |mut body| async move {
                let piece = body.chunk().await.map_err(io::Error::other)?;
                Ok(piece.map(|piece| (piece, body)))
            });
            let pieces = iter([Ok(first)]).chain(rest).boxed();
            let mut decoder = GzipDecoder::new(StreamReader::new(pieces));
            decoder.multiple_members(true);
            *self = Self::Open(Box::new(decoder));
        }
        match self {
            Self::Open(decoder) => Ok(Some(decoder)),
            Self::Coded(_) => Ok(None),
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

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn codings_are_read_in_any_case_and_by_any_name() {
        for (value, coded) in [
            ("gzip", true),
            ("GZIP", true),
            ("x-gzip", true),
            ("identity, gzip", true),
            ("identity", false),
            ("br", false),
            ("gzip, gzip", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(value));
            assert_eq!(take_coding(&mut headers), coded, "{value}");
            assert_eq!(headers.is_empty(), coded, "{value}");
        }
    }
}
