//! Hooks: functions of the caller for the start, the retries and the end of each request.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;

use super::{Observer, OperationRequest, RequestEvent, Response};
use crate::error::Error;

/// A request before it is sent.
#[non_exhaustive]
pub struct RequestInfo<'a> {
    /// The operation, as in `agents.list`.
    pub operation: &'a str,
    /// The HTTP method.
    pub method: &'a str,
    /// The template of the path, as in `/agents/{agent_id}`; of a custom request, its path.
    pub path: &'a str,
    /// The headers of this request. Added ones are sent. The key is not among them.
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
    /// The wait before the next attempt.
    pub wait: Duration,
    /// Why it failed.
    pub error: &'a Error,
}

/// The end of a request.
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
    /// The time of the request, retries and waits included.
    pub elapsed: Duration,
    /// The error that the caller receives, if the request failed.
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

/// The hooks of a client.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) request: Hook<dyn Fn(&mut RequestInfo<'_>) + Send + Sync>,
    pub(crate) retry: Hook<dyn Fn(&RetryInfo<'_>) + Send + Sync>,
    pub(crate) response: Hook<dyn Fn(&ResponseInfo<'_>) + Send + Sync>,
}

impl Hooks {
    /// Reports the start of a request, and observes its retries.
    pub(super) fn begin(&self, call: &mut OperationRequest) {
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
                observer.notify(event);
            }
            let RequestEvent::Retry { attempt, wait, error } = *event;
            quietly(|| hook(&RetryInfo { operation, attempt, wait, error }));
        }));
    }

    /// Reports the end of a request.
    pub(super) fn end(&self, operation: &str, elapsed: Duration, outcome: &Result<Response, Error>) {
        let Some(hook) = &self.response else { return };
        let (status, headers, request_id, attempts) = match outcome {
            Ok(response) => {
                (Some(response.status), &response.headers, response.request_id.as_deref(), response.attempts)
            }
            Err(error) => (error.status(), error.headers(), error.request_id(), error.attempts()),
        };
        let error = outcome.as_ref().err();
        let info = ResponseInfo { operation, status, headers, request_id, attempts, elapsed, error };
        quietly(|| hook(&info));
    }
}

/// The request was sent, so a panic of a hook must not change its outcome. The program's panic hook reports the panic.
fn quietly(run: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(run)).is_err() {
        tracing::error!(target: "bimpe", "a hook panicked");
    }
}
