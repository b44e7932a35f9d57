//! When a call is sent again, when it is not, and how long it waits: all in virtual time.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bimpe::testing::{MemoryTransport, Reply, VirtualClock, reply};
use bimpe::transport::TransportError;
use bimpe::{Client, Clock, ErrorKind, RequestOptions};

use crate::harness::{World, a_write, call};

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
fn each_status_is_retried_as_documented() {
    for status in [400, 401, 403, 404, 409, 410, 413, 422, 501, 301, 307] {
        let world = World::new(MemoryTransport::new(move |_| reply(status, r#"{"message": "no"}"#)));
        let error = world.run(a_write()).expect_err("refused");
        assert_eq!((world.sent(), error.attempts()), (1, 1), "{status}");
        assert!(!error.retryable() && !error.may_have_been_applied(), "{status}");
    }
    let repeated = [408, 429].into_iter().chain((500..600).filter(|status| *status != 501));
    for status in repeated {
        let applied = !matches!(status, 408 | 429 | 503);
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
fn a_truncated_body_is_retried() {
    let world = World::script([
        reply(201, r#"{"message": "ok", "da"#).followed_by_error(TransportError::lost("reset")),
        reply(200, OK),
    ]);
    assert_eq!(world.run(a_write()).expect("the second response is whole").attempts, 2);
}

#[test]
fn a_response_without_envelope_is_an_error_and_may_have_been_applied() {
    for body in ["", "<html>ok</html>", "[]", r#"{"message": "ok"}"#] {
        let world = World::script([reply(200, body)]);
        let error = world.run(a_write()).expect_err("no data");
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{body}");
        assert!(error.may_have_been_applied() && world.sent() == 1, "{body}");
    }
}

#[test]
fn retry_after_is_waited_in_full_or_is_an_error_at_once() {
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
fn a_wait_that_does_not_fit_is_explained() {
    let seconds = Duration::from_secs;
    let limited = |status: u16, asked: &'static str, timeout: Option<Duration>| {
        let transport = MemoryTransport::new(move |_| {
            reply(status, r#"{"message": "Too many."}"#).header("retry-after", asked)
        });
        let world = World::with(transport, VirtualClock::new(), |builder| match timeout {
            Some(timeout) => builder.timeout(timeout),
            None => builder,
        });
        let error = world.run(a_write()).expect_err("it cannot wait");
        assert_eq!((world.sent(), error.message(), error.retries_suppressed()), (1, "Too many.", false));
        error.to_string()
    };
    let text = limited(429, "60", None);
    let left = "not retried: the server asks for 60 s, 60 s of the timeout are left; raise timeout";
    assert!(text.starts_with(&format!("Too many. ({left}) [")), "{text}");
    let text = limited(503, "7.25", Some(Duration::from_millis(6999)));
    assert!(
        text.contains("(not retried: the server asks for 7.3 s, 6.9 s of the timeout are left"),
        "{text}"
    );
    let text = limited(408, "90", Some(seconds(600)));
    assert!(text.contains("(not retried: the server asks for 90 s, more than the 60 s this client waits)"));

    // The hint that an error has anyway stays.
    let world = World::with(
        MemoryTransport::new(|_| Reply::failure(TransportError::not_sent("refused"))),
        VirtualClock::new(),
        |builder| builder.timeout(Duration::from_millis(1)),
    );
    let text = world.run(a_write()).expect_err("it cannot wait").to_string();
    assert!(text.contains("(check the base URL"), "{text}");
    assert!(text.contains("; not retried: the next attempt is due in 0."), "{text}");

    // The longest wait that is allowed is waited, if the timeout permits.
    let replies = [reply(429, "{}").header("retry-after", "60"), reply(200, OK)];
    let world = World::with(MemoryTransport::script(replies), VirtualClock::new(), |builder| {
        builder.timeout(Duration::from_millis(60_001))
    });
    world.run(a_write()).expect("60 s are less than the timeout");
    assert!(world.clock.now() >= seconds(60));
}

#[test]
fn retries_that_the_server_paces_cost_nothing() {
    for status in [429, 503] {
        let world = World::new(MemoryTransport::new(move |_| reply(status, "{}").header("retry-after", "1")));
        let errors: Vec<_> =
            (0..200).map(|_| world.run(call("agents.list", &[])).expect_err("limited")).collect();
        assert_eq!(world.sent(), 600, "{status}");
        assert!(errors.iter().all(|error| !error.retries_suppressed()));
    }
    // Without a usable time, and where nothing says that the server is only busy, they cost as others.
    for (status, asked) in [(429, "soon"), (503, "-1"), (408, "1")] {
        let limited = MemoryTransport::new(move |_| reply(status, "{}").header("retry-after", asked));
        let world = World::new(limited);
        for _ in 0..200 {
            world.run(call("agents.list", &[])).expect_err("limited");
        }
        assert_eq!(world.sent(), 300, "{status} {asked}");
    }
}

#[test]
fn more_retries_than_allowed_are_refused_and_not_cut() {
    let world = World::new(MemoryTransport::new(|_| reply(503, "{}").header("retry-after", "0")));
    let mut retried = call("agents.list", &[]);
    retried.options.max_retries = Some(10);
    assert_eq!(world.run(retried.clone()).expect_err("it is never ready").attempts(), 11);
    retried.options.max_retries = Some(11);
    let mut defaults = RequestOptions::default();
    defaults.max_retries = Some(11);
    let errors = [
        world.run(retried).expect_err("too many"),
        world.client.with_options(&defaults).expect_err("too many"),
        Client::builder().api_key("sk_1").env(|_| None).max_retries(11).build().expect_err("too many"),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::User, 0));
        for words in ["max_retries", "at most 10", "error.idempotency_key"] {
            assert!(error.to_string().contains(words), "{error}");
        }
    }
    assert_eq!(world.sent(), 11);
}

#[test]
fn a_retry_date_is_compared_with_the_date_of_its_response() {
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
    let body = r#"{"message": "ok", "data": {"status": "initiated"}}"#;
    let transport = MemoryTransport::new(move |_| reply(201, body).after(&slow, Duration::from_secs(50)));
    let world = World::with(transport, clock, |builder| builder);
    let body = serde_json::json!({"destination": "+2348012345678", "is_test_call": true});
    let response =
        world.run(crate::harness::call_with("calls.make", &["cm1"], body)).expect("50 s is within 60 s");
    assert_eq!(response.attempts, 1);
}

#[test]
fn a_retried_deletion_that_finds_nothing_succeeds() {
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
    let last = errors.last().expect("200 errors");
    assert!(last.retries_suppressed());
    assert!(last.to_string().contains("; retries suppressed: too many requests of this client"), "{last}");
}

#[test]
fn an_untrusted_certificate_is_not_retried() {
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
fn close_ends_requests_in_flight() {
    // In real time, since virtual time would jump to the timeout at once.
    let transport = Arc::new(MemoryTransport::new(|_| reply(200, OK).never()));
    let client = Client::builder().api_key("sk_test").env(|_| None).transport(transport.clone()).build();
    let client = client.expect("valid settings");
    let error = crate::harness::block_on(async {
        let call = client.execute(a_write());
        let close = async { client.close() };
        futures_util::future::join(call, close).await.0.expect_err("it was closed")
    });
    assert_eq!((error.kind(), transport.requests().len()), (ErrorKind::ClientClosed, 1));
    assert!(error.may_have_been_applied() && error.idempotency_key().is_some());
}

/// Clients in real time whose calls get no response: a root, one made from it, and one made from that.
fn family() -> [Client; 3] {
    let transport = Arc::new(MemoryTransport::new(|_| reply(200, OK).never()));
    let root = Client::builder().api_key("sk_test").env(|_| None).transport(transport).build();
    let root = root.expect("valid settings");
    let derived = root.with_options(&RequestOptions::default()).expect("valid options");
    let twice = derived.with_options(&RequestOptions::default()).expect("valid options");
    [root, derived, twice]
}

#[test]
fn close_of_a_derived_client_ends_its_requests_and_those_of_its_children() {
    for closed in 0..3 {
        let clients = family();
        let calls = clients.iter().map(|client| client.execute(a_write()));
        let ended = crate::harness::block_on(async {
            let calls: Vec<_> = calls.map(|call| tokio::spawn(call)).collect();
            tokio::task::yield_now().await;
            // A clone is the same client.
            clients[closed].clone().close();
            let mut ended = Vec::new();
            for (index, mut call) in calls.into_iter().enumerate() {
                let limit = Duration::from_secs(if index < closed { 0 } else { 10 });
                let outcome = tokio::time::timeout(limit, &mut call).await;
                ended.push(outcome.map(|joined| joined.expect("no panic").expect_err("closed").kind()).ok());
                call.abort();
            }
            ended
        });
        let wanted = (0..3).map(|index| (index >= closed).then_some(ErrorKind::ClientClosed));
        assert_eq!(ended, wanted.collect::<Vec<_>>(), "{closed}");
        for client in &clients[closed..] {
            let error = crate::harness::block_on(client.execute(a_write())).expect_err("it is closed");
            assert_eq!(error.kind(), ErrorKind::ClientClosed);
            let late = client.with_options(&RequestOptions::default()).expect("valid options");
            let error = crate::harness::block_on(late.execute(a_write())).expect_err("it was made from it");
            assert_eq!(error.kind(), ErrorKind::ClientClosed);
        }
    }
}
