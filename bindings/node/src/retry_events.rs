//! Notifies JavaScript of the retries of a pending request.

use bimpe::engine::{Observer, RequestEvent};
use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use serde_json::json;

use crate::request_result::error_json;

/// A callback with one JSON argument: `attempt`, `wait` in milliseconds, and `error`. It does not keep the process alive,
/// because the promise of the request does.
pub(crate) type OnRetry = ThreadsafeFunction<String, (), String, Status, false, true>;

/// Returns an observer that passes retries to the callback.
pub(crate) fn observer(on_retry: OnRetry) -> Observer {
    Observer::new(move |event| {
        let RequestEvent::Retry { attempt, wait, error, .. } = event else { return };
        let text = json!({
            "attempt": attempt,
            "wait": wait.as_secs_f64() * 1000.0,
            "error": error_json(error),
        });
        // This fails only while the environment shuts down.
        on_retry.call(text.to_string(), ThreadsafeFunctionCallMode::NonBlocking);
    })
}
