//! Validates requests by the OpenAPI document of the admin API.

use std::collections::BTreeMap;

use axum::Extension;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Map, Value};

use crate::http::{RequestId, conforming, error_response, parse_json, read_body, read_json};
use crate::response::ApiError;
use crate::spec::{ADMIN, Route};

/// The valid input of a request, as an extension of the request.
#[derive(Clone)]
pub(super) struct Input {
    pub path: BTreeMap<String, String>,
    pub query: Map<String, Value>,
    pub body: Value,
}

impl Input {
    /// Returns a whole number from the query, or zero.
    pub(super) fn number(&self, parameter: &str) -> u64 {
        self.query.get(parameter).and_then(Value::as_u64).unwrap_or_default()
    }

    /// Returns a text from the query.
    pub(super) fn text(&self, parameter: &str) -> Option<&str> {
        self.query.get(parameter).and_then(Value::as_str)
    }
}

/// Refuses requests that violate the document, and adds the [`Input`] to the others.
pub(super) async fn middleware(
    Extension(id): Extension<RequestId>,
    request: Request,
    next: Next,
) -> Response {
    let Some(route) = ADMIN.route(request.method().as_str(), request.uri().path()) else {
        return undescribed(&next.run(request).await, &id);
    };
    let operation = route.operation;
    let response = match validate(request, route).await {
        Ok(request) => next.run(request).await,
        Err(error) => error_response(&error, &id.0),
    };
    let (response, json) = read_json(response).await;
    conforming(&ADMIN, operation, response, json.as_ref(), &id.0)
}

/// Returns the response to a request that the document does not describe.
fn undescribed(response: &Response, id: &RequestId) -> Response {
    let (code, text) = match response.status() {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            ("not_found", "The sandbox has no such path or method. GET /_sandbox/openapi.json lists them.")
        }
        _ => ("internal_error", "The path is missing in the OpenAPI document of the admin API."),
    };
    let status = if code == "not_found" { 404 } else { 500 };
    error_response(&ApiError::new(status, code, text), &id.0)
}

async fn validate(request: Request, route: Route<'_>) -> Result<Request, ApiError> {
    let (mut head, body) = request.into_parts();
    let body = read_body(body).await?;
    let mut errors = Vec::new();
    let query = route.operation.check_parameters(&ADMIN, &route.parameters, head.uri.query());
    let query = query.map_err(|found| errors.extend(found)).unwrap_or_default();
    let mut json = if route.operation.body.is_some() { parse_json(&body)? } else { Value::Null };
    let checked = route.operation.check_body(&ADMIN, &mut json);
    errors.extend(checked.err().unwrap_or_default());
    if !errors.is_empty() {
        return Err(errors.into());
    }
    head.extensions.insert(Input { path: route.parameters, query, body: json });
    Ok(Request::from_parts(head, Body::from(body)))
}
