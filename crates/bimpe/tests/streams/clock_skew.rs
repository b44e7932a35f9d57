//! A first connection that dies before any message leaves only a time to resume from, and servers' clocks differ.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bimpe::Clock;
use bimpe::engine::StreamOptions;
use bimpe::testing::{MemoryTransport, VirtualClock, reply};
use bimpe::transport::TransportError;

use crate::block_on::block_on;
use crate::server::{query, stream};

/// The clock that dates the responses may be so much ahead of the one that dates the messages, in milliseconds.
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
            None => events("").followed_by_error(TransportError::lost("reset")),
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
fn a_clock_that_is_minutes_ahead_loses_messages() {
    assert!(!comes(Duration::from_secs(20), Duration::from_mins(2)));
}

/// A message that was made at this second of a minute.
fn made(id: &str, second: u64) -> String {
    format!("id: {id}\ndata: {{\"id\": \"{id}\", \"created_at\": \"2026-01-01T00:00:{second:02}.500Z\"}}\n\n")
}

/// The messages of a stream that was opened at second 20, and whose first connections end before the first message. The
/// server's clock is ahead by this many seconds; its responses have a `date` if these functions say so.
fn after_a_break(ahead: u64, ticket_dated: bool, stream_dated: bool) -> Vec<String> {
    let clock = VirtualClock::new();
    block_on(clock.sleep(Duration::from_secs(20)));
    let now = clock.clone();
    let opened = std::sync::atomic::AtomicUsize::new(0);
    let transport = MemoryTransport::new(move |request| {
        let date = httpdate::fmt_http_date(UNIX_EPOCH + now.unix_time() + Duration::from_secs(ahead));
        let dated =
            |reply: bimpe::testing::Reply, is: bool| if is { reply.header("date", &date) } else { reply };
        if !request.uri.path().ends_with("/stream") {
            return dated(reply(201, r#"{"message": "ok", "data": {"ticket": "t"}}"#), ticket_dated);
        }
        let number = opened.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        // A replay by time that is not exact, as servers give it.
        let text = match (number, query(request, "after")) {
            (0, _) => String::new(),
            // Cut off among what is too old.
            (1, Some(_)) => made("old", ahead + 18),
            (2, Some(_)) => made("old", ahead + 18) + &made("older", ahead + 19) + &made("young", ahead + 20),
            (_, after) => {
                assert_eq!(after.as_deref(), Some("young"));
                made("late", ahead + 1) + &made("younger", ahead + 30)
            }
        };
        let events = reply(200, text).header("content-type", "text/event-stream");
        dated(events, stream_dated)
    });
    let mut stream = stream(Arc::new(transport), &clock, StreamOptions::default());
    block_on(async {
        let mut ids = Vec::new();
        while ids.len() < 3 {
            ids.extend(stream.next().await.expect("another event").expect("an event").id);
        }
        ids
    })
}

#[test]
fn a_replay_by_time_starts_at_the_opening() {
    // After the first message its id is where to resume, and what comes then is new, whatever its time.
    let wanted = ["young", "late", "younger"];
    for (ticket_dated, stream_dated) in [(true, true), (false, true), (true, false)] {
        assert_eq!(after_a_break(25, ticket_dated, stream_dated), wanted, "{ticket_dated} {stream_dated}");
    }
    // Without any date the clock of this machine is all there is.
    assert_eq!(after_a_break(0, false, false), wanted);
}
