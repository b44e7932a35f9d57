//! A stream opens, or says why not, in the time of one attempt.

use std::time::Duration;

use bimpe::engine::{Call, StreamOptions};
use bimpe::testing::{MemoryTransport, VirtualClock, reply};
use bimpe::{Clock, ErrorKind};

use crate::harness::{World, block_on};

#[test]
fn a_refusal_that_does_not_end_is_given_up() {
    let clock = VirtualClock::new();
    let stalling = clock.clone();
    let transport = MemoryTransport::new(move |request| {
        if request.uri.path().ends_with("/stream") {
            reply(503, "wait").then_stall(&stalling, Duration::from_hours(1))
        } else {
            reply(201, r#"{"message": "ok", "data": {"ticket": "t", "expires_in": 60}}"#)
        }
    });
    let world =
        World::with(transport, clock.clone(), |builder| builder.attempt_timeout(Duration::from_secs(9)));
    let operation = Call::new("conversations.messages.stream").expect("it exists").operation;
    let mut options = StreamOptions::default();
    options.max_reconnects = Some(0);
    let mut stream =
        world.client.stream(operation, vec!["cm1".into(), "cm2".into()], options).expect("valid ids");
    let error = block_on(stream.next_batch()).expect_err("it never opened");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(clock.now(), Duration::from_secs(9));
}
