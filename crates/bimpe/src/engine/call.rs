//! One call: an operation, its arguments, and options.

use std::time::Duration;

use serde_json::{Map, Value};

use super::suggest;
use crate::error::Error;
use crate::operations::OPERATIONS;
use crate::schema::Operation;

/// One call of an operation, as bindings make it; nothing is checked before it is executed.
#[derive(Debug)]
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
}

impl Call {
    /// A call of the operation with this id, as in `agents.integrations.list`.
    pub fn new(operation: &str) -> Result<Self, Error> {
        let found = OPERATIONS.binary_search_by(|candidate| candidate.id.cmp(operation));
        match found {
            Ok(index) => Ok(Self::of(OPERATIONS[index])),
            Err(_) => Err(Error::user(format!(
                "there is no operation `{operation}`{}",
                suggest::did_you_mean(operation, OPERATIONS.iter().map(|candidate| candidate.id))
            ))),
        }
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
        }
    }
}

/// Options of one call, or defaults for the calls of a client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallOptions {
    /// The longest that the call may take, retries and body included.
    pub timeout: Option<Duration>,
    /// How often a failed request is sent again; at most 4.
    pub max_retries: Option<u32>,
    /// The idempotency key of a write, at most 255 visible ASCII characters. One is made up if it is not set.
    pub idempotency_key: Option<String>,
    /// More headers.
    pub headers: Vec<(String, String)>,
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
        }
    }
}
