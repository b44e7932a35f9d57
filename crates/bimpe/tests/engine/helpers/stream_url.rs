//! The URL of a stream: which ticket it holds, and what is refused before anything is sent.
use bimpe::ErrorKind;
use bimpe::engine::OperationRequest;
use bimpe::testing::reply;
use serde_json::json;

use super::{ok, routes, run};
use crate::harness::{World, call};

fn stream_url(after: Option<&str>) -> OperationRequest {
    let mut call = call("conversations.messages.stream_url", &["cm1", "cm2"]);
    if let Some(after) = after {
        call.query.insert("after".to_owned(), after.into());
    }
    call
}

#[test]
fn stream_url_has_the_ticket_and_the_position() {
    for (after, query) in [
        (None, "ticket=t%26k"),
        (Some("cm9"), "ticket=t%26k&after=cm9"),
        (Some("2026-01-01"), "ticket=t%26k&after=2026-01-01T00%3A00%3A00Z"),
    ] {
        let world = World::script([ok(&json!({"ticket": "t&k", "expires_in": 60}))]);
        let data = run(&world, stream_url(after)).expect("a URL");
        let path = "/agents/cm1/conversations/cm2/stream";
        let url = data["url"].as_str().expect("a text");
        assert!(url.ends_with(&format!("/api/v1/console{path}?{query}")), "{url}");
        assert_eq!(data["expires_in"], 60);
        assert_eq!(routes(&world), [format!("POST {path}-ticket")]);
    }
}

#[test]
fn stream_url_retries_with_one_idempotency_key() {
    let world =
        World::script([reply(503, r#"{"message": "later"}"#), ok(&json!({"ticket": "t", "expires_in": 60}))]);
    let mut call = stream_url(None);
    call.options.idempotency_key = Some("own".to_owned());
    let response = world.run(call).expect("a URL");
    assert_eq!((response.attempts, response.idempotency_key.as_deref()), (2, Some("own")));
    let sent = world.transport.requests();
    assert!(sent.iter().all(|request| request.headers["idempotency-key"] == "own" && request.body.is_none()));
}

#[test]
fn stream_url_refuses_a_time_without_a_zone() {
    let world = World::script([]);
    let error = world.run(stream_url(Some("2026-01-01T10:00:00"))).expect_err("no zone");
    assert_eq!(error.kind(), ErrorKind::User);
    assert!(
        error.message().contains("conversations.messages.stream_url: `after` has no time zone"),
        "{error}"
    );
    assert!(world.transport.requests().is_empty());
}

#[test]
fn a_response_without_a_ticket_is_unexpected() {
    let world = World::script([ok(&json!({"expires_in": 60}))]);
    let error = world.run(stream_url(None)).expect_err("no ticket");
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    assert!(error.message().ends_with("`conversations.messages.stream_ticket` holds no ticket"), "{error}");
}
