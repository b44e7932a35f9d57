//! Hooks: functions of the caller that see every call before it is sent, before each retry, and when it has ended.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;

use super::{Call, CallEvent, Observer, Response};
use crate::error::Error;

/// A call that is about to be sent.
#[non_exhaustive]
pub struct RequestInfo<'a> {
    /// The operation, as in `agents.list`.
    pub operation: &'a str,
    /// The HTTP method.
    pub method: &'a str,
    /// The template of the path, as in `/agents/{agent_id}`; of a request of your own, its path.
    pub path: &'a str,
    /// The headers of this call. What is added here is sent. The key is never among them.
    pub headers: &'a mut Vec<(String, String)>,
}

/// An attempt failed, and the request will be sent again.
#[derive(Debug)]
#[non_exhaustive]
pub struct RetryInfo<'a> {
    /// The operation, as in `agents.list`.
    pub operation: &'a str,
    /// The attempt that failed, from 1.
    pub attempt: u32,
    /// How long the call waits before the next.
    pub wait: Duration,
    /// Why it failed.
    pub error: &'a Error,
}

/// How a call ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct ResponseInfo<'a> {
    /// The operation, as in `agents.list`.
    pub operation: &'a str,
    /// The HTTP status, if a response was received.
    pub status: Option<u16>,
    /// The headers of the response. Empty without a response.
    pub headers: &'a HeaderMap,
    /// The id to quote to the API's support.
    pub request_id: Option<&'a str>,
    /// How many requests were sent.
    pub attempts: u32,
    /// How long the call took, retries and waits included.
    pub elapsed: Duration,
    /// The error that the caller gets, if the call failed.
    pub error: Option<&'a Error>,
}

/// Without the values of headers, of which one may be a password.
impl fmt::Debug for RequestInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestInfo")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

type Hook<F> = Option<Arc<F>>;

/// The functions that a client was given.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) request: Hook<dyn Fn(&mut RequestInfo<'_>) + Send + Sync>,
    pub(crate) retry: Hook<dyn Fn(&RetryInfo<'_>) + Send + Sync>,
    pub(crate) response: Hook<dyn Fn(&ResponseInfo<'_>) + Send + Sync>,
}

impl Hooks {
    /// Reports the start of a request, and observes its retries.
    pub(super) fn begin(&self, call: &mut Call) {
        if let Some(hook) = &self.request {
            hook(&mut RequestInfo {
                operation: call.operation.id,
                method: call.operation.method.as_str(),
                path: call.custom_path.as_deref().unwrap_or(call.operation.path),
                headers: &mut call.options.headers,
            });
        }
        let Some(hook) = self.retry.clone() else { return };
        let (operation, before) = (call.operation.id, call.observer.take());
        call.observer = Some(Observer::new(move |event| {
            if let Some(observer) = &before {
                observer.tell(event);
            }
            let CallEvent::Retry { attempt, wait, error } = *event;
            quietly(|| hook(&RetryInfo { operation, attempt, wait, error }));
        }));
    }

    /// Tells how a call ended.
    pub(super) fn end(&self, operation: &str, elapsed: Duration, outcome: &Result<Response, Error>) {
        let Some(hook) = &self.response else { return };
        let info = match outcome {
            Ok(response) => ResponseInfo {
                operation,
                status: Some(response.status),
                headers: &response.headers,
                request_id: response.request_id.as_deref(),
                attempts: response.attempts,
                elapsed,
                error: None,
            },
            Err(error) => ResponseInfo {
                operation,
                status: error.status(),
                headers: error.headers(),
                request_id: error.request_id(),
                attempts: error.attempts(),
                elapsed,
                error: Some(error),
            },
        };
        quietly(|| hook(&info));
    }
}

/// The request was sent, so a panic of a hook must not change its outcome. The program's panic hook reports the panic.
fn quietly(run: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(run)).is_err() {
        tracing::error!(target: "bimpe", "a hook panicked");
    }
}
