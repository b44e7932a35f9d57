//! Waiting for a call, and for a connection.
use std::time::Duration;

use bimpe::engine::OperationRequest;
use bimpe::testing::{MemoryTransport, Reply, VirtualClock, reply};
use bimpe::{Clock, ErrorKind};
use serde_json::json;

use super::{every, ok, routes, run, wait_for_call};
use crate::harness::{World, call_with};

#[test]
fn wait_polls_until_the_call_has_ended() {
    let world = World::script([
        ok(&json!({"id": "cm2", "status": "ringing", "ended_at": null})),
        reply(503, r#"{"message": "later"}"#),
        ok(&json!({"id": "cm2", "status": "answered"})),
        ok(&json!({"id": "cm2", "status": "ended", "duration_seconds": 12})),
    ]);
    let response = world.run(wait_for_call()).expect("it ends");
    assert_eq!(response.operation().id, "calls.wait");
    assert_eq!((response.attempts, response.idempotency_key.as_deref()), (4, None));
    assert!(response.elapsed >= Duration::from_secs(4) && response.elapsed < Duration::from_secs(7));
    assert_eq!(response.data(), r#"{"id":"cm2","status":"ended","duration_seconds":12}"#);
    assert!(routes(&world).iter().all(|route| route == "GET /agents/cm1/calls/cm2"));
}

#[test]
fn wait_ends_in_every_final_or_unknown_ended_state() {
    for status in ["ended", "busy", "failed", "cancelled"] {
        let world = World::script([ok(&json!({"status": status}))]);
        assert_eq!(run(&world, wait_for_call()).expect("it is over")["status"], status);
        assert_eq!(world.clock.now(), Duration::ZERO);
    }
    let world = World::script([
        ok(&json!({"status": "of_a_newer_server"})),
        ok(&json!({"status": "of_a_newer_server", "ended_at": "2026-06-24T08:23:02.384Z"})),
    ]);
    assert!(run(&world, wait_for_call()).is_ok());
}

#[test]
fn wait_for_an_endless_call_times_out() {
    let world = World::new(MemoryTransport::new(|_| ok(&json!({"status": "queued"}))));
    let error = world.run(wait_for_call()).expect_err("it never ends");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(
        error.to_string(),
        "the call did not end within 900s (the call continues; wait again, or set a longer timeout) \
         [GET /agents/cm1/calls/cm2, 450 attempts]"
    );
    assert!(error.retryable() && !error.may_have_been_applied());
    assert_eq!(world.clock.now(), Duration::from_secs(900));
    // The time and the interval are the caller's to choose.
    let mut short = wait_for_call();
    every(&mut short, json!(0.5));
    short.options.timeout = Some(Duration::from_secs(2));
    let error = world.run(short).expect_err("it never ends");
    assert_eq!((error.attempts(), world.clock.now()), (4, Duration::from_secs(902)));
}

#[test]
fn a_request_that_hangs_does_not_outlive_the_deadline() {
    let clock = VirtualClock::new();
    let slow = clock.clone();
    let transport = MemoryTransport::new(move |_| {
        ok(&json!({"status": "queued"})).after(&slow, Duration::from_secs(3600))
    });
    let world = World::with(transport, clock, |builder| builder);
    let mut call = wait_for_call();
    call.options.timeout = Some(Duration::from_secs(10));
    let error = world.run(call).expect_err("nothing comes");
    assert!(error.message().starts_with("the call did not end within 10s"), "{error}");
    assert_eq!(world.clock.now(), Duration::from_secs(10));
}

#[test]
fn an_error_response_ends_the_wait_at_once() {
    let world = World::script([
        ok(&json!({"status": "queued"})),
        reply(404, r#"{"message": "OperationRequest not found", "code": "not_found", "statusCode": 404}"#),
    ]);
    let error = world.run(wait_for_call()).expect_err("it is gone");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::NotFound, 2));
    assert!(error.to_string().contains("GET /agents/cm1/calls/cm2"), "{error}");
    assert_eq!(error.params().collect::<Vec<_>>(), [("agent_id", "cm1"), ("call_id", "cm2")]);
}

fn wait_for_google() -> OperationRequest {
    call_with("agents.integrations.wait_until_connected", &["cm1"], json!({"type": "google_calendar"}))
}

fn services(connected: bool) -> Reply {
    ok(&json!([
        {"id": "cm3", "type": "stripe", "is_connected": true},
        {"id": null, "type": "google_calendar", "is_connected": connected},
    ]))
}

#[test]
fn wait_polls_until_a_service_is_connected() {
    let world = World::script([services(false), services(false), services(true)]);
    let found = run(&world, wait_for_google()).expect("it is connected");
    assert_eq!(found, json!({"id": null, "type": "google_calendar", "is_connected": true}));
    assert_eq!((world.clock.now(), world.sent()), (Duration::from_secs(6), 3));
    let world = World::script([services(true)]);
    assert!(run(&world, wait_for_google()).is_ok());
    assert_eq!((world.clock.now(), world.sent()), (Duration::ZERO, 1));
}

#[test]
fn wait_polls_until_a_pipedream_app_is_listed() {
    let wait = || {
        let body = json!({"app_slug": "google-sheets"});
        let mut call = call_with("agents.integrations.pipedream.wait_until_connected", &["cm1"], body);
        every(&mut call, json!(1));
        call
    };
    let app = |slug: &str| json!({"id": format!("cm-{slug}"), "channel_type": "mcp_server", "config": {"app_slug": slug}});
    let (slack, sheets) = (app("slack"), app("google-sheets"));
    let world = World::script([ok(&json!([])), ok(&json!([slack])), ok(&json!([slack, sheets]))]);
    assert_eq!(run(&world, wait()).expect("it is connected"), sheets);
    assert_eq!((world.clock.now(), world.sent()), (Duration::from_secs(2), 3));

    let world = World::new(MemoryTransport::new(move |_| ok(&json!([slack]))));
    let error = world.run(wait()).expect_err("no person connects it");
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Timeout, true));
    assert!(error.to_string().contains("`google-sheets` was not connected within 600s"), "{error}");
}

#[test]
fn an_unconnected_service_is_named_with_a_hint() {
    let world = World::new(MemoryTransport::new(|_| services(false)));
    let error = world.run(wait_for_google()).expect_err("no person connects it");
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Timeout, true));
    let text = error.to_string();
    for part in ["`google_calendar` was not connected within 600s", "onboarding_url"] {
        assert!(text.contains(part), "{text}");
    }
}
