//! Bodies with the content coding gzip, decoded piece by piece so that the engine can limit the decoded size.

use std::io;

use async_compression::tokio::bufread::GzipDecoder;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, StreamExt, try_unfold};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use tokio::io::{AsyncBufReadExt, AsyncReadExt};
use tokio_util::io::StreamReader;

use super::body::Incoming;
use super::os_code::lost;
use crate::clock::BoxFuture;
use crate::transport::{Body, TransportError};

/// Size of decoded chunks.
const PIECE: usize = 16 * 1024;

/// Whether the body is coded with gzip, once. Removes the headers that describe the coded body.
pub(super) fn take_coding(headers: &mut HeaderMap) -> bool {
    let is = |coding: &[u8], name: &str| coding.trim_ascii().eq_ignore_ascii_case(name.as_bytes());
    let values = headers.get_all(CONTENT_ENCODING).iter();
    let codings = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let mut codings = codings.filter(|coding| !is(coding, "") && !is(coding, "identity"));
    let is_first = codings.next().is_some_and(|coding| is(coding, "gzip") || is(coding, "x-gzip"));
    let is_coded = is_first && codings.next().is_none();
    if is_coded {
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
    }
    is_coded
}

/// A coded body.
pub(super) struct Gzip {
    decoder: Box<GzipDecoder<StreamReader<BoxStream<'static, io::Result<Bytes>>, Bytes>>>,
    has_begun: bool,
}

impl Gzip {
    pub(super) fn new(body: Incoming) -> Self {
        let pieces = try_unfold(body, |mut body| async move {
            let piece = body.chunk().await.map_err(io::Error::other)?;
            Ok(piece.map(|piece| (piece, body)))
        });
        let mut decoder = Box::new(GzipDecoder::new(StreamReader::new(pieces.boxed())));
        decoder.multiple_members(true);
        Self { decoder, has_begun: false }
    }

    async fn piece(&mut self) -> io::Result<Option<Bytes>> {
        if !self.has_begun {
            // An empty body is not coded, whatever the headers say.
            if self.decoder.get_mut().fill_buf().await?.is_empty() {
                return Ok(None);
            }
            self.has_begun = true;
        }
        let mut piece = BytesMut::with_capacity(PIECE);
        let size = self.decoder.read_buf(&mut piece).await?;
        Ok((size > 0).then(|| piece.freeze()))
    }
}

impl Body for Gzip {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(async { self.piece().await.map_err(lost) })
    }
}
