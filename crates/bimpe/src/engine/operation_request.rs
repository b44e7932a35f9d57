//! One request: an operation, its arguments and options.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{ApiKey, custom_request, suggest};
use crate::error::Error;
use crate::operations::OPERATIONS;
use crate::schema::Operation;

/// One request of an operation, as bindings build it. It is checked when it is executed.
#[derive(Clone)]
#[non_exhaustive]
pub struct OperationRequest {
    /// The operation.
    pub operation: &'static Operation,
    /// The ids of the path, in the order of the template.
    pub path: Vec<String>,
    /// The query parameters. Null values are omitted.
    pub query: Map<String, Value>,
    /// The JSON body.
    pub body: Option<Value>,
    /// Options of this request.
    pub options: RequestOptions,
    /// The next page of a list, from [`super::Response::next`].
    pub cursor: Option<String>,
    /// The path of a custom request, below the prefix.
    pub(crate) custom_path: Option<String>,
    /// Receives events of the request.
    pub observer: Option<Observer>,
}

/// Without the body, because any part of it may be a secret.
impl fmt::Debug for OperationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperationRequest")
            .field("operation", &self.operation.id)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Receives events of a request, on the task that sends it.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(&RequestEvent<'_>) + Send + Sync>);

impl Observer {
    /// Creates an observer from a function. The function must not block.
    pub fn new(function: impl Fn(&RequestEvent<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(function))
    }

    pub(crate) fn notify(&self, event: &RequestEvent<'_>) {
        (self.0)(event);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// An event of a request.
#[derive(Debug)]
#[non_exhaustive]
pub enum RequestEvent<'a> {
    /// An attempt failed, and the request will be sent again.
    Retry {
        /// The attempt that failed, from 1.
        attempt: u32,
        /// The wait before the next attempt.
        wait: Duration,
        /// Why it failed.
        error: &'a Error,
    },
}

impl OperationRequest {
    /// Creates a request of an operation id, as in `agents.integrations.list`, or of any path, as in `GET /agents`.
    pub fn new(operation: &str) -> Result<Self, Error> {
        if let Some((method, path)) = operation.split_once(' ') {
            return Self::custom(method, path);
        }
        let found = OPERATIONS.binary_search_by(|candidate| candidate.id.cmp(operation));
        match found {
            Ok(index) => Ok(Self::of(OPERATIONS[index])),
            Err(_) => Err(Error::user(format!(
                "unknown operation `{operation}`{}",
                suggest::did_you_mean(operation, OPERATIONS.iter().map(|candidate| candidate.id))
            ))),
        }
    }

    /// Creates a custom request. The path is percent-encoded, and is appended to the prefix.
    pub fn custom(method: &str, path: &str) -> Result<Self, Error> {
        let mut call = Self::of(custom_request::operation(method)?);
        call.custom_path = Some(custom_request::check(path)?.to_owned());
        Ok(call)
    }

    /// Creates a request of this operation.
    pub fn of(operation: &'static Operation) -> Self {
        Self {
            operation,
            path: Vec::new(),
            query: Map::new(),
            body: None,
            options: RequestOptions::default(),
            cursor: None,
            custom_path: None,
            observer: None,
        }
    }
}

/// Options of one request, or defaults for the requests of a client.
///
/// ```
/// # fn example(client: &bimpe::Client) -> Result<(), bimpe::Error> {
/// let mut options = bimpe::RequestOptions::default();
/// options.timeout = Some(std::time::Duration::from_secs(5));
/// options.api_key = Some(bimpe::ApiKey::new("sk_of_a_tenant")?);
/// let tenant = client.with_options(&options)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestOptions {
    /// The timeout of the request, retries and body included.
    pub timeout: Option<Duration>,
    /// The maximum number of retries, at most 10.
    pub max_retries: Option<u32>,
    /// The idempotency key of a write, at most 255 visible ASCII characters. Generated if omitted.
    pub idempotency_key: Option<String>,
    /// Additional headers.
    pub headers: Vec<(String, String)>,
    /// A key in place of the client's.
    pub api_key: Option<ApiKey>,
    /// For a request of a helper: the time that the helper has left, which bounds the request in place of the timeout.
    pub(crate) time_left: Option<Duration>,
}

impl RequestOptions {
    /// These options, with what is not set taken from `base`.
    pub(crate) fn over(&self, base: &Self) -> Self {
        let mut headers = base.headers.clone();
        headers.extend(self.headers.iter().cloned());
        Self {
            timeout: self.timeout.or(base.timeout),
            max_retries: self.max_retries.or(base.max_retries),
            idempotency_key: self.idempotency_key.clone().or_else(|| base.idempotency_key.clone()),
            headers,
            api_key: self.api_key.clone().or_else(|| base.api_key.clone()),
            time_left: self.time_left,
        }
    }
}

/// Shows only the names of headers, because a value may be a password of a gateway.
impl fmt::Debug for RequestOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("RequestOptions")
            .field("timeout", &self.timeout)
            .field("max_retries", &self.max_retries)
            .field("idempotency_key", &self.idempotency_key)
            .field("headers", &names)
            .field("api_key", &self.api_key)
            .field("time_left", &self.time_left)
            .finish()
    }
}
