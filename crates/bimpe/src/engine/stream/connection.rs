//! One connection of a stream: gets a ticket, and opens the stream.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use serde_json::Value;
use url::Url;

use super::sse::Decoder;
use crate::engine::attempt_error::RequestContext;
use crate::engine::envelope::EnvelopeError;
use crate::engine::prepare::{Limits, REQUEST_ID};
use crate::engine::redact::Redactor;
use crate::engine::request_url::RequestUrl;
use crate::engine::{Client, OperationRequest, RequestOptions, error_mapping, json, retry};
use crate::error::{Error, ErrorKind};
use crate::schema::Operation;
use crate::transport::{Body, Failure, HttpRequest};

/// The most that is read of a refusal.
const MAX_ERROR_PREFIX: usize = 64 * 1024;

/// An open stream.
pub(super) struct Connection {
    pub(super) body: Box<dyn Body>,
    pub(super) decoder: Decoder,
    /// When it was opened, by the client's clock.
    pub(super) opened: Duration,
    /// The same by the server's clock.
    pub(super) date: Option<Duration>,
    /// The server replays from about this time, by its clock. Older events are dropped.
    pub(super) since: Option<Duration>,
}

/// A ticket, which opens one connection.
pub(super) struct Ticket {
    pub(super) text: String,
    /// The time of the ticket, by the server's clock.
    pub(super) date: Option<Duration>,
}

/// Why a stream could not be opened.
pub(super) enum OpenError {
    /// The server refused the ticket. A new one may succeed.
    TicketRejected(Error),
    /// A later attempt may succeed.
    Retryable(Error),
    /// Later attempts would fail, too.
    Fatal(Error),
    /// The server has nothing to stream.
    NoContent,
}

/// Gets a ticket, by the operation that has the stream's name and `_ticket`. Repeating is up to the stream.
pub(super) async fn ticket(
    client: &Client,
    stream: &Operation,
    path: &[String],
    options: RequestOptions,
) -> Result<Ticket, Error> {
    let mut call = OperationRequest::new(&format!("{}_ticket", stream.id))?;
    call.path = path.to_vec();
    call.options = options;
    let response = client.execute(call).await?;
    let data: Value = json::value(response.data()).unwrap_or_default();
    let ticket = data.get("ticket").and_then(Value::as_str);
    ticket.map(|text| Ticket { text: text.to_owned(), date: retry::date(&response.headers) }).ok_or_else(
        || Error::new(ErrorKind::UnexpectedResponse, "the response holds no ticket for the stream"),
    )
}

/// Opens the stream, or reads why not, within the time of one attempt.
pub(super) async fn open(
    client: &Client,
    operation: &'static Operation,
    ids: &[String],
    own: &[(HeaderName, HeaderValue)],
    ticket: &str,
    after: Option<&str>,
) -> Result<Connection, OpenError> {
    let limit = Limits::of(operation, &RequestOptions::default(), client).attempt;
    let timer = client.shared.settings.clock.sleep(limit);
    let opening = pin!(send_request(client, operation, ids, own, ticket, after));
    match client.unless_closed(select(opening, timer)).await.map_err(OpenError::Fatal)? {
        Either::Left((opened, _)) => opened,
        Either::Right(_) => {
            let text = format!("the stream did not open within {limit:?}");
            Err(OpenError::Retryable(Error::new(ErrorKind::Timeout, text)))
        }
    }
}

/// Sends the ticket in place of the key.
async fn send_request(
    client: &Client,
    operation: &'static Operation,
    ids: &[String],
    own: &[(HeaderName, HeaderValue)],
    ticket: &str,
    after: Option<&str>,
) -> Result<Connection, OpenError> {
    let settings = &client.shared.settings;
    let address = address(&settings.base, operation, ids, ticket, after).map_err(OpenError::Fatal)?;
    let mut request = HttpRequest::new(operation.method.clone(), address);
    request.headers = headers(&settings.headers, client.shared.request_ids.next());
    for (name, value) in own {
        request.headers.insert(name.clone(), value.clone());
    }
    let context = RequestContext {
        operation,
        custom: false,
        secrets: Redactor::of(ticket, operation, None),
        key_source: None,
        server: settings.server.clone(),
        clock: settings.clock.clone(),
    };

    let mut response = client.network.streams.send(request).await.map_err(|failed| {
        let error = error_mapping::from_transport(&failed, &settings.server).error;
        if failed.failure == Failure::Tls { OpenError::Fatal(error) } else { OpenError::Retryable(error) }
    })?;
    if response.status == StatusCode::NO_CONTENT {
        return Err(OpenError::NoContent);
    }
    if !response.status.is_success() {
        let body = read_prefix(response.body.as_mut()).await;
        let failed = error_mapping::from_response(response.status, response.headers, &body.into(), &context);
        let error = failed.error;
        return Err(match response.status.as_u16() {
            401 | 403 | 410 => OpenError::TicketRejected(error),
            _ if error.retryable() => OpenError::Retryable(error),
            _ => OpenError::Fatal(error),
        });
    }
    let kind = response.headers.get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.trim_start().starts_with("text/event-stream")) {
        let body = read_prefix(response.body.as_mut()).await;
        let failed = error_mapping::unexpected_response(
            EnvelopeError::NotAnEventStream,
            response.status,
            response.headers,
            &body.into(),
            &context,
        );
        return Err(OpenError::Fatal(failed.error));
    }
    Ok(Connection {
        date: retry::date(&response.headers),
        body: response.body,
        decoder: Decoder::default(),
        opened: settings.clock.now(),
        since: None,
    })
}

/// Returns the address that opens a stream with a ticket.
pub(crate) fn address(
    base: &Url,
    operation: &Operation,
    ids: &[String],
    ticket: &str,
    after: Option<&str>,
) -> Result<Uri, Error> {
    let mut address = RequestUrl::of(base, operation, ids)?;
    address.add("ticket", ticket);
    if let Some(after) = after {
        address.add("after", after);
    }
    address.finish()
}

fn headers(base: &HeaderMap, request_id: HeaderValue) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(agent) = base.get(http::header::USER_AGENT) {
        headers.insert(http::header::USER_AGENT, agent.clone());
    }
    headers.insert(http::header::ACCEPT, HeaderValue::from_static("text/event-stream"));
    headers.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REQUEST_ID, request_id);
    headers
}

async fn read_prefix(body: &mut dyn Body) -> Vec<u8> {
    let mut start = Vec::new();
    while let Ok(Some(chunk)) = body.chunk().await {
        start.extend_from_slice(&chunk);
        if start.len() > MAX_ERROR_PREFIX {
            break;
        }
    }
    start
}
