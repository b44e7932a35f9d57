//! Times in the forms of the API and of HTTP. The dependency tree, whose size is limited, has no crate for ISO 8601 times.

use std::time::Duration;

use crate::error::Error;

/// Clocks are compared by whole seconds, so the first reconnect reaches back a little.
const OVERLAP: Duration = Duration::from_secs(2);

/// A little before the opening of a stream, as an ISO-8601 time.
pub(super) fn iso_before_opening(opened: Duration) -> String {
    let unix = opened.saturating_sub(OVERLAP);
    let (days, seconds) = (unix.as_secs() / 86_400, unix.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z")
}

/// An event id or a time to begin after, as the server takes it: a date stands for its beginning in UTC. The server
/// would wait for ever after a time that it cannot read.
pub(crate) fn checked_after(operation: &str, after: &str) -> Result<String, Error> {
    let begins_as_date = after.get(..10).is_some_and(|start| {
        start.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
    });
    if !begins_as_date {
        return Ok(after.to_owned());
    }
    let time = if after.len() == 10 { format!("{after}T00:00:00Z") } else { after.to_owned() };
    if of_iso(&time).is_some() {
        return Ok(time);
    }
    let message = if of_iso(&format!("{time}Z")).is_some() {
        "has no time zone; write one, as in 2026-01-01T00:00:00Z"
    } else {
        "must be an event id or an ISO 8601 time, as in 2026-01-01T00:00:00Z"
    };
    Err(Error::field(operation, "after", message))
}

/// An ISO-8601 time with its zone, as in `2026-01-01T10:00:00.125Z` or `2026-01-01T11:00:00+01:00`.
pub(super) fn of_iso(text: &str) -> Option<Duration> {
    let (seconds, rest) = text.split_at_checked("2026-01-01T10:00:00".len())?;
    let mut numbers = [0; 6];
    let mut parts = seconds.split(['-', 'T', ' ', ':']);
    for number in &mut numbers {
        *number = digits(parts.next()?)?;
    }
    let [year, month, day, hour, minute, second] = numbers;
    let days = days_until(year, month, day)?;
    if civil(days) != (year, month, day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let local = Duration::from_secs(days * 86_400 + hour * 3600 + minute * 60 + second);
    let (fraction, zone) = rest.split_at_checked(rest.find(['Z', 'z', '+', '-'])?)?;
    let nanos = match fraction.strip_prefix('.') {
        Some(fraction) => digits(&format!("{fraction:0<9.9}"))?,
        None if fraction.is_empty() => 0,
        None => return None,
    };
    let local = local + Duration::from_nanos(nanos);
    let Some(offset) = zone.strip_prefix(['+', '-']) else { return Some(local) };
    let (hours, minutes) = offset.split_once(':').or_else(|| offset.split_at_checked(2))?;
    let offset = Duration::from_secs(digits(hours)? * 3600 + digits(minutes)? * 60);
    if zone.starts_with('+') { local.checked_sub(offset) } else { Some(local + offset) }
}

fn digits(text: &str) -> Option<u64> {
    (text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// The days since 1970 until this one: the inverse of `civil`.
fn days_until(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1..=12).contains(&month) {
        return None;
    }
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let year = year.checked_sub(u64::from(month <= 2))?;
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * from_march + 2) / 5 + day.checked_sub(1)?;
    (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year).checked_sub(719_468)
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
    use crate::engine::retry::unix;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (http, iso) in [
            ("Thu, 01 Jan 1970 00:00:02 GMT", "1970-01-01T00:00:00.000Z"),
            ("Thu, 29 Feb 2024 00:00:01 GMT", "2024-02-28T23:59:59.000Z"),
            ("Fri, 01 Mar 2024 00:00:02 GMT", "2024-03-01T00:00:00.000Z"),
            ("Mon, 23 Nov 2026 19:24:51 GMT", "2026-11-23T19:24:49.000Z"),
            ("Mon, 01 Mar 2100 00:00:02 GMT", "2100-03-01T00:00:00.000Z"),
        ] {
            let date = unix(http).expect("an HTTP date");
            assert_eq!(iso_before_opening(date), iso);
            assert_eq!(of_iso(iso), date.checked_sub(OVERLAP));
        }
        assert_eq!(unix("soon"), None);
    }

    #[test]
    fn a_date_to_begin_after_is_its_beginning_and_other_text_an_event_id() {
        let after = |text| checked_after("conversations.messages.stream", text);
        for (given, sent) in [
            ("2026-01-01", "2026-01-01T00:00:00Z"),
            ("2026-01-01T10:00:00.125Z", "2026-01-01T10:00:00.125Z"),
            ("2026-01-01 10:00:00+01:00", "2026-01-01 10:00:00+01:00"),
            ("cmc6d1k4j000f", "cmc6d1k4j000f"),
            ("2026", "2026"),
            ("", ""),
        ] {
            assert_eq!(after(given).expect("is taken"), sent);
        }
        for (given, says) in [
            ("2026-02-30", "an ISO 8601 time"),
            ("2026-01-01T10:00:00", "no time zone"),
            ("2026-01-01 soon", "an ISO 8601 time"),
        ] {
            let error = after(given).expect_err(given);
            assert!(error.message().contains(says), "{error}");
            assert_eq!(error.field_errors()[0].path, "after");
        }
    }

    #[test]
    fn times_are_read_in_every_form_of_the_standard() {
        let noon = of_iso("2026-01-01T12:00:00Z").expect("a time");
        for same in [
            "2026-01-01 12:00:00.000Z",
            "2026-01-01T13:00:00+01:00",
            "2026-01-01T13:00:00.000000000000+0100",
            "2025-12-31T23:30:00-12:30",
        ] {
            assert_eq!(of_iso(same), Some(noon), "{same}");
        }
        assert_eq!(of_iso("2026-01-01T12:00:00.25z"), Some(noon + Duration::from_millis(250)));
        for bad in [
            "",
            "soon",
            "2026-01-01",
            "2026-01-01T12:00:00",
            "2026-13-01T12:00:00Z",
            "2026-02-29T12:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T12:60:00Z",
            "2026-01-01T12:00:00,5Z",
        ] {
            assert_eq!(of_iso(bad), None, "{bad}");
        }
    }
}
