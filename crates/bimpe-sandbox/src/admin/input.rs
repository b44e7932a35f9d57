//! Validates requests by the OpenAPI document of the admin API.

use std::collections::BTreeMap;

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Map, Value};

use crate::http::{RequestId, error_response, parse_json};
use crate::model::Error;
use crate::response::ApiError;
use crate::spec::ADMIN;

const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

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
    match validate(request).await {
        Ok(request) => next.run(request).await,
        Err(error) => error_response(&error, &id.0),
    }
}

async fn validate(request: Request) -> Result<Request, ApiError> {
    let (mut head, body) = request.into_parts();
    let Some(route) = ADMIN.route(head.method.as_str(), head.uri.path()) else {
        return Ok(Request::from_parts(head, body));
    };
    let body = to_bytes(body, MAX_BODY_BYTES)
        .await
        .map_err(|_| Error::bad_request("The request body is larger than 4 MiB or incomplete."))?;
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
