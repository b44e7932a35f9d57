//! Development builds check that responses and events follow the OpenAPI documents.

use axum::body::{Body, to_bytes};
use axum::http::header;
use axum::response::Response;
use serde_json::{Value, json};

use super::error_response;
use crate::response::ApiError;
use crate::spec::{Operation, Spec};

/// Reads the JSON of a response. Leaves streams and pages alone.
pub(crate) async fn read_json(response: Response) -> (Response, Option<Value>) {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
        return (response, None);
    }
    let (head, body) = response.into_parts();
    // The body is a text in memory, so reading cannot fail.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let json = serde_json::from_slice(&body).ok();
    (Response::from_parts(head, Body::from(body)), json)
}

/// Returns an error instead of a response that violates the document.
pub(crate) fn conforming(
    spec: &Spec,
    operation: &Operation,
    response: Response,
    json: Option<&Value>,
    request_id: &str,
) -> Response {
    if !cfg!(debug_assertions) {
        return response;
    }
    match operation.check_response(spec, response.status().as_u16(), json) {
        Ok(()) => response,
        Err(errors) => {
            let text = format!("The response of {} violates the OpenAPI document: {errors:?}", operation.id);
            error_response(&ApiError::new(500, "internal_error", text), request_id)
        }
    }
}

/// Returns the data of an event as JSON text, or an error instead of data that violate the document.
pub(crate) fn conforming_event(spec: &Spec, operation: &Operation, data: &Value) -> String {
    if !cfg!(debug_assertions) {
        return data.to_string();
    }
    match operation.check_event(spec, data) {
        Ok(()) => data.to_string(),
        Err(errors) => {
            let text = format!("The event of {} violates the OpenAPI document: {errors:?}", operation.id);
            json!({ "message": text }).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{ADMIN, SPEC};

    #[test]
    fn event_that_violates_the_document_is_replaced_by_an_error() {
        for (spec, id) in [(&SPEC, "conversations.messages.stream"), (&ADMIN, "requests.stream")] {
            let operation = spec.operation(id).expect("an operation");
            let written = conforming_event(spec, operation, &json!({ "id": true }));
            assert!(
                written.contains("violates the OpenAPI document") && written.contains("id: must be"),
                "{written}"
            );
        }
    }
}
