//! A first connection that dies before any message leaves only a time to resume from, and servers' clocks differ.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bimpe::Clock;
use bimpe::engine::StreamOptions;
use bimpe::testing::{MemoryTransport, VirtualClock, reply};
use bimpe::transport::TransportError;

use crate::block_on::block_on;
use crate::server::{query, stream};

/// The clock that dates the answers may be so much ahead of the one that dates the messages, in milliseconds.
const AHEAD: u64 = 2000;

/// Whether a message comes that was made just after the first connection was opened.
fn comes(opened: Duration, ahead: Duration) -> bool {
    let clock = VirtualClock::new();
    block_on(clock.sleep(opened));
    let made = opened + Duration::from_millis(1);
    let made = format!("2026-01-01T00:00:{:02}.{:03}Z", made.as_secs(), made.subsec_millis());
    let now = clock.clone();
    let transport = MemoryTransport::new(move |request| {
        if !request.uri.path().ends_with("/stream") {
            return reply(201, r#"{"message": "ok", "data": {"ticket": "t", "expires_in": 60}}"#);
        }
        let date = httpdate::fmt_http_date(UNIX_EPOCH + now.unix_time() + ahead);
        let events = |text: &'static str| {
            reply(200, text).header("content-type", "text/event-stream").header("date", &date)
        };
        match query(request, "after") {
            None => events("").then_fail(TransportError::lost("reset")),
            Some(after) if after < made => events("id: m1\ndata: {\"id\": \"m1\"}\n\n"),
            Some(_) => events(": nothing has been made since\n\n"),
        }
    });
    let mut options = StreamOptions::default();
    options.max_reconnects = Some(3);
    let mut stream = stream(Arc::new(transport), &clock, options);
    block_on(stream.next()).is_some_and(|event| event.is_ok())
}

#[test]
fn nothing_is_lost_while_clocks_differ_by_two_seconds_at_most() {
    for opened in (20_000..21_000).step_by(50).map(Duration::from_millis) {
        for ahead in (0..=AHEAD).step_by(50).map(Duration::from_millis) {
            assert!(comes(opened, ahead), "opened at {opened:?}, with a clock ahead by {ahead:?}");
        }
    }
}

/// Otherwise the test above shows nothing.
#[test]
fn a_clock_that_is_minutes_ahead_loses_it() {
    assert!(!comes(Duration::from_secs(20), Duration::from_mins(2)));
}
