//! Requests over reqwest.

use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH};
use http::{HeaderValue, Method};
use reqwest::Client;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::yield_now;
use url::Url;

use super::body::{IdentityBody, Incoming};
use super::error::classify;
use super::gzip::{Gzip, take_coding};
use crate::clock::BoxFuture;
use crate::transport::{Body, HttpRequest, HttpResponse, Transport, TransportError};

/// A transport over a `reqwest::Client` of the caller.
///
/// Redirects, proxies, certificates, limits for connecting, name resolution, and the repetition of unprocessed HTTP/2 requests
/// are then what that client does. Follow no redirects: reqwest repeats the body of a write at the new address.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// let transport = std::sync::Arc::new(bimpe::transport::Reqwest::new(http));
/// let client = bimpe::Client::builder().api_key("sk_live").transport(transport).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Reqwest(Client);

impl Reqwest {
    /// A transport that sends requests with this client.
    pub fn new(client: Client) -> Self {
        Self(client)
    }
}

impl Transport for Reqwest {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        let client = self.0.clone();
        Box::pin(async move { send(&client, request, None).await })
    }
}

/// Sends the request. The permit is held until the body has been read.
pub(super) async fn send(
    client: &Client,
    request: HttpRequest,
    permit: Option<OwnedSemaphorePermit>,
) -> Result<HttpResponse, TransportError> {
    let message = to_http_request(request)?;
    // Idle connections are polled first, because the server may have closed them or sent unexpected data. The first yield polls
    // the system, the second runs the tasks of the connections.
    yield_now().await;
    yield_now().await;
    let response = client.execute(message).await.map_err(classify)?;
    let (mut parts, body) = http::Response::from(response).into_parts();
    let is_coded = take_coding(&mut parts.headers);
    let incoming = Incoming { body, _permit: permit };
    let body: Box<dyn Body> =
        if is_coded { Box::new(Gzip::new(incoming)) } else { Box::new(IdentityBody::new(incoming)) };
    Ok(HttpResponse { status: parts.status, headers: parts.headers, body })
}

fn to_http_request(request: HttpRequest) -> Result<reqwest::Request, TransportError> {
    let url = Url::parse(&request.uri.to_string())
        .map_err(|_| TransportError::not_sent("the address of the request is not valid"))?;
    let mut message = reqwest::Request::new(request.method, url);
    *message.headers_mut() = request.headers;
    message.headers_mut().entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
    if request.body.is_none() && [Method::POST, Method::PUT, Method::PATCH].contains(message.method()) {
        // HTTP/1.1 servers may wait for a body, or refuse the request, without it.
        message.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    *message.body_mut() = request.body.map(Into::into);
    Ok(message)
}
