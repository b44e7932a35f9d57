//! The legacy transport: the server sends events, the first of which names the URL for the messages of the client.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, empty};
use http::header;
use reqwest::Method;
use rmcp::RoleClient;
use rmcp::model::ServerJsonRpcMessage;
use rmcp::service::TxJsonRpcMessage;
use rmcp::transport::Transport;
use sse_stream::Sse;
use tokio::time::timeout;
use url::Url;

use crate::http_client::{EVENT_STREAM, HttpClient, parse_message};
use crate::{Error, Stage};

/// Servers send the first event at once.
const ENDPOINT_TIMEOUT: Duration = Duration::from_secs(3);
const FIX: &str = "Correct the path of the URL, or use the transport streamable_http.";

/// An open event stream.
pub(crate) struct LegacySse {
    http: HttpClient,
    endpoint: Url,
    events: BoxStream<'static, Result<Sse, sse_stream::Error>>,
}

impl LegacySse {
    /// Opens the stream, and waits for the URL of the messages.
    pub(crate) async fn open(http: HttpClient) -> Result<Self, Error> {
        let host = http.server.host();
        let refused = |text: &str| Error::new(Stage::Transport, format!("{host} {text}."), FIX);
        let response = http.send(http.request(Method::GET, http.server.url.as_str(), EVENT_STREAM)).await?;
        let content_type = response.headers().get(header::CONTENT_TYPE);
        if !content_type.is_some_and(|kind| kind.as_bytes().starts_with(EVENT_STREAM.as_bytes())) {
            return Err(refused("did not send an event stream"));
        }
        let mut events = http.events(response);
        let first = timeout(ENDPOINT_TIMEOUT, events.next()).await;
        let first = first.map_err(|_| refused("sent no event `endpoint`"))?;
        let data = match first {
            Some(Ok(event)) if event.event.as_deref() == Some("endpoint") => event.data.unwrap_or_default(),
            _ => return Err(refused("did not start its event stream with the event `endpoint`")),
        };
        let endpoint = http.server.url.join(data.trim());
        let endpoint = endpoint.ok().filter(|url| url.origin() == http.server.url.origin());
        let endpoint = endpoint.ok_or_else(|| {
            // Another origin would get the credentials.
            Error::protocol(format!("{host} named an endpoint of another origin."))
        })?;
        Ok(Self { http, endpoint, events })
    }
}

impl Transport<RoleClient> for LegacySse {
    type Error = Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), Error>> + Send + 'static {
        let http = self.http.clone();
        let request = http.request(Method::POST, self.endpoint.as_str(), "*/*").json(&message);
        async move { http.send(request).await.map(drop) }
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        loop {
            let event = match self.events.next().await {
                Some(Ok(event)) => event,
                end => {
                    self.http.fail_stream(end.and_then(Result::err));
                    return None;
                }
            };
            if event.event.as_deref().is_none_or(|name| name == "message") {
                let message = parse_message(event.data.unwrap_or_default().as_bytes());
                return message.map_err(|error| self.http.fail(error)).ok();
            }
        }
    }

    async fn close(&mut self) -> Result<(), Error> {
        self.events = empty().boxed();
        Ok(())
    }
}
