//! Notifies JavaScript of the retries of a pending request.

use bimpe::engine::{Observer, RequestEvent};
use bimpe_runtime::json::retry_event;
use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};

/// A callback with one JSON argument: `attempt`, `wait` in milliseconds, and `error`. It does not keep the process alive,
/// because the promise of the request does.
pub(crate) type OnRetry = ThreadsafeFunction<String, (), String, Status, false, true>;

/// Returns an observer that passes retries to the callback.
pub(crate) fn observer(on_retry: OnRetry) -> Observer {
    Observer::new(move |event| {
        let RequestEvent::Retry { attempt, wait, error, .. } = event else { return };
        // This fails only while the environment shuts down.
        on_retry.call(retry_event(*attempt, *wait, error), ThreadsafeFunctionCallMode::NonBlocking);
    })
}
