//! Parts of the engine that have no public face, for tests that try them with any bytes. No part of the API.

use crate::engine::sse;

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
        let emit = |frame| {
            take(match frame {
                sse::Frame::Event { kind, data, id } => Frame::Event { kind: kind.into_owned(), data, id },
                sse::Frame::Id(id) => Frame::Id(id),
                sse::Frame::Life => Frame::Life,
                sse::Frame::Retry(millis) => Frame::Retry(millis),
            });
        };
        decoder.feed(piece, emit).map_err(|bound| bound.0)?;
    }
    Ok(())
}
