//! Streamable HTTP, on the client of rmcp.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, unfold};
use http::{HeaderName, HeaderValue, StatusCode, header};
use reqwest::{Method, RequestBuilder};
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_client::{
    StreamableHttpClient, StreamableHttpClientTransport, StreamableHttpClientTransportConfig,
    StreamableHttpError, StreamableHttpPostResponse,
};
use sse_stream::Sse;

use crate::http_client::{EVENT_STREAM, HttpClient};
use crate::{Error, Stage};

const JSON: &str = "application/json";
const SESSION: &str = "mcp-session-id";

type Events = BoxStream<'static, Result<Sse, sse_stream::Error>>;

pub(crate) fn transport(http: &HttpClient) -> StreamableHttpClientTransport<HttpClient> {
    let config = StreamableHttpClientTransportConfig::with_uri(http.server.url.as_str());
    StreamableHttpClientTransport::with_client(http.clone(), config)
}

impl HttpClient {
    fn session_request(
        &self,
        method: Method,
        url: &str,
        session: Option<&str>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> RequestBuilder {
        let request = self.request(method, url, &format!("{JSON}, {EVENT_STREAM}"));
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        session.into_iter().fold(request, |request, id| request.header(SESSION, id))
    }

    async fn post(
        &self,
        request: RequestBuilder,
        message: &ClientJsonRpcMessage,
    ) -> Result<StreamableHttpPostResponse, Error> {
        let awaits_response = matches!(message, ClientJsonRpcMessage::Request(_));
        let response = self.send(request.json(message)).await?;
        let text = |name: &str| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        let session = text(SESSION);
        let content_type = text(header::CONTENT_TYPE.as_str()).unwrap_or_default().to_ascii_lowercase();
        if !awaits_response || matches!(response.status(), StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
            return Ok(StreamableHttpPostResponse::Accepted);
        }
        if content_type.starts_with(EVENT_STREAM) {
            let events = self.watched(self.events(response));
            return Ok(StreamableHttpPostResponse::Sse(events, session));
        }
        if content_type.starts_with(JSON) {
            return Ok(StreamableHttpPostResponse::Json(self.message(response).await?, session));
        }
        let kind = if content_type.is_empty() { "no content type" } else { &content_type };
        let cause = format!("{} sent {kind} instead of {JSON} or {EVENT_STREAM}.", self.server.host());
        Err(self.fail(Error::new(
            Stage::Transport,
            cause,
            "Correct the path of the URL: it is not that of an MCP server.",
        )))
    }

    /// Fails if a stream ends before the response to the request. With an event id, rmcp resumes the stream.
    fn watched(&self, events: Events) -> Events {
        let (http, is_complete) = (self.clone(), false);
        unfold((events, http, is_complete), |(mut events, http, mut is_complete)| async move {
            let event = match events.next().await {
                Some(Ok(event)) => event,
                end => {
                    if !is_complete {
                        http.fail_stream(end.and_then(Result::err));
                    }
                    return None;
                }
            };
            is_complete |= event.id.is_some() || is_response(&event);
            Some((Ok(event), (events, http, is_complete)))
        })
        .boxed()
    }
}

fn is_response(event: &Sse) -> bool {
    let message = serde_json::from_str(event.data.as_deref().unwrap_or_default());
    matches!(message, Ok(ServerJsonRpcMessage::Response(_) | ServerJsonRpcMessage::Error(_)))
}

impl StreamableHttpClient for HttpClient {
    type Error = Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        _auth: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, StreamableHttpError<Error>> {
        let request = self.session_request(Method::POST, &uri, session.as_deref(), headers);
        self.post(request, &message).await.map_err(StreamableHttpError::Client)
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session: Arc<str>,
        _auth: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), StreamableHttpError<Error>> {
        let request = self.session_request(Method::DELETE, &uri, Some(&session), headers);
        self.send(request).await.map(drop).map_err(StreamableHttpError::Client)
    }

    /// Resumes a stream. Opens no stream of notifications, because a session uses none.
    async fn get_stream(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last_event_id: Option<String>,
        _auth: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<Events, StreamableHttpError<Error>> {
        let Some(id) = last_event_id else { return Err(StreamableHttpError::ServerDoesNotSupportSse) };
        let request = self.session_request(Method::GET, &uri, session.as_deref(), headers);
        let response = self.send(request.header("last-event-id", id)).await;
        Ok(self.events(response.map_err(StreamableHttpError::Client)?))
    }
}
