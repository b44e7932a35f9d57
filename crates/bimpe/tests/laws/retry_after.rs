//! A server that asks for time gets it, whatever form it asks in; if it asks for too much, the caller is told at once.

use std::time::Duration;

use bimpe::engine::Call;
use bimpe::testing::reply;
use bimpe::{Clock, ErrorKind};

use super::wire::Wire;

/// The longest that is waited in silence.
const LONGEST: Duration = Duration::from_secs(60);
const FLOOR: Duration = Duration::from_millis(50);
/// The most that a first retry waits without the server's word.
const FIRST_BOUND: Duration = Duration::from_millis(500);

/// Tries a header of any text; `asked` is what it means, if that is known.
pub(crate) fn is_kept(
    wire: &Wire,
    status: u16,
    text: &str,
    date: Option<&str>,
    asked: Option<Option<Duration>>,
) {
    if !text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)) {
        // Not to be had in a header.
        return;
    }
    let mut refusal = reply(status, "{}").header("retry-after", text);
    if let Some(date) = date {
        refusal = refusal.header("date", date);
    }
    let before = wire.clock.now();
    let mut call = Call::new("agents.list").expect("it exists");
    call.options.timeout = Some(Duration::from_secs(600));
    let (outcome, sent) = wire.run(call, [refusal, reply(200, r#"{"data":[],"meta":null}"#)]);
    let waited = wire.clock.now() - before;

    match outcome {
        Ok(response) => {
            assert_eq!((response.attempts, sent.len()), (2, 2), "{text}");
            assert!(waited >= FLOOR && waited <= LONGEST.mul_f64(1.1), "{text}: {waited:?}");
            match asked {
                Some(Some(asked)) => {
                    assert!(waited >= asked && waited <= asked.mul_f64(1.1).max(FLOOR), "{text}: {waited:?}");
                }
                Some(None) => assert!(waited <= FIRST_BOUND, "{text} means nothing, but {waited:?}"),
                None => {}
            }
        }
        Err(error) => {
            assert_eq!((sent.len(), waited), (1, Duration::ZERO), "{text}: it must not wait in vain");
            assert!(matches!(
                error.kind(),
                ErrorKind::RateLimit | ErrorKind::InternalServer | ErrorKind::Api
            ));
            assert!(error.retry_after().is_some_and(|asked| asked > LONGEST), "{text}: {error}");
            assert!(error.retryable(), "{text}");
            if let Some(asked) = asked {
                assert_eq!(error.retry_after(), asked, "{text}");
            }
        }
    }
}
