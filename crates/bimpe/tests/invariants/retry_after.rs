//! A server that asks for time gets it, in any form; if it asks for too much, the caller gets an error at once.

use std::time::Duration;

use bimpe::engine::OperationRequest;
use bimpe::testing::reply;
use bimpe::{Clock, ErrorKind};

use super::wire::Wire;

/// The longest that is waited in silence.
const LONGEST: Duration = Duration::from_secs(60);
const FLOOR: Duration = Duration::from_millis(50);
/// The most that a first retry waits without the server's word.
const FIRST_BOUND: Duration = Duration::from_millis(500);

/// The meaning of a header.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked {
    /// Wait for this time.
    For(Duration),
    /// Nothing.
    Nothing,
    /// Whatever the client takes it for.
    Something,
}

/// Tries a header of any text.
pub(crate) fn is_kept(wire: &Wire, status: u16, text: &str, date: Option<&str>, asked: Asked) {
    let writable = |text: &str| text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte));
    if !writable(text) || !date.is_none_or(writable) {
        // Not to be had in a header.
        return;
    }
    let mut refusal = reply(status, "{}").header("retry-after", text);
    if let Some(date) = date {
        refusal = refusal.header("date", date);
    }
    let before = wire.clock.now();
    let mut call = OperationRequest::new("agents.list").expect("it exists");
    call.options.timeout = Some(Duration::from_secs(600));
    let (outcome, sent) = wire.run(call, [refusal, reply(200, r#"{"data":[],"meta":null}"#)]);
    let waited = wire.clock.now().saturating_sub(before);

    match outcome {
        Ok(response) => {
            assert_eq!((response.attempts, sent.len()), (2, 2), "{text}");
            let (least, most) = match asked {
                Asked::For(asked) => (asked.max(FLOOR), asked.mul_f64(1.1).max(FLOOR)),
                Asked::Nothing => (FLOOR, FIRST_BOUND),
                Asked::Something => (FLOOR, LONGEST.mul_f64(1.1)),
            };
            assert!(waited >= least && waited <= most, "{text}: {asked:?}, but {waited:?}");
        }
        Err(error) => {
            assert_eq!((sent.len(), waited), (1, Duration::ZERO), "{text}: it must not wait in vain");
            assert!(matches!(
                error.kind(),
                ErrorKind::RateLimit | ErrorKind::InternalServer | ErrorKind::Api
            ));
            assert!(error.retry_after().is_some_and(|asked| asked > LONGEST), "{text}: {error}");
            assert!(error.retryable(), "{text}");
            match asked {
                Asked::For(asked) => assert_eq!(error.retry_after(), Some(asked), "{text}"),
                Asked::Nothing => panic!("{text} means nothing: {error}"),
                Asked::Something => {}
            }
        }
    }
}
