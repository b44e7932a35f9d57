//! Streams whose server stalls before the first event, or points elsewhere.

use std::time::Duration;

use bimpe::ErrorKind;
use serde_json::json;

use crate::harness::{SERVER, block_on, client};

#[test]
fn a_stalled_error_response_does_not_block_a_stream() {
    let event = "event: message\nid: m1\ndata: {\"id\": \"m1\", \"role\": \"user\"}\n\n";
    let stalled = json!({"cut": {"body": 3}, "then": "stall", "body": {"message": "no"}});
    let refused = |status: u16| {
        let mut reply = stalled.clone();
        reply["status"] = status.into();
        reply["match"] = json!({"path_ends": "/stream"});
        reply
    };
    let script = json!({"replies": [
        {"match": {"path_ends": "/stream-ticket"}, "times": 9, "body": {"data": {"ticket": "tk"}}},
        refused(500),
        refused(200),
        {"headers": {"content-type": "text/event-stream"}, "chunks": [{"text": event}], "then": "stall"},
    ]});
    let scenario = SERVER.scenario(script).expect("a valid script");
    let client = client(scenario.base_url(), &json!({"timeout": 0.3, "max_retries": 4}))
        .build()
        .expect("valid settings");
    let first = block_on(async {
        let open = client.conversations().messages().stream("cm1", "cm2").lenient().open();
        let mut events = tokio::time::timeout(Duration::from_secs(20), open).await.expect("another event")?;
        events.try_next().await
    });
    assert_eq!(first.expect("no error").expect("an event").id, "m1");
}

#[test]
fn a_stream_follows_no_redirect() {
    for status in [301, 302, 303, 307, 308] {
        let script = json!({"replies": [
            {"match": {"path_ends": "/stream-ticket"}, "times": 9, "body": {"data": {"ticket": "tk_canary"}}},
            {"match": {"path_ends": "/stream"}, "times": 9, "status": status, "headers": {"location": "$other/canary"}},
        ]});
        let scenario = SERVER.scenario(script).expect("a valid script");
        let client = client(scenario.base_url(), &json!({})).build().expect("valid settings");
        let first =
            block_on(async { client.conversations().messages().stream("cm1", "cm2").lenient().open().await });
        let error = first.expect_err("it leads elsewhere");
        assert_eq!(error.kind(), ErrorKind::Redirect, "{error}");
        assert!(error.location_origin().is_some_and(|origin| origin.starts_with("http://localhost")));
        assert!(!format!("{error} {error:?} {}", error.to_json()).contains("canary"));
        let request_log = scenario.request_log();
        let targets: Vec<&str> = request_log["requests"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|request| request["target"].as_str().expect("text"))
            .collect();
        assert_eq!(targets.len(), 2, "{targets:?}");
    }
}
