//! A stream opens, or says why not, in the time of one attempt.

use std::time::Duration;

use bimpe::engine::{OperationRequest, StreamOptions};
use bimpe::testing::{MemoryTransport, VirtualClock, reply};
use bimpe::{Clock, ErrorKind};

use crate::harness::{World, block_on};

#[test]
fn an_endless_error_response_is_cut() {
    let clock = VirtualClock::new();
    let stalling = clock.clone();
    let transport = MemoryTransport::new(move |request| {
        if request.uri.path().ends_with("/stream") {
            reply(503, "wait").followed_by_stall(&stalling, Duration::from_hours(1))
        } else {
            reply(201, r#"{"message": "ok", "data": {"ticket": "t", "expires_in": 60}}"#)
        }
    });
    let world =
        World::with(transport, clock.clone(), |builder| builder.attempt_timeout(Duration::from_secs(9)));
    let operation = OperationRequest::new("conversations.messages.stream").expect("it exists").operation;
    let mut options = StreamOptions::default();
    options.max_reconnects = Some(0);
    let mut stream =
        world.client.stream(operation, vec!["cm1".into(), "cm2".into()], options).expect("valid ids");
    let error = block_on(stream.next_batch()).expect_err("it never opened");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(clock.now(), Duration::from_secs(9));
}
