//! Asking, and where the reply is found.
use std::time::Duration;

use bimpe::engine::OperationRequest;
use bimpe::testing::{MemoryTransport, reply};
use bimpe::{Clock, ErrorKind};
use serde_json::{Value, json};

use super::{USER, ask, every, ok, page, routes, run};
use crate::harness::World;

fn hello() -> OperationRequest {
    let mut call = ask(json!({"message": "Hello", "channel_type": "webchat", "channel_user_id": USER}));
    every(&mut call, json!(2));
    call
}

fn message(id: &str, role: &str, second: u32) -> Value {
    json!({"id": id, "role": role, "message": id, "created_at": format!("2026-06-24T08:00:{second:02}.000Z")})
}

#[test]
fn ask_returns_a_response_that_is_the_reply() {
    let mut reply = message("cm5", "assistant", 1);
    reply["conversation_id"] = "cm9".into();
    let world = World::script([ok(&reply)]);
    let mut call = hello();
    call.options.idempotency_key = Some("order-17".to_owned());
    let response = world.run(call).expect("it replies");
    assert_eq!(response.data(), reply.to_string());
    assert_eq!((response.attempts, response.idempotency_key.as_deref()), (1, Some("order-17")));
    assert_eq!(routes(&world), ["POST /agents/cm1/conversations/messages"]);
    let sent = world.transport.requests()[0].body.clone().expect("a body");
    let sent: Value = serde_json::from_slice(&sent).expect("JSON");
    assert_eq!(sent, json!({"message": "Hello", "channel_type": "webchat", "channel_user_id": USER}));
    // The caller's conversation stands in for one that the server does not name.
    let world = World::script([ok(&message("cm5", "assistant", 1))]);
    let data = run(&world, ask(json!({"message": "Hello", "conversation_id": "cm8"}))).expect("it replies");
    assert_eq!(data["conversation_id"], "cm8");
}

#[test]
fn a_late_reply_is_found_among_the_messages() {
    let mut own = message("cm5", "user", 10);
    own["conversation_id"] = "cm9".into();
    let old = [message("cm5", "user", 10), message("cm4", "assistant", 9)];
    let [first, second] = [message("cm6", "assistant", 12), message("cm7", "assistant", 13)];
    let world = World::script([
        ok(&own),
        page(&json!(old)),
        page(&json!([second, message("cm6b", "user", 13), first, old[0], old[1]])),
    ]);
    let data = run(&world, hello()).expect("it replies");
    assert_eq!((&data["id"], &data["conversation_id"]), (&json!("cm6"), &json!("cm9")));
    let path = "/agents/cm1/conversations/cm9/messages";
    assert_eq!(routes(&world)[1..], [format!("GET {path}"), format!("GET {path}")]);
    let query = world.transport.requests()[1].uri.query().expect("a query").to_owned();
    assert!(query.contains("sort=-created_at") && query.contains("limit=50"), "{query}");
    assert_eq!(world.header("idempotency-key")[1..], ["", ""], "reads have no key");
    assert_eq!(world.clock.now(), Duration::from_secs(2));
}

#[test]
fn the_reply_is_found_whatever_the_order_and_however_long_the_list() {
    let own = json!({"id": "cm5", "role": "user", "created_at": "2026-06-24T08:00:10.000Z", "conversation_id": "c"});
    let messages = |list: Value| World::script([ok(&own), page(&list)]);
    // Of the same moment, the list tells which is newer.
    let same =
        json!([message("cm6", "assistant", 10), message("cm5", "user", 10), message("cm4", "assistant", 10)]);
    assert_eq!(run(&messages(same), hello()).expect("found")["id"], "cm6");
    let oldest_first =
        json!([message("cm4", "assistant", 9), message("cm5", "user", 10), message("cm6", "assistant", 11)]);
    assert_eq!(run(&messages(oldest_first), hello()).expect("found")["id"], "cm6");
    let without_own = json!([message("cm7", "assistant", 12), message("cm6", "assistant", 11)]);
    assert_eq!(run(&messages(without_own), hello()).expect("found")["id"], "cm6");
}

#[test]
fn ask_finds_a_conversation_that_the_response_does_not_name() {
    let world = World::script([
        ok(&message("cm5", "user", 10)),
        page(&json!([{"id": "cm8", "channel_user_id": "5b1d0c1e-7d0b-4a53-9c1a-0f6f3f3f8f10"}])),
        page(
            &json!([{"id": "cm8", "channel_user_id": "5b1d0c1e-7d0b-4a53-9c1a-0f6f3f3f8f10"}, {"id": "cm9", "channel_user_id": USER}]),
        ),
        page(&json!([message("cm6", "assistant", 11)])),
    ]);
    let data = run(&world, hello()).expect("it replies");
    assert_eq!((&data["id"], &data["conversation_id"]), (&json!("cm6"), &json!("cm9")));
    assert_eq!(
        world.transport.requests()[1].uri.query(),
        Some(format!("search={USER}&sort=-updated_at&page=1").as_str())
    );
}

#[test]
fn without_a_reply_the_error_says_that_the_message_was_sent() {
    let mut own = message("cm5", "user", 10);
    own["conversation_id"] = "cm9".into();
    let world = World::new(MemoryTransport::new(move |request| {
        if request.method == "POST" { ok(&own) } else { page(&json!([own])) }
    }));
    let error = world.run(hello()).expect_err("the agent is silent");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let text = error.to_string();
    for part in ["the agent did not reply within 60s", "the message was sent", "paused", "31 attempts"] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
    assert!(error.may_have_been_applied());
    assert_eq!(error.idempotency_key(), Some(world.header("idempotency-key")[0].as_str()));
}

#[test]
fn a_failure_after_the_message_keeps_its_key() {
    let mut own = message("cm5", "user", 10);
    own["conversation_id"] = "cm9".into();
    let world = World::script([ok(&own), reply(403, r#"{"message": "no", "statusCode": 403}"#)]);
    let error = world.run(hello()).expect_err("it may not read");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::PermissionDenied, 2));
    assert!(error.may_have_been_applied() && error.idempotency_key().is_some());
    let world = World::script([ok(&json!({}))]);
    let error = world.run(hello()).expect_err("not a message");
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    assert!(error.may_have_been_applied(), "{error}");
}
