//! When a call is sent again, when it is not, and how long it waits: all in virtual time.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bimpe::testing::{MemoryTransport, Reply, VirtualClock, reply};
use bimpe::transport::TransportError;
use bimpe::{Client, Clock, ErrorKind};

use crate::world::{World, a_write, call};

const OK: &str = r#"{"message": "ok", "data": {"onboarding_url": "https://x.test"}}"#;

#[test]
fn transient_failures_are_repeated_with_one_key_and_one_request_id() {
    let world = World::script([
        Reply::failure(TransportError::not_sent("refused")),
        reply(503, r#"{"message": "later", "statusCode": 503}"#),
        reply(200, OK),
    ]);
    let response = world.run(a_write()).expect("the third attempt succeeds");
    assert_eq!((response.attempts, world.sent()), (3, 3));
    for name in ["idempotency-key", "x-request-id"] {
        let values = world.header(name);
        assert_eq!(values[0].len(), 36, "{name}");
        assert!(values.iter().all(|value| *value == values[0]), "{name}: {values:?}");
    }
    assert_eq!(response.idempotency_key.as_deref(), Some(world.header("idempotency-key")[0].as_str()));
}

#[test]
fn every_status_is_repeated_or_not_as_promised() {
    for status in [400, 401, 403, 404, 409, 410, 413, 422, 501, 301, 307] {
        let world = World::new(MemoryTransport::new(move |_| reply(status, r#"{"message": "no"}"#)));
        let error = world.run(a_write()).expect_err("refused");
        assert_eq!((world.sent(), error.attempts()), (1, 1), "{status}");
        assert!(!error.retryable() && !error.may_have_been_applied(), "{status}");
    }
    for (status, applied) in [(408, false), (429, false), (500, true), (502, true), (503, false), (504, true)]
    {
        let world = World::new(MemoryTransport::new(move |_| reply(status, r#"{"message": "no"}"#)));
        let error = world.run(a_write()).expect_err("refused thrice");
        assert_eq!((world.sent(), error.attempts()), (3, 3), "{status}");
        assert!(error.retryable(), "{status}");
        assert_eq!(error.may_have_been_applied(), applied, "{status}");
        assert_eq!(error.idempotency_key(), Some(world.header("idempotency-key")[0].as_str()));
    }
}

#[test]
fn a_read_is_never_said_to_be_applied() {
    let world = World::new(MemoryTransport::new(|_| Reply::failure(TransportError::lost("reset"))));
    let error = world.run(call("agents.retrieve", &["cm1"])).expect_err("lost thrice");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 3));
    assert!(!error.may_have_been_applied() && error.idempotency_key().is_none());
}

#[test]
fn a_body_that_breaks_off_is_repeated() {
    let world = World::script([
        reply(201, r#"{"message": "ok", "da"#).then_fail(TransportError::lost("reset")),
        reply(200, OK),
    ]);
    assert_eq!(world.run(a_write()).expect("the second answer is whole").attempts, 2);
}

#[test]
fn an_answer_without_envelope_is_an_error_that_says_it_was_applied() {
    for body in ["", "<html>ok</html>", "[]", r#"{"message": "ok"}"#] {
        let world = World::script([reply(200, body)]);
        let error = world.run(a_write()).expect_err("no data");
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{body}");
        assert!(error.may_have_been_applied() && world.sent() == 1, "{body}");
    }
}

#[test]
fn retry_after_is_never_undercut_and_a_long_one_raises_at_once() {
    let world = World::script([reply(429, "{}").header("retry-after", "20"), reply(200, OK)]);
    world.run(a_write()).expect("it waits");
    assert!(world.clock.now() >= Duration::from_secs(20) && world.clock.now() <= Duration::from_secs(22));

    for (asked, timeout) in [("61", 600), ("30", 25)] {
        let limited = MemoryTransport::new(move |_| reply(429, "{}").header("retry-after", asked));
        let world = World::with(limited, VirtualClock::new(), |builder| {
            builder.timeout(Duration::from_secs(timeout))
        });
        let error = world.run(a_write()).expect_err("too long to wait");
        assert_eq!(
            (error.kind(), world.sent(), world.clock.now()),
            (ErrorKind::RateLimit, 1, Duration::ZERO)
        );
        assert_eq!(error.retry_after(), asked.parse().ok().map(Duration::from_secs));
        assert!(error.retryable());
    }
}

#[test]
fn a_date_is_compared_with_the_time_of_its_answer() {
    let clock = VirtualClock::new();
    let date = UNIX_EPOCH + clock.unix_time() + Duration::from_secs(40);
    let replies = [
        reply(503, "{}").header("retry-after", "30"),
        reply(503, "{}").header("retry-after", &httpdate::fmt_http_date(date)),
        reply(200, OK),
    ];
    let world = World::with(MemoryTransport::script(replies), clock, |builder| {
        builder.timeout(Duration::from_secs(60))
    });
    world.run(a_write()).expect("it waits");
    let end = world.clock.now();
    assert!(end >= Duration::from_secs(40) && end <= Duration::from_secs(46), "{end:?}");
}

#[test]
fn a_call_ends_by_its_deadline_whatever_the_server_does() {
    let clock = VirtualClock::new();
    let slow = clock.clone();
    let stalled = MemoryTransport::new(move |_| reply(200, OK).after(&slow, Duration::from_secs(3600)));
    let world = World::with(stalled, clock, |builder| builder.timeout(Duration::from_secs(7)).max_retries(4));
    let error = world.run(a_write()).expect_err("it is too slow");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.may_have_been_applied());
    assert_eq!(world.clock.now(), Duration::from_secs(7));

    // Without a timeout of the caller's, one attempt has 30 seconds and the call 60.
    let clock = VirtualClock::new();
    let slow = clock.clone();
    let stalled = MemoryTransport::new(move |_| reply(200, OK).after(&slow, Duration::from_secs(3600)));
    let world = World::with(stalled, clock, |builder| builder);
    let error = world.run(a_write()).expect_err("it is too slow");
    assert_eq!((world.sent(), error.attempts()), (2, 2));
    assert_eq!(world.clock.now(), Duration::from_secs(60));
}

#[test]
fn slow_operations_may_use_the_whole_time_for_one_attempt() {
    let clock = VirtualClock::new();
    let slow = clock.clone();
    let answer = r#"{"message": "ok", "data": {"status": "initiated"}}"#;
    let transport = MemoryTransport::new(move |_| reply(201, answer).after(&slow, Duration::from_secs(50)));
    let world = World::with(transport, clock, |builder| builder);
    let body = serde_json::json!({"destination": "+2348012345678", "is_test_call": true});
    let response =
        world.run(crate::world::call_with("calls.make", &["cm1"], body)).expect("50 s is within 60 s");
    assert_eq!(response.attempts, 1);
}

#[test]
fn a_repeated_deletion_that_finds_nothing_has_reached_its_goal() {
    let not_found = r#"{"message": "Agent not found", "statusCode": 404, "code": "not_found"}"#;
    let world = World::script([Reply::failure(TransportError::lost("reset")), reply(404, not_found)]);
    let response = world.run(call("agents.delete", &["cm1"])).expect("it is gone");
    assert_eq!((response.attempts, response.data()), (2, "null"));

    let world = World::script([reply(404, not_found)]);
    let error = world.run(call("agents.delete", &["cm1"])).expect_err("it was never there");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn retries_stop_when_most_calls_fail() {
    let world = World::new(MemoryTransport::new(|_| Reply::failure(TransportError::not_sent("refused"))));
    let errors: Vec<_> =
        (0..200).map(|_| world.run(call("agents.list", &[])).expect_err("dead server")).collect();
    assert_eq!(world.sent(), 200 + 100, "the budget pays 100 retries");
    assert!(errors.last().expect("200 errors").retries_suppressed());
}

#[test]
fn a_certificate_that_is_refused_is_not_tried_again() {
    let mut error = TransportError::lost("invalid peer certificate: Expired");
    error.failure = bimpe::transport::Failure::Tls;
    let world = World::new(MemoryTransport::new(move |_| Reply::failure(error.clone())));
    let error = world.run(a_write()).expect_err("no trust");
    assert_eq!((world.sent(), error.retryable(), error.may_have_been_applied()), (1, false, false));
    assert!(error.to_string().contains("SSL_CERT_FILE"), "{error}");
}

#[test]
fn a_closed_client_sends_nothing() {
    let world = World::script([]);
    world.client.close();
    let error = world.run(a_write()).expect_err("closed");
    assert_eq!((error.kind(), world.sent()), (ErrorKind::ClientClosed, 0));
}

#[test]
fn closing_ends_calls_under_way_at_once() {
    // In real time, since virtual time would jump to the timeout at once.
    let transport = Arc::new(MemoryTransport::new(|_| reply(200, OK).never()));
    let client = Client::builder().api_key("sk_test").env(|_| None).transport(transport.clone()).build();
    let client = client.expect("valid settings");
    let error = crate::world::block_on(async {
        let call = client.execute(a_write());
        let close = async { client.close() };
        futures_util::future::join(call, close).await.0.expect_err("it was closed")
    });
    assert_eq!((error.kind(), transport.requests().len()), (ErrorKind::ClientClosed, 1));
    assert!(error.may_have_been_applied() && error.idempotency_key().is_some());
}
