//! One connection cut at every byte of what it says.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bimpe::engine::{EventStream, StreamOptions};
use bimpe::testing::{MemoryTransport, Reply, VirtualClock, reply};
use bimpe::transport::{HttpRequest, TransportError};
use bimpe_fault_server::results;
use serde_json::json;

use crate::block_on::block_on;
use crate::server::{query, stream};

/// The messages that the server has, by id from 1.
const TOTAL: usize = 25;
/// In an ordinary run the transcript is cut at multiples of this number of bytes.
const STEP: usize = 7;

fn event(id: usize) -> String {
    let comment = if id.is_multiple_of(5) { ": heartbeat\n\n" } else { "" };
    format!(
        "{comment}id: m{id}\nevent: message\ndata: {{\"id\": \"m{id}\", \"role\": \"user\", \"é\": 1}}\n\n"
    )
}

/// The events after the cursor, with a replay of the event at the cursor itself.
fn replay(request: &HttpRequest) -> String {
    let after = query(request, "after");
    let from = after.and_then(|id| id.strip_prefix('m')?.parse().ok()).unwrap_or(1);
    (from..=TOTAL).map(event).collect()
}

fn sse(bytes: Vec<u8>) -> Reply {
    let events = reply(200, bytes).header("content-type", "text/event-stream");
    events.header("date", "Thu, 01 Jan 2026 00:00:10 GMT")
}

/// A stream whose first connection ends, in one way or the other, after this many bytes.
fn cut(at: usize, reset: bool) -> EventStream {
    let connections = AtomicUsize::new(0);
    let transport = MemoryTransport::new(move |request| {
        if !request.uri.path().ends_with("/stream") {
            return reply(201, r#"{"message": "ok", "data": {"ticket": "t", "expires_in": 60}}"#);
        }
        let mut text = replay(request).into_bytes();
        if connections.fetch_add(1, Ordering::Relaxed) > 0 {
            return sse(text);
        }
        text.truncate(at);
        if reset { sse(text).followed_by_error(TransportError::lost("reset")) } else { sse(text) }
    });
    stream(Arc::new(transport), &VirtualClock::new(), StreamOptions::default())
}

#[test]
fn a_transcript_cut_at_every_byte_is_delivered_once() {
    let length = (1..=TOTAL).map(event).collect::<String>().len();
    let expected: Vec<String> = (1..=TOTAL).map(|id| format!("m{id}")).collect();
    let step = if results::is_full_run() { 1 } else { STEP };
    let (mut runs, mut lost, mut repeated) = (0, 0, 0);
    for at in (0..length).step_by(step) {
        for reset in [false, true] {
            let mut stream = cut(at, reset);
            let next =
                || block_on(stream.next()).expect("another event").expect("an event").id.expect("it has one");
            let seen: Vec<String> = std::iter::repeat_with(next).take(TOTAL).collect();
            runs += 1;
            lost += expected.iter().filter(|id| !seen.contains(id)).count();
            repeated += (1..TOTAL).filter(|index| seen[..*index].contains(&seen[*index])).count();
            assert_eq!(seen, expected, "cut at {at}");
            assert_eq!(stream.last_id(), expected.last().map(String::as_str));
        }
    }
    let seen = json!({"messages lost": lost, "messages repeated": repeated});
    let goal = json!({"messages lost": 0, "messages repeated": 0});
    results::record(4, "A transcript cut at every byte", runs, &seen, &goal);
}
