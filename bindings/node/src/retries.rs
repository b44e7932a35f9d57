//! Telling JavaScript about retries while the call goes on.

use bimpe::engine::{CallEvent, Observer};
use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use serde_json::json;

use crate::outcome::described;

/// A function that is given one JSON text: `attempt`, `wait` in milliseconds, and `error`. It does not keep the
/// process alive: the promise of the call does.
pub(crate) type OnRetry = ThreadsafeFunction<String, (), String, Status, false, true>;

/// An observer that hands retries over to this function.
pub(crate) fn observer(on_retry: OnRetry) -> Observer {
    Observer::new(move |event| {
        let CallEvent::Retry { attempt, wait, error, .. } = event else { return };
        let text = json!({
            "attempt": attempt,
            "wait": wait.as_secs_f64() * 1000.0,
            "error": described(error),
        });
        // Refused only when JavaScript is about to end.
        on_retry.call(text.to_string(), ThreadsafeFunctionCallMode::NonBlocking);
    })
}
