//! The responses that fault rules demand.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::request_id::request_id;
use super::{error_response, idempotency, json_response, quota};
use crate::faults::{
    Fault, Idempotency, ResponseChange, RetryAfterForm, Rule, StreamFault, Target, Wire, header_value,
};
use crate::model::stream_tickets;
use crate::response::ApiError;
use crate::spec::{Operation, SPEC};
use crate::state::AppState;

/// Returns the response to a request, and the fault that changed the response.
pub(super) async fn respond(
    state: &Arc<AppState>,
    head: &Parts,
    body: Result<Bytes, ApiError>,
    operation: &Operation,
    path: &str,
) -> (Response, Option<Fault>) {
    match select(state, head, &Target { operation, path }) {
        Ok(Some(fault)) => (faulty(state, head, body, &fault.rule, operation).await, Some(fault)),
        Ok(None) => (super::respond(state, head, body).await, None),
        Err(error) => (error_response(&error, request_id(head)), None),
    }
}

/// Returns the fault of the request: of its header, or else of a rule.
fn select(state: &AppState, head: &Parts, target: &Target<'_>) -> Result<Option<Fault>, ApiError> {
    let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(rule) = text("x-sandbox-fault") {
        // All attempts of a request have the same id or the same idempotency key.
        let request = text("x-request-id").or_else(|| text("idempotency-key")).unwrap_or(target.path);
        if let Some(fault) = state.faults.select_by_header(rule, request, target)? {
            return Ok(Some(fault));
        }
    }
    Ok(state.faults.select(target))
}

/// Waits, and returns the response that a rule demands.
async fn faulty(
    state: &Arc<AppState>,
    head: &Parts,
    body: Result<Bytes, ApiError>,
    rule: &Rule,
    operation: &Operation,
) -> Response {
    tokio::time::sleep(Duration::from_millis(rule.latency_ms)).await;
    let mut response = match replacement(state, head, rule) {
        Some(response) => response,
        None => super::respond(state, head, body).await,
    };
    if let Some(change) = rule.response {
        response = change_response(response, change, operation).await;
    }
    if rule.idempotency == Some(Idempotency::Replay) && response.status().is_success() {
        idempotency::mark_replayed(&mut response);
    }
    if let Some(seconds) = rule.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, retry_after(seconds, rule.retry_after_form));
    }
    set_headers(rule, response.headers_mut());
    response
}

/// Returns the response to a request that the sandbox does not run.
fn replacement(state: &AppState, head: &Parts, rule: &Rule) -> Option<Response> {
    let error = |error: &ApiError| error_response(error, request_id(head));
    if rule.wire == Some(Wire::ResetBefore) {
        return Some(Response::default());
    }
    if rule.idempotency == Some(Idempotency::Conflict) {
        return Some(error(&idempotency::conflict()));
    }
    if rule.stream == Some(StreamFault::ExpiredTicket) {
        return Some(error(&stream_tickets::refused().into()));
    }
    if rule.status.is_none() && rule.body.is_none() {
        return None;
    }
    let status = rule.status.unwrap_or(200);
    let mut response = match (&rule.body, status) {
        (Some(Value::String(text)), _) => text.clone().into_response(),
        (Some(body), _) => json_response(status, body.to_string()),
        (None, 204 | 304) => Response::default(),
        (None, ..400) => json_response(status, json!({ "message": "Success", "data": null }).to_string()),
        (None, _) => {
            error(&ApiError::new(status, code(status), "A fault rule of the sandbox demands this error."))
        }
    };
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    if status == 429 {
        quota::write_exhausted(state, &head.headers, rule.retry_after, &mut response);
    }
    Some(response)
}

/// Returns the code of the API for an error status.
fn code(status: u16) -> &'static str {
    match status {
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not_found",
        409 => "conflict",
        429 => "too_many_requests",
        501 => "not_implemented",
        500.. => "internal_error",
        _ => "bad_request",
    }
}

async fn change_response(response: Response, change: ResponseChange, operation: &Operation) -> Response {
    let (mut head, body) = response.into_parts();
    // The body is a JSON text in memory, so reading cannot fail.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut json: Value = serde_json::from_slice(&body).unwrap_or_default();
    match change {
        ResponseChange::WithoutMeta => {
            json.as_object_mut().map(|fields| fields.remove("meta"));
        }
        ResponseChange::UnknownEnums if head.status.is_success() => operation.unknown_enums(&SPEC, &mut json),
        ResponseChange::UnknownEnums => {}
        ResponseChange::UnknownFields => add_fields(&mut json),
    }
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(json.to_string()))
}

/// Adds an unknown field to each object.
fn add_fields(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(add_fields);
            fields.insert("field_from_the_future".to_owned(), json!({ "nested": [1, null] }));
        }
        Value::Array(items) => items.iter_mut().for_each(add_fields),
        _ => {}
    }
}

fn retry_after(seconds: f64, form: Option<RetryAfterForm>) -> HeaderValue {
    let text = match form {
        // The system time, because the client reads its own clock.
        Some(RetryAfterForm::Date) => {
            httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs_f64(seconds))
        }
        Some(RetryAfterForm::Seconds) | None => seconds.to_string(),
    };
    HeaderValue::try_from(text).expect("digits or a date")
}

/// Sets the headers of a rule, and removes those that are null.
fn set_headers(rule: &Rule, headers: &mut HeaderMap) {
    for (name, value) in &rule.headers {
        let Ok(name) = HeaderName::try_from(name) else { continue };
        match value.as_str().and_then(header_value) {
            Some(value) => headers.insert(name, value),
            None => headers.remove(name),
        };
    }
}
