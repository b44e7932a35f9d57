//! Checks the input of a request, and builds the HTTP request.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use serde_json::Value;
use uuid::Uuid;

use super::attempt_error::RequestContext;
use super::pace::Pacer;
use super::redact::Redactor;
use super::request_url::RequestUrl;
use super::{Client, OperationRequest, RequestOptions, check_body, header, input, retry};
use crate::error::Error;
use crate::schema::Operation;
use crate::transport::HttpRequest;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
const DEFAULT_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
pub(crate) const REQUEST_ID: &str = "x-request-id";
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A checked request, and what its attempts need.
pub(crate) struct PreparedRequest {
    address: Uri,
    /// The headers of every request, and those of this one, which go before them.
    common: Arc<HeaderMap>,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Option<Bytes>,
    pub(crate) context: RequestContext,
    pub(crate) limits: Limits,
    /// The idempotency key of a write.
    pub(crate) idempotency_key: Option<String>,
    /// Present if the request follows the rate limit of its key.
    pub(crate) pacer: Option<Arc<Pacer>>,
}

/// How long and how often.
pub(crate) struct Limits {
    pub(crate) total: Duration,
    pub(crate) attempt: Duration,
    pub(crate) retries: u32,
}

impl PreparedRequest {
    pub(crate) fn new(client: &Client, call: &OperationRequest) -> Result<Self, Error> {
        let operation = call.operation;
        let settings = &client.shared.settings;
        let options = call.options.over(&client.defaults);
        positive(options.timeout, "timeout")?;
        retry::check_max_retries(options.max_retries)?;
        let mut address = if let Some(path) = &call.custom_path {
            RequestUrl::custom(&settings.base, path)?
        } else {
            let address = RequestUrl::of(&settings.base, operation, &call.path)?;
            input::query(operation, &call.query)?;
            check_body(operation, call.body.as_ref())?;
            address
        };
        add_query(&mut address, &call.query);

        let key = options
            .api_key
            .as_ref()
            .or(settings.key.as_ref())
            .ok_or_else(|| Error::user("the client has no API key, and the request has none"))?;
        key.check_host(settings.public)?;
        let request_id = client.shared.request_ids.next();
        let mut headers = Vec::with_capacity(4 + options.headers.len());
        headers.push((HeaderName::from_static(REQUEST_ID), request_id));
        for (name, value) in &options.headers {
            headers.push(header::custom(name, value)?);
        }
        headers.push((AUTHORIZATION, key.header().clone()));
        let idempotency_key = operation
            .is_write()
            .then(|| options.idempotency_key.clone().unwrap_or_else(|| Uuid::new_v4().to_string()));
        if let Some(key) = &idempotency_key {
            headers.push((HeaderName::from_static(IDEMPOTENCY_KEY), header::idempotency_key(key)?));
        }
        let mut body = None;
        if let Some(given) = &call.body {
            let text =
                serde_json::to_vec(given).map_err(|_| Error::user("the body cannot be written as JSON"))?;
            headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
            body = Some(Bytes::from(text));
        }
        let context = RequestContext {
            operation,
            custom: call.custom_path.is_some(),
            secrets: Redactor::of(key.text(), operation, call.body.as_ref()),
            key_source: Some(key.source()),
            server: settings.server.clone(),
            clock: settings.clock.clone(),
        };
        Ok(Self {
            address: address.finish()?,
            common: settings.headers.clone(),
            headers,
            body,
            context,
            limits: Limits::of(operation, &options, client),
            idempotency_key,
            pacer: settings
                .pacers
                .as_ref()
                .map(|pacers| pacers.of(settings.base.as_str(), key.text(), &settings.clock)),
        })
    }

    /// The request, for one attempt.
    pub(crate) fn request(&self) -> HttpRequest {
        let mut request = HttpRequest::new(self.context.operation.method.clone(), self.address.clone());
        // With room for what the transport adds.
        request.headers.reserve(self.common.len() + self.headers.len() + 3);
        let common = self.common.iter();
        for (name, value) in common.chain(self.headers.iter().map(|(name, value)| (name, value))) {
            request.headers.insert(name.clone(), value.clone());
        }
        request.body.clone_from(&self.body);
        request
    }

    /// The id of the request, as text.
    pub(crate) fn request_id(&self) -> Option<String> {
        let (_, id) = self.headers.iter().rfind(|(name, _)| name == REQUEST_ID)?;
        id.to_str().ok().map(str::to_owned)
    }
}

impl Client {
    /// Returns the timeout of requests without one.
    pub(super) fn default_timeout(&self) -> Duration {
        self.defaults.timeout.or(self.shared.settings.timeout).unwrap_or(DEFAULT_TIMEOUT)
    }
}

impl Limits {
    pub(crate) fn of(operation: &Operation, options: &RequestOptions, client: &Client) -> Self {
        let settings = &client.shared.settings;
        let set = options.timeout.or(settings.timeout);
        let total = options.time_left.or(set).unwrap_or(DEFAULT_TIMEOUT);
        // A timeout of the request also applies to one slow attempt.
        let attempt = if operation.slow || options.timeout.is_some() {
            total
        } else {
            settings.attempt_timeout.or(set).unwrap_or(DEFAULT_ATTEMPT_TIMEOUT).min(total)
        };
        let retries = options.max_retries.or(settings.max_retries).unwrap_or(retry::DEFAULT_RETRIES);
        Self { total, attempt, retries }
    }
}

/// Refuses a timeout of zero.
pub(crate) fn positive(timeout: Option<Duration>, what: &str) -> Result<Option<Duration>, Error> {
    if timeout.is_some_and(|time| time.is_zero()) {
        return Err(Error::user(format!("the {what} must be more than zero")));
    }
    Ok(timeout)
}

fn add_query(address: &mut RequestUrl, query: &serde_json::Map<String, Value>) {
    for (name, value) in query {
        match value {
            Value::Null => {}
            Value::String(text) => address.add(name, text),
            other => address.add(name, &other.to_string()),
        }
    }
}
