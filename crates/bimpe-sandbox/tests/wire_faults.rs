//! Faults of connections, bodies and streams, seen by a client that reads bytes.

mod common;

use std::io::ErrorKind;
use std::time::Duration;

use common::{Api, text};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The end of a connection, as the client sees it.
#[derive(Debug, PartialEq)]
enum End {
    Closed,
    Reset,
    /// The client waited in vain for a second.
    Silent,
}

/// Sends a request, and returns the received bytes and the end of the connection.
async fn exchange(api: &Api, method: &str, path: &str, body: &str) -> (String, End) {
    let host = api.sandbox.url().strip_prefix("http://").expect("a URL");
    let mut stream = TcpStream::connect(host).await.expect("a connection");
    let path =
        format!("/api/v1/console{path}").replace("{agent}", &format!("/agents/{}", api.sandbox.agent_id()));
    let (key, length) = (api.sandbox.api_key(), body.len());
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.expect("the sandbox reads");
    let mut received = Vec::new();
    let end = loop {
        let mut buffer = [0; 4096];
        match tokio::time::timeout(Duration::from_secs(1), stream.read(&mut buffer)).await {
            Err(_) => break End::Silent,
            Ok(Ok(0)) => break End::Closed,
            Ok(Ok(count)) => received.extend_from_slice(&buffer[..count]),
            Ok(Err(error)) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                break End::Reset;
            }
        }
    };
    (String::from_utf8(received).expect("UTF-8"), end)
}

fn agent(api: &Api) -> String {
    json!({ "name": "Bo", "description": "Helps", "workflow_id": api.sandbox.workflow_id() }).to_string()
}

async fn add(api: &Api, rule: Value) {
    let response = api.admin("/faults", rule).await;
    assert_eq!(response.0, 201, "{response:?}");
}

async fn last_status(api: &Api) -> Value {
    api.admin_get("/requests").await.1["data"]
        .as_array()
        .and_then(|all| all.last().cloned())
        .expect("a request")["status"]
        .clone()
}

#[tokio::test]
async fn reset_before_loses_the_request() {
    let api = Api::start().await;
    add(&api, json!({ "operation": "agents.create", "wire": "reset_before" })).await;
    assert_eq!(exchange(&api, "POST", "/agents", &agent(&api)).await, (String::new(), End::Reset));
    assert_eq!(last_status(&api).await, Value::Null);
    assert_eq!(api.get("/agents").await.1["meta"]["total_count"], 1);
}

#[tokio::test]
async fn reset_after_commit_loses_only_the_response() {
    let api = Api::start().await;
    add(&api, json!({ "operation": "agents.create", "wire": "reset_after_commit" })).await;
    assert_eq!(exchange(&api, "POST", "/agents", &agent(&api)).await, (String::new(), End::Reset));
    assert_eq!(last_status(&api).await, Value::Null);
    assert_eq!(api.get("/agents").await.1["meta"]["total_count"], 2);
}

#[tokio::test]
async fn body_faults_end_in_the_middle_of_the_body() {
    let api = Api::start().await;
    let whole = exchange(&api, "GET", "/workflows", "").await;
    assert_eq!(whole.1, End::Closed);
    let (_, whole) = whole.0.split_once("\r\n\r\n").expect("a head");
    for (wire, end) in [("reset_in_body", End::Reset), ("truncate", End::Closed), ("stall", End::Silent)] {
        add(&api, json!({ "wire": wire, "times": 1 })).await;
        let (received, seen) = exchange(&api, "GET", "/workflows", "").await;
        assert_eq!(seen, end, "{wire}");
        let (head, body) = received.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains(&format!("content-length: {}", whole.len())), "{head}");
        assert_eq!(body, &whole[..whole.len() / 2]);
        assert_eq!(last_status(&api).await, 200);
    }
}

/// Opens a stream of a conversation with two messages, and returns what the client received.
async fn stream(api: &Api, rule: Value) -> (String, End) {
    let user = "6f1c0a52-5f0e-4d3b-9f0e-0a2f4e1b7c11";
    let message = json!({ "message": "hi", "channel_type": "webchat", "channel_user_id": user });
    let sent = api.post("{agent}/conversations/messages", message).await;
    let conversation = text(&sent, "conversation_id").to_owned();
    let messages = api.get(&format!("{{agent}}/conversations/{conversation}/messages?sort=created_at")).await;
    let first = messages.1["data"][0]["id"].as_str().expect("an id").to_owned();
    // The stream after the first message begins with the reply of the agent.
    api.post(
        &format!("{{agent}}/conversations/{conversation}/messages"),
        json!({ "message": "again", "role": "user" }),
    )
    .await;
    add(api, rule).await;
    let ticket =
        api.post(&format!("{{agent}}/conversations/{conversation}/stream-ticket"), Value::Null).await;
    let ticket = text(&ticket, "ticket");
    let path = format!("{{agent}}/conversations/{conversation}/stream?ticket={ticket}&after={first}");
    exchange(api, "GET", &path, "").await
}

#[tokio::test]
async fn stream_faults_disturb_events_after_a_count() {
    let cases = [
        (json!({ "stream": "cut", "stream_after": 1 }), 1, End::Closed),
        (json!({ "stream": "silence", "stream_after": 2 }), 2, End::Silent),
        (json!({ "stream": "silence" }), 0, End::Silent),
        (json!({ "stream": "duplicate", "stream_after": 1 }), 5, End::Silent),
        (json!({ "stream": "bad_event", "stream_after": 1 }), 4, End::Silent),
    ];
    for (rule, events, end) in cases {
        let api = Api::start().await;
        let (received, seen) = stream(&api, rule.clone()).await;
        assert!(received.starts_with("HTTP/1.1 200"), "{received}");
        assert_eq!((received.matches("event: message\n").count(), seen), (events, end), "{rule}: {received}");
        assert_eq!(received.contains("data: {\"id\": \n"), rule["stream"] == "bad_event", "{received}");
        // A cut stream lacks the last chunk.
        assert!(!received.ends_with("0\r\n\r\n"), "{received}");
    }
}

#[tokio::test]
async fn stream_fault_expired_ticket_returns_401() {
    let api = Api::start().await;
    let (received, _) = stream(&api, json!({ "stream": "expired_ticket", "times": 1 })).await;
    assert!(received.starts_with("HTTP/1.1 401"), "{received}");
    assert!(received.contains("\"code\":\"unauthorized\""), "{received}");
}
