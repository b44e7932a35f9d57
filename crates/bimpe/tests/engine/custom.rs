//! Requests that no operation describes, and what an observer receives.

use std::sync::{Arc, Mutex};

use bimpe::engine::{Observer, OperationRequest, RequestEvent};
use bimpe::testing::reply;
use bimpe::{ErrorKind, transport::TransportError};
use serde_json::json;

use crate::harness::{World, a_write};

#[test]
fn a_custom_request_has_key_retries_and_idempotency() {
    let world = World::script([
        reply(503, "{}"),
        reply(200, r#"{"message": "ok", "data": [1], "meta": {"limit": 5}}"#),
    ]);
    let mut call = OperationRequest::new("POST /agents/cm1/new%20thing").expect("a valid path");
    call.body = Some(json!({"any": ["value"]}));
    call.query.insert("limit".to_owned(), json!(5));
    let response = world.run(call).expect("the second attempt succeeds");
    assert_eq!((response.attempts, response.data(), response.meta()), (2, "[1]", Some(r#"{"limit": 5}"#)));
    let request = &world.transport.requests()[0];
    assert_eq!(
        request.uri.to_string(),
        "https://api.example.test/api/v1/console/agents/cm1/new%20thing?limit=5"
    );
    assert!(request.headers.contains_key("idempotency-key") && request.headers.contains_key("authorization"));
}

#[test]
fn a_custom_response_may_be_empty_or_without_data() {
    for body in ["", "{}", r#"{"message": "ok"}"#] {
        let world = World::script([reply(200, body)]);
        assert_eq!(
            world.run(OperationRequest::new("DELETE /items/1").expect("valid")).expect("a success").data(),
            "null"
        );
    }
}

#[test]
fn custom_paths_reach_no_other_endpoint() {
    for path in [
        "agents",
        "//evil.test",
        "/a/../b",
        "/a/%2e%2E/b",
        "/a/./b",
        "/a?b=1",
        "/a#b",
        "/a b",
        "/a\\b",
        "/é",
        "/a\n",
    ] {
        let error = OperationRequest::custom("GET", path).expect_err(path);
        assert_eq!(error.kind(), ErrorKind::User, "{path}");
    }
    assert!(OperationRequest::custom("BREW", "/coffee").is_err());
}

#[test]
fn an_observer_is_notified_of_each_retry() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let world = World::script([
        reply(503, r#"{"message": "busy"}"#).header("retry-after", "2"),
        bimpe::testing::Reply::failure(TransportError::not_sent("refused")),
        reply(200, r#"{"message": "ok", "data": {"onboarding_url": "x"}}"#),
    ]);
    let mut call = a_write();
    let ear = heard.clone();
    call.observer = Some(Observer::new(move |event| {
        if let RequestEvent::Retry { attempt, wait, error } = event {
            ear.lock().expect("no panic").push((*attempt, wait.as_secs(), error.kind()));
        }
    }));
    world.run(call).expect("the third attempt succeeds");
    let heard = heard.lock().expect("no panic");
    assert_eq!(heard[0], (1, 2, ErrorKind::InternalServer));
    assert_eq!((heard[1].0, heard[1].2, heard.len()), (2, ErrorKind::Connection, 2));
}
