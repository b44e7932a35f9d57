//! The way of a request: guard, route, key, scopes, validation, idempotency_key, handler, envelope.

mod auth;
mod dispatch;
mod idempotency;
mod origin_check;
mod rate_limit;
mod response;

use std::sync::Arc;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use serde_json::Value;
use uuid::Uuid;

use crate::admin;
use crate::operations::RequestContext;
use crate::spec::{Operation, Route, SPEC};
use crate::state::AppState;
use crate::store::Row;
use idempotency::IdempotencyKey;
use rate_limit::{DEFAULT_LIMIT, Quota};

pub(crate) use origin_check::check_origin;
pub(crate) use rate_limit::RateLimiter;
pub(crate) use response::{ApiError, ApiResponse, json_response};

const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// The id of a request: the client's own, or a new one.
#[derive(Clone)]
pub(crate) struct RequestId(pub String);

pub(crate) fn router(state: Arc<AppState>) -> Router {
    Router::new()
        .nest("/_sandbox", admin::router())
        .fallback(api_handler)
        .layer(from_fn_with_state(Arc::clone(&state), rate_limit_headers))
        .layer(from_fn(request_id_middleware))
        .with_state(state)
}

/// Gives every request its id, every response the headers of the sandbox, and keeps foreign hosts out.
async fn request_id_middleware(mut request: Request, next: Next) -> Response {
    let given =
        request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
    let id = given.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
    let mut response = match origin_check::check_host(request.headers(), request.uri()) {
        Ok(()) => {
            request.extensions_mut().insert(RequestId(id.clone()));
            next.run(request).await
        }
        Err(problem) => problem.into_response(&id),
    };
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-bimpe-sandbox"), HeaderValue::from_static("1"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}

/// Every response names a rate limit, also where no key was counted.
async fn rate_limit_headers(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if !response.headers().contains_key("x-ratelimit-limit") {
        Quota::full(state.clock.now()).write_to(&mut response);
    }
    response
}

async fn api_handler(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let mut quota = None;
    let result = handle(&state, request, &mut quota).await;
    let mut response = result.unwrap_or_else(|problem| problem.into_response(&id));
    if let Some(quota) = quota {
        quota.write_to(&mut response);
    }
    response
}

async fn handle(
    state: &Arc<AppState>,
    request: Request,
    quota: &mut Option<Quota>,
) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let Some(Route { operation, parameters }) =
        head.uri.path().strip_prefix(&SPEC.prefix).and_then(|path| SPEC.route(head.method.as_str(), path))
    else {
        return Err(ApiError::new(404, "not_found", format!("Cannot {} {}", head.method, head.uri.path())));
    };
    let mut owner = String::new();
    if let Some(scopes) = &operation.scopes {
        let key = auth::authenticate(state, &head.headers)?;
        quota.insert(check_rate_limit(state, &key)).enforce()?;
        auth::authorize(&key, scopes)?;
        owner = key.id;
    } else {
        let conversation = parameters.get("conversation_id").map_or("", String::as_str);
        auth::redeem_ticket(state, conversation, head.uri.query())?;
    }
    let body = to_bytes(body, MAX_BODY_BYTES)
        .await
        .map_err(|_| ApiError::new(413, "bad_request", "The request body is too large or broke off."))?;
    let mut problems = Vec::new();
    let query =
        operation.check_parameters(&parameters, head.uri.query()).map_err(|found| problems.extend(found));
    let parsed = parse_body(operation, &body)?;
    let parsed = checked_body(operation, parsed).map_err(|found| problems.extend(found));
    let (Ok(query), Ok(parsed)) = (query, parsed) else { return Err(ApiError::from(problems)) };
    let path = head.uri.path_and_query().map_or("", |path| path.as_str());
    let idempotency_key = IdempotencyKey::of(head.method.as_str(), path, &head.headers, &owner, &body)?;
    let context = RequestContext {
        state: Arc::clone(state),
        operation,
        path: parameters,
        query,
        body: parsed,
        headers: head.headers,
    };
    dispatch::run(context, idempotency_key).await
}

fn check_rate_limit(state: &AppState, key: &Row) -> Quota {
    let limit = key.data["rate_limit"].as_u64().unwrap_or(DEFAULT_LIMIT);
    state.rate_limiter.count(&key.id, limit, state.clock.now())
}

fn parse_body(operation: &Operation, body: &Bytes) -> Result<Value, ApiError> {
    if operation.body.is_none() {
        return Ok(Value::Null);
    }
    if body.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(body)
        .map_err(|error| ApiError::bad_request(format!("The request body is not JSON: {error}")))
}

fn checked_body(operation: &Operation, mut body: Value) -> Result<Value, Vec<String>> {
    operation.check_body(&mut body)?;
    Ok(body)
}
