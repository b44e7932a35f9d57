//! HTTP requests to one server. The first error ends the session, and is kept with its cause.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use http::{StatusCode, header};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response};
use rmcp::model::ServerJsonRpcMessage;
use serde_json::Value;
use sse_stream::{Sse, SseStream};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::causes::{broken_off, client_builder, connection_error};
use crate::error::excerpt;
use crate::{Error, Server, Stage};

pub(crate) const EVENT_STREAM: &str = "text/event-stream";
const MAX_REDIRECTS: usize = 5;
/// Limit of one response. Otherwise an endless response would fill the memory.
const MAX_BYTES: usize = 16 << 20;
const MAX_ERROR_BYTES: usize = 64 << 10;

/// A client for one session.
#[derive(Clone, Debug)]
pub(crate) struct HttpClient {
    client: reqwest::Client,
    pub(crate) server: Server,
    host: String,
    /// The first error.
    failure: watch::Sender<Option<Error>>,
}

impl HttpClient {
    pub(crate) fn new(server: &Server) -> Result<Self, Error> {
        let builder = client_builder(&server.url).redirect(Policy::custom(redirect));
        let client = builder.build().map_err(|error| {
            let cause = format!("The HTTP client did not start: {error}.");
            Error::new(Stage::Input, cause, "Check the proxy and certificate variables of the environment.")
        })?;
        Ok(Self { client, server: server.clone(), host: server.host(), failure: watch::Sender::new(None) })
    }

    /// Returns a request with the credentials.
    pub(crate) fn request(&self, method: Method, url: &str, accept: &str) -> RequestBuilder {
        self.client.request(method, url).headers(self.server.headers.clone()).header(header::ACCEPT, accept)
    }

    /// Sends a request. Returns a response with a success status, or keeps the error and returns it.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Response, Error> {
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Err(self.fail(connection_error(&self.server.url, &error))),
        };
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body = self.bytes(response, MAX_ERROR_BYTES).try_fold(Vec::new(), append).await;
        Err(self.fail(self.status_error(status, &body.unwrap_or_default())))
    }

    /// Reads a JSON-RPC message from a body.
    pub(crate) async fn message(&self, response: Response) -> Result<ServerJsonRpcMessage, Error> {
        let body = self.bytes(response, MAX_BYTES).try_fold(Vec::new(), append).await;
        let message = body.and_then(|body| parse_message(&body));
        message.map_err(|error| self.fail(error))
    }

    /// Returns the events of a body. The errors of the stream are [`Error`]s.
    pub(crate) fn events(&self, response: Response) -> BoxStream<'static, Result<Sse, sse_stream::Error>> {
        SseStream::from_bytes_stream(self.bytes(response, MAX_BYTES)).boxed()
    }

    /// Returns the chunks of a body, and an error after `limit` bytes.
    fn bytes(&self, response: Response, limit: usize) -> BoxStream<'static, Result<Bytes, Error>> {
        let host = self.host.clone();
        let mut left = limit;
        let chunk = move |chunk: reqwest::Result<Bytes>| {
            let chunk = chunk.map_err(|_| broken_off(&host))?;
            left = left.checked_sub(chunk.len()).ok_or_else(|| {
                Error::protocol(format!("{host} sent a response of more than {limit} bytes."))
            })?;
            Ok(chunk)
        };
        response.bytes_stream().map(chunk).boxed()
    }

    /// Keeps an error if it is the first, and returns the error.
    pub(crate) fn fail(&self, error: Error) -> Error {
        self.failure.send_if_modified(|first| {
            let is_first = first.is_none();
            if is_first {
                *first = Some(error.clone());
            }
            is_first
        });
        error
    }

    /// Keeps the error of an event stream. `None` stands for its end.
    pub(crate) fn fail_stream(&self, error: Option<sse_stream::Error>) {
        self.fail(match error {
            None => broken_off(&self.host),
            Some(sse_stream::Error::Body(error)) => match error.downcast::<Error>() {
                Ok(error) => *error,
                Err(error) => Error::protocol(format!("{} sent an invalid event: {error}.", self.host)),
            },
            Some(error) => Error::protocol(format!("{} sent an invalid event: {error}.", self.host)),
        });
    }

    /// Waits for work of rmcp. Ends at the first error of HTTP, because rmcp would wait for a response until the timeout.
    pub(crate) async fn guard<T, E>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, E>>,
        describe: impl FnOnce(E) -> Error,
    ) -> Result<T, Error> {
        let mut failure = self.failure.subscribe();
        let failed = async { failure.wait_for(Option::is_some).await.ok().and_then(|first| first.clone()) };
        let result = tokio::select! {
            biased;
            result = timeout(limit, work) => result,
            error = failed => return Err(error.unwrap_or_else(|| broken_off(&self.host))),
        };
        match result {
            Ok(result) => result.map_err(|error| self.first_failure().unwrap_or_else(|| describe(error))),
            Err(_) => Err(Error::new(
                Stage::Http,
                format!(
                    "{} accepted the connection, but did not respond within {} s.",
                    self.host,
                    limit.as_secs_f32()
                ),
                "Check that the server is not blocked or overloaded.",
            )),
        }
    }

    fn first_failure(&self) -> Option<Error> {
        self.failure.borrow().clone()
    }

    /// Names the cause of an error status.
    fn status_error(&self, status: StatusCode, body: &[u8]) -> Error {
        let detail = serde_json::from_slice::<Value>(body).ok();
        let detail = detail.as_ref().and_then(|body| {
            [&body["error"]["message"], &body["message"], &body["error"]]
                .into_iter()
                .find_map(|text| text.as_str())
        });
        let detail = detail.map(|text| format!(": {}", excerpt(text))).unwrap_or_default();
        let cause = format!("{} responded with {status}{detail}.", self.host);
        let (stage, fix) = match status.as_u16() {
            401 => (Stage::Auth, "Check auth_type and the credentials."),
            403 => (Stage::Auth, "Use credentials that have access to the server."),
            404 => (Stage::Http, "Correct the path of the URL, for example /mcp or /sse."),
            405 | 406 | 415 => (Stage::Transport, "Check the path of the URL and the transport."),
            300..=399 => (Stage::Http, "Use the URL to which the server redirects."),
            429 => (Stage::Http, "Wait, then try again."),
            500..=599 => (Stage::Http, "Read the log of the server."),
            _ => (Stage::Http, "Check the URL and the headers."),
        };
        Error::new(stage, cause, fix)
    }
}

/// Parses a message of a body or an event.
pub(crate) fn parse_message(text: &[u8]) -> Result<ServerJsonRpcMessage, Error> {
    serde_json::from_slice(text).map_err(|_| {
        let text = excerpt(&String::from_utf8_lossy(&text[..text.len().min(MAX_ERROR_BYTES)]));
        Error::protocol(format!("The server sent a message that is not JSON-RPC: {text:?}."))
    })
}

async fn append(mut body: Vec<u8>, chunk: Bytes) -> Result<Vec<u8>, Error> {
    body.extend_from_slice(&chunk);
    Ok(body)
}

/// Follows redirects that keep the body and the origin, because another origin would get the credentials.
fn redirect(attempt: reqwest::redirect::Attempt<'_>) -> reqwest::redirect::Action {
    let keeps_body =
        matches!(attempt.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
    let keeps_origin = attempt.previous().first().is_some_and(|url| url.origin() == attempt.url().origin());
    if keeps_body && keeps_origin && attempt.previous().len() <= MAX_REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}
