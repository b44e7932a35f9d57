//! One call: an operation, its arguments, and options.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{ApiKey, custom_request, suggest};
use crate::error::Error;
use crate::operations::OPERATIONS;
use crate::schema::Operation;

/// One call of an operation, as bindings make it; nothing is checked before it is executed.
#[derive(Clone)]
#[non_exhaustive]
pub struct Call {
    /// The operation.
    pub operation: &'static Operation,
    /// The ids of the path, in the order of the template.
    pub path: Vec<String>,
    /// The query parameters; null is left out.
    pub query: Map<String, Value>,
    /// The JSON body.
    pub body: Option<Value>,
    /// Options of this call.
    pub options: CallOptions,
    /// Where a list goes on, from [`super::Response::next`].
    pub cursor: Option<String>,
    /// The path of a custom request, below the prefix.
    pub(crate) custom_path: Option<String>,
    /// Is told what happens on the way.
    pub observer: Option<Observer>,
}

/// Without the body, of which any part may be a secret.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation.id)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Is told what happens during a call, on the task that carries it out.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(&CallEvent<'_>) + Send + Sync>);

impl Observer {
    /// An observer that calls this function, which must be quick.
    pub fn new(function: impl Fn(&CallEvent<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(function))
    }

    pub(crate) fn tell(&self, event: &CallEvent<'_>) {
        (self.0)(event);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// Something that happens during a call.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallEvent<'a> {
    /// An attempt failed, and the request will be sent again.
    Retry {
        /// The attempt that failed, from 1.
        attempt: u32,
        /// How long the call waits before the next.
        wait: Duration,
        /// Why it failed.
        error: &'a Error,
    },
}

impl Call {
    /// A call of the operation with this id, as in `agents.integrations.list`; or of any path, as in `GET /agents`.
    pub fn new(operation: &str) -> Result<Self, Error> {
        if let Some((method, path)) = operation.split_once(' ') {
            return Self::custom(method, path);
        }
        let found = OPERATIONS.binary_search_by(|candidate| candidate.id.cmp(operation));
        match found {
            Ok(index) => Ok(Self::of(OPERATIONS[index])),
            Err(_) => Err(Error::user(format!(
                "there is no operation `{operation}`{}",
                suggest::did_you_mean(operation, OPERATIONS.iter().map(|candidate| candidate.id))
            ))),
        }
    }

    /// A call that this library has no operation for. The path stands below the prefix and is percent-encoded already.
    pub fn custom(method: &str, path: &str) -> Result<Self, Error> {
        let mut call = Self::of(custom_request::operation(method)?);
        call.custom_path = Some(custom_request::check(path)?.to_owned());
        Ok(call)
    }

    /// A call of this operation.
    pub fn of(operation: &'static Operation) -> Self {
        Self {
            operation,
            path: Vec::new(),
            query: Map::new(),
            body: None,
            options: CallOptions::default(),
            cursor: None,
            custom_path: None,
            observer: None,
        }
    }
}

/// Options of one call, or defaults for the calls of a client.
///
/// ```
/// # fn example(client: &bimpe::Client) -> Result<(), bimpe::Error> {
/// let mut options = bimpe::CallOptions::default();
/// options.timeout = Some(std::time::Duration::from_secs(5));
/// options.api_key = Some(bimpe::ApiKey::new("sk_of_a_tenant")?);
/// let tenant = client.with_options(&options)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallOptions {
    /// The longest that the call may take, retries and body included.
    pub timeout: Option<Duration>,
    /// How often a failed request is sent again; at most 10.
    pub max_retries: Option<u32>,
    /// The idempotency key of a write, at most 255 visible ASCII characters. One is made up if it is not set.
    pub idempotency_key: Option<String>,
    /// More headers.
    pub headers: Vec<(String, String)>,
    /// A key in place of the client's.
    pub api_key: Option<ApiKey>,
    /// For a request of a helper: the time that the helper has left, which bounds the request in place of the timeout.
    pub(crate) time_left: Option<Duration>,
}

impl CallOptions {
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

/// Headers by their names only: a gateway's password may be the value of one.
impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("CallOptions")
            .field("timeout", &self.timeout)
            .field("max_retries", &self.max_retries)
            .field("idempotency_key", &self.idempotency_key)
            .field("headers", &names)
            .field("api_key", &self.api_key)
            .field("time_left", &self.time_left)
            .finish()
    }
}
