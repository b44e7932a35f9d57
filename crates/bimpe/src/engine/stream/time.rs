//! The server's clock as the API writes time.

use std::time::{Duration, UNIX_EPOCH};

/// An HTTP date as an ISO-8601 time, so many seconds earlier.
pub(super) fn iso_before(http_date: &str, earlier: Duration) -> Option<String> {
    let unix =
        httpdate::parse_http_date(http_date).ok()?.duration_since(UNIX_EPOCH).ok()?.checked_sub(earlier)?;
    let (days, seconds) = (unix.as_secs() / 86_400, unix.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z"))
}

/// Year, month and day of a day since 1970 in the Gregorian calendar. Years are counted from March, so that a leap
/// day is the last of its year.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (http, iso) in [
            ("Thu, 01 Jan 1970 00:00:02 GMT", "1970-01-01T00:00:00.000Z"),
            ("Thu, 29 Feb 2024 00:00:01 GMT", "2024-02-28T23:59:59.000Z"),
            ("Fri, 01 Mar 2024 00:00:02 GMT", "2024-03-01T00:00:00.000Z"),
            ("Mon, 23 Nov 2026 19:24:51 GMT", "2026-11-23T19:24:49.000Z"),
            ("Mon, 01 Mar 2100 00:00:02 GMT", "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(iso_before(http, Duration::from_secs(2)).as_deref(), Some(iso));
        }
        assert_eq!(iso_before("soon", Duration::ZERO), None);
    }
}
