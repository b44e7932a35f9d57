//! When to try again, and how long to wait before.

use std::sync::Mutex;
use std::time::Duration;

use http::HeaderMap;

/// Attempts of one call, the first included.
pub(crate) const MAX_ATTEMPTS: u32 = 5;
pub(crate) const DEFAULT_RETRIES: u32 = 2;
/// A server that asks for more than this gets an error at once instead of a silent wait.
pub(crate) const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);
/// Idempotency keys are remembered for a while only.
pub(crate) const MAX_RETRY_TIME: Duration = Duration::from_secs(600);

const BASE: Duration = Duration::from_millis(500);
const CAP: Duration = Duration::from_secs(8);
const FLOOR: Duration = Duration::from_millis(50);

/// The wait before retry `n` (from 0): full jitter below a bound that doubles.
pub(crate) fn back_off(retry: u32) -> Duration {
    let bound = CAP.min(BASE.saturating_mul(1 << retry.min(10)));
    bound.mul_f64(fastrand::f64()).max(FLOOR)
}

/// The wait that the server asked for: seconds, whole or not, or a date. Nonsense and negatives count as nothing.
pub(crate) fn retry_after(headers: &HeaderMap, unix_time: Duration) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let asked = text(http::header::RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let at = unix(asked)?;
    // The server's own clock counts, where it is told.
    let now = text(http::header::DATE).and_then(unix).unwrap_or(unix_time);
    Some(at.saturating_sub(now))
}

fn unix(date: &str) -> Option<Duration> {
    httpdate::parse_http_date(date).ok()?.duration_since(std::time::UNIX_EPOCH).ok()
}

/// The wait for what the server asked: never earlier, and a little scattered.
pub(crate) fn scattered(asked: Duration) -> Duration {
    asked.saturating_add(asked.div_f64(10.0).mul_f64(fastrand::f64())).max(FLOOR)
}

const CAPACITY: u32 = 500;

/// Tokens that retries cost, shared by all calls of a client: when most calls fail, retries stop multiplying them.
pub(crate) struct Budget(Mutex<u32>);

impl Budget {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(CAPACITY))
    }

    /// Takes the price of one retry, and tells whether it could be paid.
    pub(crate) fn take(&self, timeout: bool) -> Option<u32> {
        let price = if timeout { 10 } else { 5 };
        let mut tokens = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *tokens = tokens.checked_sub(price)?;
        Some(price)
    }

    /// Gives back what the last retry cost after it succeeded, or a little after a plain success.
    pub(crate) fn refund(&self, price: Option<u32>) {
        let mut tokens = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *tokens = CAPACITY.min(*tokens + price.unwrap_or(1));
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
    fn the_budget_runs_dry_and_recovers() {
        let budget = Budget::new();
        let paid = (0..1000).filter(|_| budget.take(false).is_some()).count();
        assert_eq!(paid, 100);
        budget.refund(Some(10));
        assert_eq!(budget.take(true), Some(10));
        assert_eq!(budget.take(false), None);
    }
}
