//! One attempt: sends the request and reads the whole response.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};

use super::attempt_error::{AttemptError, RequestContext};
use super::envelope::{Envelope, EnvelopeError};
use super::error_mapping;
use crate::error::Error;
use crate::schema::ResponseShape;
use crate::transport::{HttpRequest, Transport, TransportError};

/// The largest body, decompressed.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// A complete response of the shape that the operation has.
pub(crate) struct Success {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) envelope: Envelope,
}

/// Sends the request once.
pub(crate) async fn attempt(
    transport: &dyn Transport,
    request: HttpRequest,
    context: &RequestContext,
) -> Result<Success, AttemptError> {
    let broken = |error: &TransportError| error_mapping::from_transport(error, &context.server);
    let mut response = transport.send(request).await.map_err(|error| broken(&error))?;
    let (status, headers) = (response.status, response.headers);

    let announced =
        headers.get(http::header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let mut body = Bytes::new();
    let mut more = BytesMut::new();
    let mut size = 0_usize;
    if status.is_success() && announced.is_some_and(|length: usize| length > MAX_BODY) {
        return Err(error_mapping::too_large(status, headers, MAX_BODY, context));
    }
    loop {
        let chunk = match response.body.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            // The status of an error is worth more than the rest of its text.
            Err(_) if !status.is_success() => break,
            Err(error) => return Err(broken(&error)),
        };
        size += chunk.len();
        if status.is_success() && size > MAX_BODY {
            return Err(error_mapping::too_large(status, headers, MAX_BODY, context));
        }
        // Most responses arrive in one chunk, which then needs no copy.
        if body.is_empty() {
            body = chunk;
        } else {
            if more.is_empty() {
                // It is within bounds, and the text of an error is not read to its end.
                more.reserve(if status.is_success() { announced.unwrap_or_default() } else { 0 });
                more.extend_from_slice(&body);
            }
            more.extend_from_slice(&chunk);
        }
        // No more than this is kept of the text of an error.
        if !status.is_success() && size > error_mapping::MAX_ERROR_BODY {
            break;
        }
    }
    let body = if more.is_empty() { body } else { more.freeze() };

    if status.is_success() {
        success(status, headers, body, context)
    } else {
        Err(error_mapping::from_response(status, headers, &body, context))
    }
}

fn success(
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    context: &RequestContext,
) -> Result<Success, AttemptError> {
    let may_be_empty = context.custom || matches!(context.operation.response, ResponseShape::Nothing);
    if may_be_empty && body.iter().all(u8::is_ascii_whitespace) {
        let envelope = Envelope { body, data: None, meta: None };
        return Ok(Success { status, headers, envelope });
    }
    let list = matches!(context.operation.response, ResponseShape::List(_) | ResponseShape::Page(_));
    let write = context.operation.is_write();
    let reason = match Envelope::read(body.clone()) {
        // An applied write must not fail because of the shape of its response.
        Ok(envelope) if may_be_empty || envelope.data.is_some() && (!list || write || envelope.is_list()) => {
            return Ok(Success { status, headers, envelope });
        }
        Ok(envelope) if list && envelope.data.is_some() => EnvelopeError::DataNotAList,
        Ok(_) => EnvelopeError::MissingData,
        Err(reason) => reason,
    };
    Err(error_mapping::unexpected_response(reason, status, headers, &body, context))
}

impl Success {
    /// The response to a deletion of what was already deleted.
    pub(crate) fn empty(error: &Error) -> Self {
        let envelope = Envelope { body: Bytes::new(), data: None, meta: None };
        let status = error.inner().status.unwrap_or(StatusCode::NOT_FOUND);
        Self { status, headers: error.headers().clone(), envelope }
    }
}
