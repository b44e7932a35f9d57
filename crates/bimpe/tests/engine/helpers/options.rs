//! Common behavior of all helpers: input and options.
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use bimpe::engine::{Observer, OperationRequest, RequestEvent};
use bimpe::testing::{MemoryTransport, Reply, VirtualClock, reply};
use bimpe::{Clock, ErrorKind};
use serde_json::{Value, json};

use super::{ask, every, ok, wait_for_call};
use crate::harness::{World, call, call_with};

#[test]
fn invalid_input_is_refused_without_a_request() {
    let world = World::script([]);
    let seconds = |seconds: Value| {
        let mut call = wait_for_call();
        every(&mut call, seconds);
        call
    };
    let mut zero = wait_for_call();
    zero.options.timeout = Some(Duration::ZERO);
    let cases = [
        (seconds(json!(2000)), "calls.wait: `poll_interval` must be at most 60, not 2000"),
        (seconds(json!(0)), "calls.wait: `poll_interval` must be at least 0.1, not 0"),
        (zero, "timeout"),
        (call("calls.wait", &["cm1"]), "calls.wait: `call_id` is missing"),
        (call("calls.wait", &["cm1", ".."]), "calls.wait: `call_id` is `..`"),
        (call("conversations.ask", &["cm1"]), "conversations.ask: `message` is required"),
        (ask(json!({"message": "Hi"})), "conversations.ask: `channel_type` is required"),
        (ask(json!({"message": "Hi", "role": "assistant"})), "`role` is not a field"),
        (
            call_with("agents.integrations.wait_until_connected", &["cm1"], json!({"type": "paypal"})),
            "`type` must be",
        ),
        (
            call_with("agents.integrations.pipedream.wait_until_connected", &["cm1"], json!({})),
            "`app_slug` is required",
        ),
        (
            call_with(
                "agents.integrations.custom_api.ensure",
                &["cm1"],
                json!({"name": "A", "auth_type": "bearer"}),
            ),
            "`auth_config` is required",
        ),
    ];
    for (call, says) in cases {
        let error = world.run(call).expect_err(says);
        assert_eq!(error.kind(), ErrorKind::User);
        assert!(error.message().contains(says), "`{says}` is not in: {error}");
    }
    assert_eq!(world.sent(), 0);
}

#[test]
fn the_timeout_of_the_client_bounds_a_helper_unless_the_call_has_one() {
    let queued = || MemoryTransport::new(|_| ok(&json!({"status": "queued"})));
    let five = Duration::from_secs(5);
    let of_client = World::with(queued(), VirtualClock::new(), |builder| builder.timeout(five));
    assert_eq!(of_client.run(wait_for_call()).expect_err("it never ends").kind(), ErrorKind::Timeout);
    assert_eq!(of_client.clock.now(), five);
    let mut call = wait_for_call();
    call.options.timeout = Some(Duration::from_secs(20));
    let error = of_client.run(call).expect_err("it never ends");
    assert!(error.message().contains("within 20s"), "{error}");
    assert_eq!(of_client.clock.now(), Duration::from_secs(25));
}

fn limited(seconds: &str) -> Reply {
    let body = json!({"message": "slow down", "code": "rate_limited", "statusCode": 429}).to_string();
    reply(429, body).header("retry-after", seconds)
}

/// All helpers, each with the number of requests that go well before the one that is tried.
fn helpers() -> [(OperationRequest, Vec<Reply>); 5] {
    let own = json!({"id": "cm5", "role": "user", "created_at": "2026-06-24T08:00:10.000Z", "conversation_id": "c"});
    let question = json!({"message": "Hello", "channel_type": "webchat", "channel_user_id": super::USER});
    [
        (wait_for_call(), vec![]),
        (ask(question), vec![ok(&own)]),
        (
            call_with(
                "agents.integrations.wait_until_connected",
                &["cm1"],
                json!({"type": "google_calendar"}),
            ),
            vec![],
        ),
        (call_with("agents.integrations.custom_api.ensure", &["cm1"], json!({"name": "A"})), vec![]),
        (
            call_with("agents.integrations.custom_api.ensure", &["cm1"], json!({"name": "A"})),
            vec![ok(&json!([]))],
        ),
    ]
}

#[test]
fn a_rate_limit_beyond_the_deadline_is_reported() {
    for (mut call, before) in helpers() {
        let world = World::script(before.into_iter().chain([limited("30")]));
        call.options.timeout = Some(Duration::from_secs(5));
        let error = world.run(call).expect_err("30 seconds do not fit into 5");
        assert_eq!(
            (error.kind(), error.status(), error.code()),
            (ErrorKind::RateLimit, Some(429), Some("rate_limited"))
        );
        assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
        assert!(world.clock.now() < Duration::from_secs(5), "known at once");
    }
}

#[test]
fn the_last_error_is_the_cause_of_a_helper_that_gives_up() {
    for (mut call, before) in helpers() {
        let clock = VirtualClock::new();
        let never = ok(&json!([])).after(&clock, Duration::from_secs(3600));
        let transport = MemoryTransport::script(before.into_iter().chain([limited("3"), never]));
        let world = World::with(transport, clock, |builder| builder);
        call.options.timeout = Some(Duration::from_secs(10));
        let error = world.run(call).expect_err("it does not end");
        assert_eq!((error.kind(), world.clock.now()), (ErrorKind::Timeout, Duration::from_secs(10)));
        let cause = error.cause().expect("the error that it waited out");
        assert_eq!(
            (cause.kind(), cause.status(), cause.code()),
            (ErrorKind::RateLimit, Some(429), Some("rate_limited"))
        );
        assert_eq!(cause.retry_after(), Some(Duration::from_secs(3)));
        let source = std::error::Error::source(&error).expect("the same");
        assert!(source.to_string().contains("slow down"), "{source}");
        assert_eq!(error.to_json()["cause"]["status"], 429);
    }
    // An error that was overcome is the cause of nothing.
    let queued = || ok(&json!({"status": "queued"}));
    let world = World::script([limited("1"), queued(), queued(), queued()]);
    let mut call = wait_for_call();
    call.options.timeout = Some(Duration::from_secs(6));
    let error = world.run(call).expect_err("it does not end");
    assert!(error.kind() == ErrorKind::Timeout && error.cause().is_none(), "{error}");
}

#[test]
fn observers_options_and_closing_reach_every_request() {
    let world = World::script([reply(503, r#"{"message": "later"}"#), ok(&json!({"status": "ended"}))]);
    let seen = Arc::new(Mutex::new(0));
    let count = seen.clone();
    let mut call = wait_for_call();
    call.options.headers.push(("x-trace".to_owned(), "t1".to_owned()));
    call.observer = Some(Observer::new(move |event| {
        assert!(matches!(event, RequestEvent::Retry { attempt: 1, .. }));
        *count.lock().expect("no panic") += 1;
    }));
    world.run(call).expect("it is over");
    assert_eq!(*seen.lock().expect("no panic"), 1);
    assert_eq!(world.header("x-trace"), ["t1", "t1"]);

    let world = World::script([reply(503, r#"{"message": "later"}"#)]);
    let mut call = wait_for_call();
    call.options.max_retries = Some(0);
    assert_eq!(world.run(call).expect_err("refused").attempts(), 1);

    let shared = Arc::new(OnceLock::<bimpe::Client>::new());
    let client = shared.clone();
    let world = World::new(MemoryTransport::new(move |_| {
        client.get().expect("it was set").close();
        ok(&json!({"status": "queued"}))
    }));
    shared.set(world.client.clone()).expect("set once");
    let error = world.run(wait_for_call()).expect_err("closed while it waited");
    assert_eq!((error.kind(), world.sent()), (ErrorKind::ClientClosed, 1));
}
