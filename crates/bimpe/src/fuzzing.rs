//! Private parts of the engine, for property tests, fuzzing and benchmarks. No part of the API.

use std::ops::Range;

use bytes::Bytes;
use http::Uri;
use url::Url;

use crate::Error;
use crate::engine::{self, Client, Envelope, OperationRequest, PreparedRequest, sse};
use crate::transport::HttpRequest;

/// An item of a stream of server-sent events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SseItem {
    /// An event with data.
    Event {
        /// Its type.
        event_type: String,
        /// Its data lines.
        data: String,
        /// The id in this very event.
        id: Option<String>,
    },
    /// An event that only sets the id.
    Id(String),
    /// A comment, or an empty event.
    Comment,
    /// The reconnect delay that the server sets, in milliseconds.
    Retry(u64),
}

/// Decodes chunks. Returns the items, or the exceeded limit.
pub fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<SseItem>, &'static str> {
    let mut items = Vec::new();
    decode_each(pieces, |item| items.push(item))?;
    Ok(items)
}

/// The same item by item, without keeping them.
pub fn decode_each<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    mut take: impl FnMut(SseItem),
) -> Result<(), &'static str> {
    let mut decoder = sse::Decoder::default();
    for piece in pieces {
        let emit = |item: sse::SseItem<'_>| {
            take(match item {
                sse::SseItem::Event { event_type, data, id } => SseItem::Event {
                    event_type: event_type.to_owned(),
                    data: data.to_owned(),
                    id: id.map(str::to_owned),
                },
                sse::SseItem::Id(id) => SseItem::Id(id.to_owned()),
                sse::SseItem::Comment => SseItem::Comment,
                sse::SseItem::Retry(millis) => SseItem::Retry(millis),
            });
        };
        decoder.feed(piece, emit).map_err(|bound| bound.0)?;
    }
    Ok(())
}

/// The URL of a request, without its query.
pub fn address(base: &Url, call: &OperationRequest) -> Result<Uri, Error> {
    engine::RequestUrl::of(base, call.operation, &call.path)?.finish()
}

/// The checked HTTP request.
pub fn request(client: &Client, call: &OperationRequest) -> Result<HttpRequest, Error> {
    PreparedRequest::new(client, call).map(|prepared| prepared.request())
}

/// Finds the range of the data in a body.
pub fn data(body: Bytes) -> Option<Range<usize>> {
    Envelope::read(body).ok()?.data
}
