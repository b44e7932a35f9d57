//! A successful response: its data as JSON text, and its metadata.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;

use crate::schema::Operation;

/// A successful response. Its JSON is checked, but not decoded.
#[non_exhaustive]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers of the response.
    pub headers: HeaderMap,
    /// The id to quote to the API's support.
    pub request_id: Option<String>,
    /// How many requests were sent.
    pub attempts: u32,
    /// The time of the request, waits included.
    pub elapsed: Duration,
    /// The idempotency key that was sent, for writes.
    pub idempotency_key: Option<String>,
    pub(crate) operation: &'static Operation,
    pub(crate) body: Bytes,
    pub(crate) data: Option<Range<usize>>,
    pub(crate) meta: Option<Range<usize>>,
    pub(crate) next: Option<String>,
}

impl Response {
    /// The operation of the request.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// The whole body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The JSON text of `data`; `null` if there is none.
    pub fn data(&self) -> &str {
        self.part(self.data.as_ref()).unwrap_or("null")
    }

    /// The same as bytes.
    pub(super) fn data_bytes(&self) -> &[u8] {
        self.data.clone().and_then(|range| self.body.get(range)).unwrap_or(b"null")
    }

    /// The JSON text of `meta`, which pages have.
    pub fn meta(&self) -> Option<&str> {
        self.part(self.meta.as_ref())
    }

    /// The next page, for [`super::OperationRequest::cursor`]; `None` on the last page.
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// Returns the response with other data, as if the server had sent only that.
    pub(crate) fn with_data(mut self, data: &str) -> Self {
        let whole = self.data.take().unwrap_or(0..self.body.len());
        let (before, after) = (self.body.slice(..whole.start), self.body.slice(whole.end..));
        self.body = [&before, data.as_bytes(), &after].concat().into();
        self.data = Some(whole.start..whole.start + data.len());
        // Neither it nor the next page belongs to a part of the list.
        self.meta = None;
        self.next = None;
        self
    }

    fn part(&self, range: Option<&Range<usize>>) -> Option<&str> {
        // The envelope was read as UTF-8, and the ranges are those of whole JSON values in it.
        range.and_then(|range| std::str::from_utf8(self.body.get(range.clone())?).ok())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("operation", &self.operation.id)
            .field("status", &self.status)
            .field("request_id", &self.request_id)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
