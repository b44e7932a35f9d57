//! From a call to a request: everything is checked here, before anything is sent.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use uuid::Uuid;

use super::attempt::Context;
use super::redact::Secrets;
use super::{Call, CallOptions, Client, custom, header, input, path, retry, rules};
use crate::config::positive;
use crate::error::Error;
use crate::schema::Operation;
use crate::transport::HttpRequest;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
const DEFAULT_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
pub(crate) const REQUEST_ID: &str = "x-request-id";
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A request, checked and written, and what is needed to send it and to judge its answers.
pub(crate) struct Prepared {
    pub(crate) request: HttpRequest,
    pub(crate) context: Context,
    pub(crate) limits: Limits,
    /// The idempotency key of a write.
    pub(crate) idempotency_key: Option<String>,
}

/// How long and how often.
pub(crate) struct Limits {
    pub(crate) total: Duration,
    pub(crate) attempt: Duration,
    pub(crate) retries: u32,
}

impl Prepared {
    pub(crate) fn new(client: &Client, call: &Call) -> Result<Self, Error> {
        let operation = call.operation;
        let settings = &client.shared.settings;
        let options = call.options.over(&client.defaults);
        positive(options.timeout, "timeout")?;
        let mut url = if let Some(path) = &call.custom_path {
            custom::address(&settings.base, path)?
        } else {
            let url = path::address(&settings.base, operation, &call.path)?;
            input::query(operation, &call.query)?;
            input::body(operation, call.body.as_ref())?;
            rules::check(operation, call.body.as_ref())?;
            url
        };
        add_query(&mut url, &call.query);

        let mut request = HttpRequest::new(operation.method.clone(), url);
        let key =
            options.api_key.as_ref().or(settings.key.as_ref()).ok_or_else(|| {
                Error::user("the client has no API key of its own, and the call brings none")
            })?;
        key.permit(settings)?;
        request.headers = headers(&settings.headers, &options)?;
        request.headers.insert(http::header::AUTHORIZATION, key.header().clone());
        let idempotency_key = is_write(operation)
            .then(|| options.idempotency_key.clone().unwrap_or_else(|| Uuid::new_v4().to_string()));
        if let Some(key) = &idempotency_key {
            request.headers.insert(IDEMPOTENCY_KEY, header::idempotency_key(key)?);
        }
        if let Some(body) = &call.body {
            let text =
                serde_json::to_vec(body).map_err(|_| Error::user("the body cannot be written as JSON"))?;
            request.headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            request.body = Some(Bytes::from(text));
        }
        let context = Context {
            operation,
            custom: call.custom_path.is_some(),
            secrets: Secrets::of(key.text(), operation, call.body.as_ref()),
            key_source: Some(key.source()),
            loopback: settings.loopback,
            clock: settings.clock.clone(),
        };
        Ok(Self { request, context, limits: Limits::of(operation, &options, client), idempotency_key })
    }
}

impl Limits {
    pub(crate) fn of(operation: &Operation, options: &CallOptions, client: &Client) -> Self {
        let settings = &client.shared.settings;
        let set = options.timeout.or(settings.timeout);
        let total = set.unwrap_or(DEFAULT_TIMEOUT);
        // Whoever sets a timeout means one slow answer as much as a slow call.
        let attempt = if operation.slow || options.timeout.is_some() {
            total
        } else {
            settings.attempt_timeout.or(set).unwrap_or(DEFAULT_ATTEMPT_TIMEOUT).min(total)
        };
        let retries = options.max_retries.or(settings.max_retries).unwrap_or(retry::DEFAULT_RETRIES);
        Self { total, attempt, retries: retries.min(retry::MAX_ATTEMPTS - 1) }
    }
}

pub(crate) fn is_write(operation: &Operation) -> bool {
    operation.method != Method::GET
}

fn add_query(url: &mut url::Url, query: &serde_json::Map<String, Value>) {
    let given = || query.iter().filter(|(_, value)| !value.is_null());
    if given().next().is_none() {
        return;
    }
    let mut pairs = url.query_pairs_mut();
    for (name, value) in given() {
        match value {
            Value::String(text) => pairs.append_pair(name, text),
            other => pairs.append_pair(name, &other.to_string()),
        };
    }
}

fn headers(base: &HeaderMap, options: &CallOptions) -> Result<HeaderMap, Error> {
    let mut headers = base.clone();
    let id =
        HeaderValue::from_str(&Uuid::new_v4().to_string()).expect("a UUID is letters, digits and dashes");
    headers.insert(REQUEST_ID, id);
    for (name, value) in &options.headers {
        let (name, value) = header::custom(name, value)?;
        headers.insert(name, value);
    }
    Ok(headers)
}
