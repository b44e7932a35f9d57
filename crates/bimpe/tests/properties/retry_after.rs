//! `Retry-After` in every form, and in none.

use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;

use crate::cases::try_all;
use crate::invariants::retry_after::{Asked, is_kept};
use crate::invariants::wire::Wire;

/// A moment on the server's clock, which need not be ours.
const NOW: u64 = 1_767_000_000;

type Header = (String, Option<String>, Asked);

fn date(unix: u64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(unix))
}

fn meaning(text: String, asked: Asked) -> Header {
    (text, None, asked)
}

fn a_header() -> impl Strategy<Value = Header> {
    prop_oneof![
        (0_u64..100).prop_map(|whole| meaning(whole.to_string(), Asked::For(Duration::from_secs(whole)))),
        (0_u64..70_000).prop_map(|millis| {
            let text = format!("{}.{:03}", millis / 1000, millis % 1000);
            meaning(text, Asked::For(Duration::from_millis(millis)))
        }),
        any::<u64>().prop_map(|huge| (huge.to_string(), None, Asked::Something)),
        any::<f64>().prop_map(|number| (format!("{number:e}"), None, Asked::Something)),
        (1_u64..1_000_000).prop_map(|number| meaning(format!("-{number}"), Asked::Nothing)),
        "[a-zA-Z ,:;]{1,12}"
            .prop_filter("`inf` and `nan` are numbers to some", |text| { text.parse::<f64>().is_err() })
            .prop_map(|text| meaning(text, Asked::Nothing)),
        (0_u64..90).prop_map(|later| {
            (date(NOW + later), Some(date(NOW)), Asked::For(Duration::from_secs(later)))
        }),
        (0_u64..NOW)
            .prop_map(|earlier| { (date(NOW - earlier), Some(date(NOW)), Asked::For(Duration::ZERO)) }),
        "[ -~]{0,24}".prop_map(|text| (text, None, Asked::Something)),
        ("[ -~]{0,24}", "[ -~]{0,24}").prop_map(|(text, date)| (text, Some(date), Asked::Something)),
    ]
}

#[test]
fn retry_after_is_waited_in_full() {
    let wire = Wire::new(|builder| builder);
    let inputs = (prop::sample::select(&[408_u16, 429, 503][..]), a_header());
    try_all(10, "A Retry-After of any text", 1_000_000, &inputs, |(status, (text, date, asked))| {
        is_kept(&wire, status, &text, date.as_deref(), asked);
    });
}

#[test]
fn an_oversized_retry_after_is_reported() {
    let wire = Wire::new(|builder| builder);
    for text in ["18446744073709551615", "18446744073709550000", "1.8e19", "61", "3600"] {
        is_kept(&wire, 429, text, None, Asked::Something);
    }
}
