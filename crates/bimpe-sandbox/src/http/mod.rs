//! The way of a request: guard, route, key, scopes, validation, replay, handler, envelope.

mod auth;
mod dispatch;
mod guard;
mod meter;
mod replay;
mod reply;

use std::sync::Arc;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use serde_json::Value;
use uuid::Uuid;

use crate::app::App;
use crate::control;
use crate::handlers::Call;
use crate::spec::{Operation, Route, SPEC};
use crate::store::Row;
use meter::{Allowance, DEFAULT_LIMIT};
use replay::Replay;

pub(crate) use guard::check_origin;
pub(crate) use meter::Meter;
pub(crate) use reply::{Problem, Reply, json_response};

const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// The id of a request: the client's own, or a new one.
#[derive(Clone)]
pub(crate) struct RequestId(pub String);

pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .nest("/_sandbox", control::router())
        .fallback(console)
        .layer(from_fn_with_state(Arc::clone(&app), rate_limit_headers))
        .layer(from_fn(label))
        .with_state(app)
}

/// Gives every request its id, every response the headers of the sandbox, and keeps foreign hosts out.
async fn label(mut request: Request, next: Next) -> Response {
    let given =
        request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
    let id = given.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
    let mut response = match guard::check_host(request.headers(), request.uri()) {
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
async fn rate_limit_headers(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if !response.headers().contains_key("x-ratelimit-limit") {
        Allowance::untouched(app.clock.now()).write_to(&mut response);
    }
    response
}

async fn console(State(app): State<Arc<App>>, request: Request) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let mut allowance = None;
    let answer = answer(&app, request, &mut allowance).await;
    let mut response = answer.unwrap_or_else(|problem| problem.into_response(&id));
    if let Some(allowance) = allowance {
        allowance.write_to(&mut response);
    }
    response
}

async fn answer(
    app: &Arc<App>,
    request: Request,
    allowance: &mut Option<Allowance>,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let Some(Route { operation, parameters }) =
        head.uri.path().strip_prefix(&SPEC.prefix).and_then(|path| SPEC.route(head.method.as_str(), path))
    else {
        return Err(Problem::new(404, "not_found", format!("Cannot {} {}", head.method, head.uri.path())));
    };
    let mut owner = String::new();
    if let Some(scopes) = &operation.scopes {
        let key = auth::authenticate(app, &head.headers)?;
        allowance.insert(count(app, &key)).enforce()?;
        auth::authorize(&key, scopes)?;
        owner = key.id;
    } else {
        let conversation = parameters.get("conversation_id").map_or("", String::as_str);
        auth::redeem_ticket(app, conversation, head.uri.query())?;
    }
    let body = to_bytes(body, MAX_BODY_BYTES)
        .await
        .map_err(|_| Problem::new(413, "bad_request", "The request body is too large or broke off."))?;
    let mut problems = Vec::new();
    let query =
        operation.check_parameters(&parameters, head.uri.query()).map_err(|found| problems.extend(found));
    let parsed = parse_body(operation, &body)?;
    let parsed = checked_body(operation, parsed).map_err(|found| problems.extend(found));
    let (Ok(query), Ok(parsed)) = (query, parsed) else { return Err(Problem::from(problems)) };
    let path = head.uri.path_and_query().map_or("", |path| path.as_str());
    let replay = Replay::of(head.method.as_str(), path, &head.headers, &owner, &body)?;
    let call = Call {
        app: Arc::clone(app),
        operation,
        path: parameters,
        query,
        body: parsed,
        headers: head.headers,
    };
    dispatch::run(call, replay).await
}

fn count(app: &App, key: &Row) -> Allowance {
    let limit = key.data["rate_limit"].as_u64().unwrap_or(DEFAULT_LIMIT);
    app.meter.count(&key.id, limit, app.clock.now())
}

fn parse_body(operation: &Operation, body: &Bytes) -> Result<Value, Problem> {
    if operation.body.is_none() {
        return Ok(Value::Null);
    }
    if body.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(body)
        .map_err(|error| Problem::bad_request(format!("The request body is not JSON: {error}")))
}

fn checked_body(operation: &Operation, mut body: Value) -> Result<Value, Vec<String>> {
    operation.check_body(&mut body)?;
    Ok(body)
}
