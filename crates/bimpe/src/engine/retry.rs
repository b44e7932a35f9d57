//! Waits before retries, and the retry budget.

use std::sync::Mutex;
use std::time::Duration;

use http::HeaderMap;

use crate::error::Error;
use crate::sync::lock;

/// Maximum number of retries, because more would only hide that the server is down.
const MAX_RETRIES: u32 = 10;
pub(crate) const DEFAULT_RETRIES: u32 = 2;
/// A longer wait of the server is an error at once, instead of a silent wait.
pub(crate) const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);
/// Idempotency keys are remembered for a while only.
pub(crate) const MAX_RETRY_TIME: Duration = Duration::from_secs(600);

const BASE: Duration = Duration::from_millis(500);
const CAP: Duration = Duration::from_secs(8);
const FLOOR: Duration = Duration::from_millis(50);

/// Refuses more retries than one request may have.
pub(crate) fn check_max_retries(retries: Option<u32>) -> Result<Option<u32>, Error> {
    if retries.is_some_and(|retries| retries > MAX_RETRIES) {
        let text = format!(
            "max_retries must be at most {MAX_RETRIES}; to retry for longer, repeat the request in a loop and pass the \
             `error.idempotency_key` of the first request"
        );
        return Err(Error::user(text).naming(&["max_retries", "error.idempotency_key"]));
    }
    Ok(retries)
}

/// The wait before retry `n` (from 0): full jitter below a bound that doubles.
pub(crate) fn back_off(retry: u32) -> Duration {
    let bound = CAP.min(BASE.saturating_mul(1 << retry.min(10)));
    bound.mul_f64(fastrand::f64()).max(FLOOR)
}

/// The wait that the server asked for: seconds, also fractional, or a date. Invalid and negative values are ignored.
pub(crate) fn retry_after(headers: &HeaderMap, unix_time: Duration) -> Option<Duration> {
    let asked = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = asked.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let at = unix(asked)?;
    // The clock of the server counts, if the response has a date.
    Some(at.saturating_sub(date(headers).unwrap_or(unix_time)))
}

/// Returns the date of a response as Unix time.
pub(crate) fn date(headers: &HeaderMap) -> Option<Duration> {
    unix(headers.get(http::header::DATE)?.to_str().ok()?.trim())
}

/// Returns an HTTP date as Unix time.
pub(super) fn unix(date: &str) -> Option<Duration> {
    httpdate::parse_http_date(date).ok()?.duration_since(std::time::UNIX_EPOCH).ok()
}

/// Returns the wait that the server asked for, with some more as jitter.
pub(crate) fn with_jitter(asked: Duration) -> Duration {
    asked.saturating_add(asked.div_f64(10.0).mul_f64(fastrand::f64())).max(FLOOR)
}

/// The time that is left for retries.
pub(crate) struct Left {
    /// Of the timeout.
    pub(crate) timeout: Duration,
    /// Of the time within which an idempotency key is sent again.
    pub(crate) retry_time: Duration,
}

/// The wait before retry `n` (from 0), or the reason why the request cannot wait.
pub(crate) fn wait(retry: u32, asked: Option<Duration>, left: &Left) -> Result<Duration, String> {
    let least = asked.map_or_else(|| back_off(retry), |asked| asked.max(FLOOR));
    let due = match asked {
        Some(asked) if asked > MAX_RETRY_AFTER => {
            let most = MAX_RETRY_AFTER.as_secs();
            let asked = rounded_up(asked);
            return Err(format!("the server asks for {asked} s, more than the {most} s this client waits"));
        }
        Some(asked) => format!("the server asks for {} s", rounded_up(asked)),
        None => format!("the next attempt is due in {} s", rounded_up(least)),
    };
    if least >= left.timeout {
        let left = rounded_down(left.timeout);
        return Err(format!("{due}, {left} s of the timeout are left; raise timeout"));
    }
    if least >= left.retry_time {
        let (left, all) = (rounded_down(left.retry_time), MAX_RETRY_TIME.as_secs());
        return Err(format!("{due}, {left} s of the {all} s for retries are left"));
    }
    // Only the jitter is cut at the deadline, so that time is left for the attempt.
    let room = left.timeout.min(left.retry_time).saturating_sub(least) / 2;
    Ok(asked.map_or(least, |asked| with_jitter(asked).min(least.saturating_add(room))))
}

/// Seconds with at most one decimal.
pub(super) fn rounded_up(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).ceil() / 10.0
}

pub(super) fn rounded_down(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).floor() / 10.0
}

const CAPACITY: u32 = 500;

/// Tokens that retries cost, shared by all requests of a client, so that retries do not multiply the load of a failing
/// server.
pub(crate) struct Budget(Mutex<u32>);

impl Budget {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(CAPACITY))
    }

    /// Withdraws the cost of one retry, if the budget allows it.
    pub(crate) fn withdraw(&self, timeout: bool) -> Option<u32> {
        let cost = if timeout { 10 } else { 5 };
        let mut tokens = lock(&self.0);
        *tokens = tokens.checked_sub(cost)?;
        Some(cost)
    }

    /// Deposits the cost of the last retry after its success, or one token after a success without retry.
    pub(crate) fn deposit(&self, cost: Option<u32>) {
        let mut tokens = lock(&self.0);
        *tokens = CAPACITY.min(*tokens + cost.unwrap_or(1));
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(value: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::RETRY_AFTER, HeaderValue::from_str(value).expect("valid"));
        if let Some(date) = date {
            headers.insert(http::header::DATE, HeaderValue::from_str(date).expect("valid"));
        }
        retry_after(&headers, Duration::from_secs(1_767_225_600))
    }

    #[test]
    fn retry_after_is_read_in_every_form() {
        assert_eq!(asked("7", None), Some(Duration::from_secs(7)));
        assert_eq!(asked(" 0.25 ", None), Some(Duration::from_millis(250)));
        assert_eq!(asked("0", None), Some(Duration::ZERO));
        assert_eq!(asked("Thu, 01 Jan 2026 00:00:30 GMT", None), Some(Duration::from_secs(30)));
        let date = Some("Thu, 01 Jan 2026 00:00:20 GMT");
        assert_eq!(asked("Thu, 01 Jan 2026 00:00:30 GMT", date), Some(Duration::from_secs(10)));
        for nonsense in ["-1", "soon", "NaN", "inf", ""] {
            assert_eq!(asked(nonsense, None), None, "{nonsense}");
        }
    }

    #[test]
    fn back_off_stays_between_floor_and_bound() {
        for retry in 0..20 {
            for _ in 0..100 {
                let wait = back_off(retry);
                assert!(
                    wait >= FLOOR && wait <= CAP && wait <= BASE * (1 << retry.min(10)),
                    "{retry}: {wait:?}"
                );
            }
        }
    }

    #[test]
    fn jitter_gives_way_to_the_deadline_and_the_wait_does_not() {
        let seconds = Duration::from_secs;
        for _ in 0..100 {
            let left = Left { timeout: Duration::from_millis(60_100), retry_time: seconds(600) };
            let wait = wait(0, Some(seconds(60)), &left).expect("60 s fit into 60.1 s");
            assert!(wait >= seconds(60) && wait < left.timeout, "{wait:?}");
        }
        let reason = |asked, timeout, retry_time| {
            let left = Left { timeout: Duration::from_millis(timeout), retry_time: seconds(retry_time) };
            wait(0, Some(asked), &left).expect_err("it does not fit")
        };
        for (reason, text) in [
            (
                reason(seconds(60), 59_960, 600),
                "the server asks for 60 s, 59.9 s of the timeout are left; raise timeout",
            ),
            (
                reason(seconds(90), 600_000, 600),
                "the server asks for 90 s, more than the 60 s this client waits",
            ),
            (reason(seconds(7), 90_000, 2), "the server asks for 7 s, 2 s of the 600 s for retries are left"),
            (
                reason(Duration::from_secs_f64(99_999_999_999_999.0), 1_000, 600),
                "the server asks for 99999999999999 s, more than the 60 s this client waits",
            ),
        ] {
            assert_eq!(reason, text);
        }
    }

    #[test]
    fn the_budget_runs_dry_and_recovers() {
        let budget = Budget::new();
        let paid = (0..1000).filter(|_| budget.withdraw(false).is_some()).count();
        assert_eq!(paid, 100);
        budget.deposit(Some(10));
        assert_eq!(budget.withdraw(true), Some(10));
        assert_eq!(budget.withdraw(false), None);
    }
}
