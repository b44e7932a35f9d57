//! Messages, paused conversations, tickets and streams.

mod common;

use std::time::Duration;

use bimpe_sandbox::Sandbox;
use common::{Api, code, read_json, text};
use reqwest::Response;
use serde_json::{Value, json};

const USER: &str = "5b1d0c1e-7d0b-4a53-9c1a-0f6f3f3f8f11";
const SEND: &str = "{agent}/conversations/messages";

fn hello(text: &str) -> Value {
    json!({ "message": text, "channel_type": "webchat", "channel_user_id": USER, "is_test_channel": true })
}

#[tokio::test]
async fn messages_of_one_user_share_a_conversation() {
    let api = Api::start().await;
    let first = api.post(SEND, hello("Do you deliver?")).await;
    assert_eq!((first.0, &first.1["data"]["role"]), (201, &json!("assistant")));
    assert!(text(&first, "message").contains("Do you deliver?"));
    let second = api.post(SEND, hello("And on Sundays?")).await;
    let id = text(&second, "conversation_id");
    assert_eq!(text(&first, "conversation_id"), id);

    let messages = api.get(&format!("{{agent}}/conversations/{id}/messages?sort=created_at")).await;
    let roles: Vec<&str> = messages.1["data"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|item| item["role"].as_str())
        .collect();
    assert_eq!(roles, ["user", "assistant", "user", "assistant"]);
    let one = messages.1["data"][0]["id"].as_str().expect("an id");
    let one = api.get(&format!("{{agent}}/conversations/{id}/messages/{one}")).await;
    assert_eq!(text(&one, "message"), "Do you deliver?");

    let by_id = api.post(SEND, json!({ "message": "a human, please", "conversation_id": id })).await;
    assert_eq!(by_id.0, 201);
    for (query, count) in [
        ("channel=test_webchat&needs_attention=true", 1),
        ("channel=webchat&is_test_channel=true", 1),
        ("channel=whatsapp", 0),
        ("is_test_channel=false", 0),
        (&format!("search={USER}"), 1),
    ] {
        let list = api.get(&format!("{{agent}}/conversations?{query}")).await;
        assert_eq!(list.1["meta"]["total_count"], count, "{query}");
    }
}

#[tokio::test]
async fn recipient_in_the_wrong_format_is_refused() {
    let api = Api::start().await;
    let cases = [
        (json!({ "message": "m" }), "channel_type: "),
        (json!({ "message": "m", "channel_type": "webchat" }), "channel_user_id: "),
        (
            json!({ "message": "m", "channel_type": "webchat", "channel_user_id": "bisi" }),
            "channel_user_id: must be a UUID",
        ),
        (
            json!({ "message": "m", "channel_type": "whatsapp", "channel_user_id": USER }),
            "channel_user_id: must be a phone",
        ),
        (
            json!({ "message": "m", "channel_type": "test_webchat", "channel_user_id": USER }),
            "channel_type: must be one of",
        ),
    ];
    for (body, expected) in cases {
        let refused = api.post(SEND, body).await;
        assert_eq!(code(&refused), (400, "validation_error"));
        assert!(refused.1["message"][0].as_str().unwrap_or_default().starts_with(expected), "{refused:?}");
    }
    let phone = json!({ "message": "m", "channel_type": "whatsapp", "channel_user_id": "+2348012345678" });
    assert_eq!(api.post(SEND, phone).await.0, 201);
    assert_eq!(
        code(&api.post(SEND, json!({ "message": "m", "conversation_id": "none" })).await),
        (404, "not_found")
    );
}

#[tokio::test]
async fn assistant_message_is_refused_unless_the_ai_is_paused() {
    let api = Api::start().await;
    let first = api.post(SEND, hello("Hello")).await;
    let conversation = format!("{{agent}}/conversations/{}", text(&first, "conversation_id"));
    let messages = format!("{conversation}/messages");
    let person = json!({ "message": "This is Bisi.", "role": "assistant" });
    assert_eq!(code(&api.post(&messages, person.clone()).await), (400, "bad_request"));

    let paused = api.patch(&format!("{conversation}/ai-status"), json!({ "is_ai_chat_paused": true })).await;
    assert_eq!(paused.1["data"], json!({ "is_ai_chat_paused": true }));
    assert_eq!(text(&api.post(&messages, person).await, "message"), "This is Bisi.");
    let without_reply = api.post(&messages, json!({ "message": "Thanks" })).await;
    assert_eq!(without_reply.1["data"]["role"], "user");
    api.patch(&format!("{conversation}/ai-status"), json!({ "is_ai_chat_paused": false })).await;
    assert_eq!(api.post(&messages, json!({ "message": "Hello?" })).await.1["data"]["role"], "assistant");
}

#[tokio::test]
async fn start_message_opens_a_test_conversation_for_24_hours() {
    let api = Api::start().await;
    let code = api.get("{agent}/deployment/agent-test-code").await;
    let message = |words: &str| json!({ "message": words, "channel_type": "whatsapp", "channel_user_id": "+2348012345678" });
    let send = async |words: &str| {
        let sent = api.post(SEND, message(words)).await;
        let id = text(&sent, "conversation_id").to_owned();
        let conversation = api.get(&format!("{{agent}}/conversations/{id}")).await;
        (id, conversation.1["data"]["is_test_channel"] == true, text(&sent, "message").to_owned())
    };
    let (live, is_test, _) = send("Hello").await;
    assert!(!is_test);
    let (unknown, is_test, reply) = send("start AAAAAAAA").await;
    assert_eq!((&unknown, is_test), (&live, false), "{reply}");
    let (test, is_test, reply) = send(&format!("start {}", text(&code, "code"))).await;
    assert!(is_test && reply.starts_with("You are testing "), "{reply}");
    assert_eq!(send("Do you deliver?").await.0, test);
    api.admin("/clock", json!({ "advance": 86_399 })).await;
    assert_eq!(send("Still there?").await.0, test);
    api.admin("/clock", json!({ "advance": 1 })).await;
    assert_eq!(send("Hello again").await.0, live);
    assert_eq!(send(&format!("START {}", text(&code, "code").to_lowercase())).await.0, test);
}

async fn ticket(api: &Api, conversation: &str) -> String {
    let issued =
        api.post(&format!("{{agent}}/conversations/{conversation}/stream-ticket"), Value::Null).await;
    assert_eq!((issued.0, &issued.1["data"]["expires_in"]), (201, &json!(60)));
    text(&issued, "ticket").to_owned()
}

async fn open(api: &Api, conversation: &str, ticket: &str, more: &str) -> Response {
    let url = api.at(&format!("{{agent}}/conversations/{conversation}/stream?ticket={ticket}{more}"));
    api.http.get(url).send().await.expect("a response")
}

/// Reads `count` events and returns their text.
async fn read(stream: &mut Response, count: usize) -> String {
    let mut text = String::new();
    while text.matches("\n\n").count() < count {
        let chunk = tokio::time::timeout(Duration::from_secs(5), stream.chunk()).await.expect("in time");
        text += &String::from_utf8_lossy(&chunk.expect("no error").expect("not the end"));
    }
    text
}

#[tokio::test]
async fn stream_sends_messages_and_heartbeats() {
    let api = Api::with(Sandbox::builder().heartbeat(Duration::from_millis(200)).max_streams(1)).await;
    let first = api.post(SEND, hello("one")).await;
    let id = text(&first, "conversation_id");
    let used = ticket(&api, id).await;
    let mut stream = open(&api, id, &used, "").await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert_eq!(stream.headers()["x-bimpe-sandbox"], "1");
    assert!(read(&mut stream, 1).await.contains("event: heartbeat\nid: 1\ndata: {\"ts\":"));

    let reply = api.post(SEND, hello("two")).await;
    let events = read(&mut stream, 2).await;
    assert!(
        events.contains("event: message") && events.contains(&format!("id: {}", text(&reply, "id"))),
        "{events}"
    );
    assert!(!events.contains("\"one\""), "without `after`, the stream sends only new messages");

    let refused = open(&api, id, &ticket(&api, id).await, "").await;
    assert_eq!(code(&read_json(Ok(refused)).await), (429, "too_many_streams"));
    drop(stream);

    let after = format!("&after={}", text(&first, "id"));
    let mut resumed = loop {
        let response = open(&api, id, &ticket(&api, id).await, &after).await;
        // The server may not have noticed the closed stream yet.
        if response.status() == 200 {
            break response;
        }
    };
    let events = read(&mut resumed, 2).await;
    assert!(events.contains("\"two\"") && !events.contains("\"one\""), "{events}");

    assert_eq!(code(&read_json(Ok(open(&api, id, &used, "").await)).await), (401, "unauthorized"), "used");
    assert_eq!(code(&read_json(Ok(open(&api, id, "", "").await)).await), (401, "unauthorized"));
    let foreign = open(&api, "another", &ticket(&api, id).await, "").await;
    assert_eq!(code(&read_json(Ok(foreign)).await), (403, "forbidden"));
    let late = ticket(&api, id).await;
    api.admin("/clock", json!({ "advance": 60 })).await;
    assert_eq!(code(&read_json(Ok(open(&api, id, &late, "").await)).await), (401, "unauthorized"), "expired");

    let stopped = tokio::time::timeout(Duration::from_secs(2), api.sandbox.shutdown()).await;
    assert!(stopped.is_ok(), "an open stream must not delay the shutdown");
}

#[tokio::test]
async fn stream_resumes_after_the_last_event_id() {
    let api = Api::with(Sandbox::builder().heartbeat(Duration::from_millis(200))).await;
    let first = api.post(SEND, hello("one")).await;
    let id = text(&first, "conversation_id");
    let begin = async |last: &str| {
        let url = api.at(&format!("{{agent}}/conversations/{id}/stream?ticket={}", ticket(&api, id).await));
        let mut stream = api.http.get(url).header("last-event-id", last).send().await.expect("a response");
        read(&mut stream, 1).await
    };
    let question = api.get(&format!("{{agent}}/conversations/{id}/messages?sort=created_at")).await;
    let question = question.1["data"][0]["id"].as_str().expect("an id").to_owned();
    assert!(begin(&question).await.contains("You said: one"), "the message after the question");
    let unknown = begin("17").await;
    assert!(unknown.contains("event: heartbeat") && !unknown.contains("event: message"), "{unknown}");
}

#[tokio::test]
async fn scripted_agent_lists_its_actions_and_asks_for_a_person() {
    let api = Api::start().await;
    let first = api.post(SEND, hello("What can you do?")).await;
    assert_eq!(text(&first, "message"), "This is Ada. I can do: nothing but talk yet.");
    let stripe = json!({ "type": "stripe", "public_key": "pk_1", "secret_key": "sk_1", "currency": "NGN" });
    api.post("{agent}/integrations/bimpeai/configure", stripe).await;
    let listed = api.post(SEND, hello("What can you do?")).await;
    assert!(text(&listed, "message").to_lowercase().contains("payment link"), "{listed:?}");
    api.post(SEND, hello("A human, please")).await;
    let id = text(&first, "conversation_id");
    assert_eq!(api.get(&format!("{{agent}}/conversations/{id}")).await.1["data"]["needs_attention"], true);
}
