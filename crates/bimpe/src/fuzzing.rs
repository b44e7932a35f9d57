//! Parts of the engine that have no public face, for tests that try them with any bytes, and to measure them one by one.
//! No part of the API.

use std::ops::Range;

use bytes::Bytes;
use http::Uri;
use url::Url;

use crate::Error;
use crate::engine::{self, Call, Client, Envelope, Prepared, sse};
use crate::transport::HttpRequest;

/// What a stream of server-sent events is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// An event with data.
    Event {
        /// Its type.
        kind: String,
        /// Its data lines.
        data: String,
        /// The id in this very event.
        id: Option<String>,
    },
    /// An event that only sets the id.
    Id(String),
    /// A sign of life.
    Life,
    /// The server's wish for the time before a reconnect, in milliseconds.
    Retry(u64),
}

/// What the decoder makes of these pieces, or which of its bounds they break.
pub fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Frame>, &'static str> {
    let mut frames = Vec::new();
    decode_each(pieces, |frame| frames.push(frame))?;
    Ok(frames)
}

/// The same frame by frame, without keeping them.
pub fn decode_each<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    mut take: impl FnMut(Frame),
) -> Result<(), &'static str> {
    let mut decoder = sse::Decoder::default();
    for piece in pieces {
        let emit = |frame: sse::Frame<'_>| {
            take(match frame {
                sse::Frame::Event { kind, data, id } => {
                    Frame::Event { kind: kind.to_owned(), data: data.to_owned(), id: id.map(str::to_owned) }
                }
                sse::Frame::Id(id) => Frame::Id(id.to_owned()),
                sse::Frame::Life => Frame::Life,
                sse::Frame::Retry(millis) => Frame::Retry(millis),
            });
        };
        decoder.feed(piece, emit).map_err(|bound| bound.0)?;
    }
    Ok(())
}

/// The address of a call, without its query.
pub fn address(base: &Url, call: &Call) -> Result<Uri, Error> {
    engine::Address::of(base, call.operation, &call.path)?.finish()
}

/// The request of a call, checked and ready to be sent.
pub fn request(client: &Client, call: &Call) -> Result<HttpRequest, Error> {
    Prepared::new(client, call).map(|prepared| prepared.request())
}

/// Where the data lies in a body.
pub fn data(body: Bytes) -> Option<Range<usize>> {
    Envelope::read(body).ok()?.data
}
