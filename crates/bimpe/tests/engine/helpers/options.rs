//! What holds for all helpers: their input, and the options of their calls.
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use bimpe::ErrorKind;
use bimpe::engine::{CallEvent, Observer};
use bimpe::testing::{MemoryTransport, reply};
use serde_json::{Value, json};

use super::{ask, ok, wait_for_call};
use crate::world::{World, call, call_with};

#[test]
fn input_is_checked_before_anything_is_sent() {
    let world = World::script([]);
    let seconds =
        |seconds: Value| call_with("calls.wait", &["cm1", "cm2"], json!({"poll_interval": seconds}));
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
fn observers_options_and_closing_reach_every_request() {
    let world = World::script([reply(503, r#"{"message": "later"}"#), ok(&json!({"status": "ended"}))]);
    let seen = Arc::new(Mutex::new(0));
    let count = seen.clone();
    let mut call = wait_for_call();
    call.options.headers.push(("x-trace".to_owned(), "t1".to_owned()));
    call.observer = Some(Observer::new(move |event| {
        assert!(matches!(event, CallEvent::Retry { attempt: 1, .. }));
        *count.lock().expect("nobody panicked") += 1;
    }));
    world.run(call).expect("it is over");
    assert_eq!(*seen.lock().expect("nobody panicked"), 1);
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
