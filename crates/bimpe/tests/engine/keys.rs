//! Sources of the API key of a request, and the connections that carry it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bimpe::engine::{EventStream, OperationRequest, SharedApiKey, StreamOptions};
use bimpe::testing::{MemoryTransport, VirtualClock, reply};
use bimpe::transport::Connections;
use bimpe::{ApiKey, Client, ClientBuilder, Clock, ErrorKind, RequestOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::{World, block_on, call};

const EMPTY_LIST: &str = r#"{"message": "ok", "data": []}"#;

fn list() -> OperationRequest {
    call("agents.knowledge_bases.list", &["cm1"])
}

fn keyless() -> World {
    let transport = MemoryTransport::new(|_| reply(200, EMPTY_LIST));
    World::with(transport, VirtualClock::new(), ClientBuilder::api_key_per_call)
}

#[test]
fn a_request_may_have_another_key() {
    let world = keyless();
    for key in ["sk_test_one", "sk_test_two"] {
        let mut call = list();
        call.options.api_key = Some(ApiKey::new(key).expect("a good key"));
        world.run(call).expect("a response");
    }
    assert_eq!(world.header("authorization"), ["Bearer sk_test_one", "Bearer sk_test_two"]);
}

#[test]
fn a_call_without_any_key_is_refused() {
    let world = keyless();
    assert_eq!(world.run(list()).expect_err("no key").kind(), ErrorKind::User);
    assert_eq!(world.sent(), 0);
}

#[test]
fn a_derived_client_may_have_another_key() {
    let world = World::new(MemoryTransport::new(|_| reply(200, EMPTY_LIST)));
    let mut options = RequestOptions::default();
    options.api_key = Some(ApiKey::new("sk_test_other").expect("a good key"));
    block_on(world.client.with_options(&options).expect("valid options").execute(list()))
        .expect("a response");
    assert_eq!(world.header("authorization"), ["Bearer sk_test_other"]);
}

#[test]
fn a_key_is_checked_and_never_shown() {
    for bad in ["", "sk_canary\n", "sk canary", "sk_canary\u{e9}", &"canary".repeat(100)] {
        let error = ApiKey::new(bad).expect_err("a bad key");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
    let key = ApiKey::new("sk_canary").expect("a good key");
    let mut options = RequestOptions::default();
    options.api_key = Some(key.clone());
    let slot = SharedApiKey::default();
    slot.set(key.clone());
    assert!(!format!("{key:?} {options:?} {slot:?}").contains("canary"));
}

#[test]
fn the_key_of_a_request_is_masked_in_errors() {
    let transport = MemoryTransport::new(|request| {
        let key = request.headers["authorization"].to_str().expect("ASCII");
        reply(401, format!(r#"{{"message": "no such key: {key}"}}"#))
    });
    let world = World::with(transport, VirtualClock::new(), ClientBuilder::api_key_per_call);
    let mut call = list();
    call.options.api_key = Some(ApiKey::new("sk_canary_of_a_call").expect("a good key"));
    let error = world.run(call).expect_err("refused");
    let text = format!("{error} {error:?}");
    assert!(text.contains("the key came from the request") && !text.contains("canary"), "{text}");
}

#[test]
fn a_sandbox_key_never_leaves_the_machine() {
    let client = Client::builder().api_key_per_call().base_url("https://api.example.test").env(|_| None);
    let client = client.build().expect("valid settings");
    let mut call = list();
    call.options.api_key = Some(ApiKey::new("sk_sandbox_1").expect("a good key"));
    let error = block_on(client.execute(call)).expect_err("refused before anything is looked up");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::User, 0));
}

#[test]
fn a_proxy_never_sees_a_key_in_clear() {
    let client = |url: &str| {
        let client = Client::builder().api_key("sk_test").base_url(url).env(|_| None);
        client.allow_insecure_http(true).proxy("http://proxy.example.test:3128").build()
    };
    let error = client("http://api.example.test").expect_err("refused");
    assert!(error.message().contains("https://"), "{error}");
    assert!(client("https://api.example.test").is_ok());
    assert!(client("http://127.0.0.1:4010").is_ok(), "this machine is reached directly");
}

#[test]
fn strings_of_a_custom_body_are_secrets() {
    let world = World::script([reply(400, r#"{"message": "bad secret: canary-in-a-body"}"#)]);
    let mut call = OperationRequest::new("POST /connectors").expect("a valid path");
    call.body = Some(serde_json::json!({"deep": [{"anything": "canary-in-a-body"}]}));
    let error = world.run(call).expect_err("refused");
    assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
}

#[test]
fn a_secret_is_found_where_a_text_is_cut_and_where_it_is_escaped() {
    for length in [20, 190, 195, 199, 65_530] {
        for status in [200, 500] {
            let body = format!("{}canary\\\"in two", "x".repeat(length));
            let world = World::script([reply(status, body)]);
            let mut call = OperationRequest::new("POST /connectors").expect("a valid path");
            call.options.max_retries = Some(0);
            call.body = Some(serde_json::json!({"secret": "canary\"in two"}));
            let error = world.run(call).expect_err("refused");
            let text = format!("{error} {error:?} {}", error.to_json());
            assert!(!text.contains("can"), "{length} {status}: {text}");
        }
    }
}

#[test]
fn a_stream_resumes_with_another_key() {
    let transport = MemoryTransport::new(|request| {
        let key = request.headers.get("authorization").and_then(|value| value.to_str().ok());
        match key {
            None => {
                reply(200, "id: m1\ndata: {\"id\": \"m1\"}\n\n").header("content-type", "text/event-stream")
            }
            Some("Bearer sk_test_new") => reply(201, r#"{"message": "ok", "data": {"ticket": "t1"}}"#),
            Some(_) => reply(401, r#"{"message": "this key was replaced"}"#),
        }
    });
    let world = World::with(transport, VirtualClock::new(), ClientBuilder::api_key_per_call);
    let operation = OperationRequest::new("conversations.messages.stream").expect("it exists").operation;
    let ids = vec!["cm1".into(), "cm2".into()];
    let mut stream = world.client.stream(operation, ids, StreamOptions::default()).expect("valid ids");
    let slot = SharedApiKey::default();
    stream.use_key(slot.clone());
    block_on(async {
        for key in ["sk_test_old", "sk_test_older"] {
            slot.set(ApiKey::new(key).expect("a good key"));
            let error = stream.next().await.expect("a response").expect_err("the key is old");
            assert_eq!(error.kind(), ErrorKind::Authentication);
        }
        slot.set(ApiKey::new("sk_test_new").expect("a good key"));
        let event = stream.next().await.expect("a response").expect("an event");
        assert_eq!(event.id.as_deref(), Some("m1"));
    });
}

/// A stream, and the slot that it takes its keys from.
fn keyed(world: &World) -> (EventStream, SharedApiKey) {
    let operation = OperationRequest::new("conversations.messages.stream").expect("it exists").operation;
    let ids = vec!["cm1".into(), "cm2".into()];
    let mut stream = world.client.stream(operation, ids, StreamOptions::default()).expect("valid ids");
    let slot = SharedApiKey::default();
    slot.set(ApiKey::new("sk_test_0").expect("a good key"));
    stream.use_key(slot.clone());
    (stream, slot)
}

/// A server that takes no key.
fn refusing() -> World {
    let transport = MemoryTransport::new(|_| reply(401, r#"{"message": "not this one"}"#));
    World::with(transport, VirtualClock::new(), ClientBuilder::api_key_per_call)
}

#[test]
fn a_stream_whose_keys_are_all_refused_gives_up() {
    let world = refusing();
    let (mut stream, slot) = keyed(&world);
    block_on(async {
        let mut renewed = 0;
        let error = loop {
            let error = stream.next().await.expect("it does not end in silence").expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Authentication);
            if !error.retryable() {
                break error;
            }
            renewed += 1;
            slot.set(ApiKey::new(&format!("sk_test_{renewed}")).expect("a good key"));
        };
        assert_eq!((renewed, world.sent(), error.status()), (2, 3, Some(401)));
        assert!(world.clock.now() > Duration::ZERO, "it waits before it tries another key");
        assert!(stream.next().await.is_none());
    });
}

#[test]
fn a_refused_key_is_not_sent_again() {
    let world = refusing();
    let (mut stream, slot) = keyed(&world);
    block_on(async {
        assert!(stream.next().await.expect("an error").expect_err("refused").retryable());
        slot.set(ApiKey::new("sk_test_0").expect("a good key"));
        let error = stream.next().await.expect("an error").expect_err("it is the same key");
        assert_eq!((error.kind(), error.retryable(), world.sent()), (ErrorKind::Authentication, false, 1));
        assert!(stream.next().await.is_none());
    });
}

#[test]
fn only_refusals_without_a_message_in_between_count() {
    let opened = AtomicUsize::new(0);
    let transport = MemoryTransport::new(move |request| {
        let key = request.headers.get("authorization").map(|value| value.to_str().expect("text").to_owned());
        match key {
            None => {
                let id = opened.fetch_add(1, Ordering::Relaxed);
                reply(200, format!("id: m{id}\ndata: {{}}\n\n")).header("content-type", "text/event-stream")
            }
            // Each key opens one connection.
            Some(key) if key == format!("Bearer sk_test_{}", opened.load(Ordering::Relaxed)) => {
                reply(201, r#"{"message": "ok", "data": {"ticket": "t1"}}"#)
            }
            Some(_) => reply(401, r#"{"message": "used up"}"#),
        }
    });
    let (mut stream, slot) =
        keyed(&World::with(transport, VirtualClock::new(), ClientBuilder::api_key_per_call));
    block_on(async {
        let mut messages = 0;
        while messages < 10 {
            match stream.next().await.expect("another event") {
                Ok(_) => messages += 1,
                Err(error) => {
                    assert!(error.retryable(), "after {messages} messages: {error}");
                    slot.set(ApiKey::new(&format!("sk_test_{messages}")).expect("a good key"));
                }
            }
        }
    });
}

/// A server that responds to every request on every connection, and counts the connections.
async fn server() -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let count = Arc::new(AtomicUsize::new(0));
    let opened = count.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            opened.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                let mut buffer = [0_u8; 4096];
                while matches!(socket.read(&mut buffer).await, Ok(1..)) {
                    let response = format!(
                        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{EMPTY_LIST}",
                        EMPTY_LIST.len()
                    );
                    if socket.write_all(response.as_bytes()).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    (url, count)
}

#[test]
fn clients_share_connections_on_request() {
    block_on(async {
        let (url, count) = server().await;
        let shared = Connections::default();
        let client = |key: &str| Client::builder().api_key(key).base_url(url.as_str()).env(|_| None);
        for key in ["sk_test_one", "sk_test_two", "sk_test_three"] {
            let client = client(key).connections(&shared).build().expect("valid settings");
            client.execute(list()).await.expect("a response");
            client.close();
        }
        assert_eq!(count.load(Ordering::Relaxed), 1);
        let own = client("sk_test_four").build().expect("valid settings");
        own.execute(list()).await.expect("a response");
        let other = client("sk_test_five").connections(&shared).connect_timeout(Duration::from_secs(3));
        other.build().expect("valid settings").execute(list()).await.expect("a response");
        assert_eq!(count.load(Ordering::Relaxed), 3, "these are made otherwise");
    });
}
