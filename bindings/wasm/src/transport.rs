//! Requests over the `fetch` of the host.

use bimpe::BoxFuture;
use bimpe::bytes::Bytes;
use bimpe::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use bimpe::transport::{Body, HttpRequest, HttpResponse, Transport, TransportError};
use js_sys::Uint8Array;
use js_sys::futures::JsFuture;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};

use crate::host::{self, Exchange, Failure, Head};

/// The codes of failures that errors can have.
const CODES: [&str; 17] = [
    "CERT_HAS_EXPIRED",
    "CERT_NOT_YET_VALID",
    "EADDRNOTAVAIL",
    "EAI_AGAIN",
    "ECONNABORTED",
    "ECONNREFUSED",
    "ECONNRESET",
    "EHOSTUNREACH",
    "EMFILE",
    "ENETDOWN",
    "ENETUNREACH",
    "ENOTFOUND",
    "EPIPE",
    "EPROTO",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "ETIMEDOUT",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
];

/// The transport over `fetch`.
pub(crate) struct Fetch;

impl Transport for Fetch {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        Box::pin(SendWrapper::new(send(request)))
    }
}

async fn send(request: HttpRequest) -> Result<HttpResponse, TransportError> {
    let headers = request.headers.iter().flat_map(|(name, value)| [name.to_string(), latin1(value)]);
    let body = request.body.map(|body| Uint8Array::from(&body[..]));
    let exchange = OpenExchange(host::get().exchange(
        request.method.as_str(),
        &request.uri.to_string(),
        headers.collect(),
        body,
    ));
    let head: Head = JsFuture::from(exchange.0.head()).await.map_err(failure)?.unchecked_into();
    let status = StatusCode::from_u16(head.status())
        .map_err(|_| TransportError::lost("the response has an invalid status"))?;
    let headers = header_map(&head.headers());
    Ok(HttpResponse::new(status, headers, Box::new(FetchBody(SendWrapper::new(exchange)))))
}

/// An exchange that is canceled if it is dropped before its end.
struct OpenExchange(Exchange);

impl Drop for OpenExchange {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

struct FetchBody(SendWrapper<OpenExchange>);

impl Body for FetchBody {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let next = self.0.0.chunk();
        Box::pin(SendWrapper::new(async move {
            let chunk = JsFuture::from(next).await.map_err(failure)?;
            Ok(chunk.dyn_into::<Uint8Array>().ok().map(|bytes| bytes.to_vec().into()))
        }))
    }
}

/// Converts a header value. `fetch` has one character for each byte.
fn latin1(value: &HeaderValue) -> String {
    value.as_bytes().iter().map(|byte| char::from(*byte)).collect()
}

/// Converts headers. Omits those that are not valid.
fn header_map(pairs: &[String]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for pair in pairs.chunks_exact(2) {
        let bytes: Option<Vec<u8>> = pair[1].chars().map(|character| u8::try_from(character).ok()).collect();
        let name = HeaderName::from_bytes(pair[0].as_bytes());
        if let (Ok(name), Some(Ok(value))) = (name, bytes.map(|bytes| HeaderValue::from_bytes(&bytes))) {
            headers.append(name, value);
        }
    }
    headers
}

fn failure(thrown: JsValue) -> TransportError {
    let failure: Failure = thrown.unchecked_into();
    let reason = failure.reason();
    let mut error = match failure.state().as_str() {
        "not_sent" => TransportError::not_sent(reason),
        "tls" => TransportError::tls(reason),
        _ => TransportError::lost(reason),
    };
    error.code = failure.code().and_then(|code| CODES.into_iter().find(|known| *known == code));
    error
}
