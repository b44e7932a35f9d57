//! Records requests of the API in the journal.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::conformance::{conforming, read_json};
use super::request_id::request_id;
use super::wire_faults::disturb;
use super::{fault_responses, read_body, respond};
use crate::faults::Wire;
use crate::spec::{SPEC, mask_keys};
use crate::state::AppState;

/// Maximum size of a response in the journal.
const MAX_RECORDED_RESPONSE: usize = 64 * 1024;

/// The id in the journal, as an extension of the response.
#[derive(Clone, Copy)]
pub(crate) struct JournalId(pub u64);

/// Serves a request of the API, and records the request and its response.
pub(crate) async fn serve(state: &Arc<AppState>, request: Request, replayed: bool) -> Response {
    let (started, time) = (Instant::now(), state.clock.timestamp());
    let (head, body) = request.into_parts();
    let body = read_body(body).await;
    let Some(path) = head.uri.path().strip_prefix(&SPEC.prefix) else {
        return respond(state, &head, body).await;
    };
    let route = SPEC.route(head.method.as_str(), path);
    let (response, fault) = match &route {
        Some(route) => fault_responses::respond(state, &head, body.clone(), route.operation, path).await,
        None => (respond(state, &head, body.clone()).await, None),
    };
    let (mut response, content) = read_json(response).await;
    if let (Some(route), None) = (&route, &fault) {
        response = conforming(&SPEC, route.operation, response, content.as_ref(), request_id(&head));
    }
    let lost = fault.as_ref().and_then(|fault| fault.rule.wire).is_some_and(Wire::loses_response);
    let fields = json!({
        "time": time,
        "operation": route.map(|route| route.operation.id.as_str()),
        "method": head.method.as_str(),
        "path": mask_keys(head.uri.path()),
        "query": masked(query(head.uri.query())),
        "headers": masked(headers(&head.headers)),
        "body": body.as_ref().ok().and_then(|body| serde_json::from_slice(body).ok()).map(masked),
        "status": (!lost).then(|| response.status().as_u16()),
        "response_headers": masked(headers(response.headers())),
        "response": cut(masked(content.unwrap_or_default())),
        "duration_ms": u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "request_id": mask_keys(request_id(&head)),
        "fault": fault.as_ref().map(|fault| fault.id.as_str()),
        "replayed": replayed,
    });
    let Value::Object(fields) = fields else { unreachable!("json! of braces is an object") };
    let id = state.journal.append(fields, body.ok().map(|body| original(&head, &body)));
    response.extensions_mut().insert(JournalId(id));
    match fault {
        Some(fault) => disturb(&head, response, &fault.rule).await,
        None => response,
    }
}

/// Returns the request for a replay.
fn original(head: &Parts, body: &Bytes) -> http::Request<Vec<u8>> {
    let mut request = http::Request::new(body.to_vec());
    *request.method_mut() = head.method.clone();
    *request.uri_mut() = head.uri.clone();
    *request.headers_mut() = head.headers.clone();
    request
}

fn masked(mut value: Value) -> Value {
    SPEC.mask(&mut value);
    value
}

/// Returns the beginning of a large JSON value as a text.
fn cut(value: Value) -> Value {
    let text = value.to_string();
    match text.as_bytes().get(..MAX_RECORDED_RESPONSE) {
        Some(start) => String::from_utf8_lossy(start).into(),
        None => value,
    }
}

fn query(query: Option<&str>) -> Value {
    collect(url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()))
}

fn headers(headers: &HeaderMap) -> Value {
    collect(headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))))
}

/// Returns an object of texts, or of lists of texts for repeated names.
fn collect<N: Into<String>, T: Into<String>>(pairs: impl Iterator<Item = (N, T)>) -> Value {
    let mut object = Map::new();
    for (name, text) in pairs {
        let text: String = text.into();
        match object.entry(name.into()).or_insert(Value::Null) {
            Value::Array(texts) => texts.push(text.into()),
            empty @ Value::Null => *empty = text.into(),
            first => *first = json!([first.take(), text]),
        }
    }
    Value::Object(object)
}
