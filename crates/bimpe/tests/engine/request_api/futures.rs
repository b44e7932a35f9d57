//! Requests as futures, and events as a stream.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{StreamExt, TryStreamExt, iter};
use serde_json::json;

use bimpe::testing::{MemoryTransport, Reply, VirtualClock, reply};
use bimpe::types::{AgentDetail, StreamMessageEvent};
use bimpe::{
    Client, Clock, ErrorKind, EventStream, Listing, Page, PageRequest, RawResponse, Request, ResponseFuture,
};
use bimpe::{resources::AgentsList, types::Agent};

fn client(transport: MemoryTransport) -> Client {
    let builder = Client::builder().api_key("sk_test").transport(Arc::new(transport));
    builder.clock(Arc::new(VirtualClock::new())).build().expect("the settings are right")
}

fn responding_client() -> Client {
    client(MemoryTransport::new(|request| {
        let mut agent = super::agent();
        agent["id"] = request.uri.path().rsplit('/').next().into();
        reply(200, json!({"message": "ok", "data": agent}).to_string())
    }))
}

#[tokio::test(start_paused = true)]
async fn a_deadline_follows_the_clock_of_tokio() {
    let transport = MemoryTransport::new(|_| reply(200, "").never());
    let builder = Client::builder().api_key("sk_test").transport(Arc::new(transport));
    let client = builder.max_retries(0).build().expect("the settings are right");
    let started = tokio::time::Instant::now();
    let error =
        client.agents().retrieve("a1").timeout(Duration::from_secs(30)).await.expect_err("no response");
    assert_eq!((error.kind(), started.elapsed().as_secs()), (ErrorKind::Timeout, 30));
    let error = client.agents().retrieve("a1").max_retries(2).timeout(Duration::from_secs(90)).await;
    assert_eq!(error.expect_err("no response").kind(), ErrorKind::Timeout);
    assert_eq!(started.elapsed().as_secs(), 120);
}

#[test]
fn requests_pages_and_streams_move_between_threads() {
    fn moves<T: Send>() {}
    moves::<Request<AgentDetail>>();
    moves::<ResponseFuture<AgentDetail>>();
    moves::<ResponseFuture<RawResponse<AgentDetail>>>();
    moves::<PageRequest<AgentsList>>();
    moves::<Page<Agent>>();
    moves::<Listing<Agent>>();
    moves::<EventStream<StreamMessageEvent>>();
}

#[tokio::test]
async fn a_request_is_a_future_once_it_is_sent() {
    let client = responding_client();
    let ids = |agents: Vec<AgentDetail>| agents.into_iter().map(|agent| agent.id).collect::<Vec<_>>();
    let requests = ["a1", "a2"].map(|id| client.agents().retrieve(id).send());
    let joined: Result<Vec<_>, _> = join_all(requests).await.into_iter().collect();
    assert_eq!(ids(joined.expect("both responses")), ["a1", "a2"]);

    let requests = iter(["a3", "a4", "a5"]).map(|id| client.agents().retrieve(id).send());
    let buffered: Vec<_> = requests.buffered(2).try_collect().await.expect("all responses");
    assert_eq!(ids(buffered), ["a3", "a4", "a5"]);

    let task = tokio::spawn(client.agents().retrieve("a6").send_raw());
    assert_eq!(task.await.expect("it does not panic").expect("a response").value.id, "a6");
}

fn event(id: &str) -> String {
    let data = json!({
        "id": id, "conversation_id": "c1", "role": "user", "message": "hello",
        "created_at": "2026-01-01T00:00:00.000Z",
    });
    format!("event: message\nid: {id}\ndata: {data}\n\n")
}

/// A server whose every connection brings one event.
fn streaming() -> Client {
    let connections = std::sync::atomic::AtomicU32::new(0);
    client(MemoryTransport::new(move |request| {
        if request.uri.path().ends_with("/stream-ticket") {
            return reply(200, r#"{"message": "ok", "data": {"ticket": "tk", "expires_in": 60}}"#);
        }
        let number = connections.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        stream(event(&format!("m{number}")))
    }))
}

fn stream(events: String) -> Reply {
    reply(200, events).header("content-type", "text/event-stream")
}

async fn open(client: &Client) -> EventStream<StreamMessageEvent> {
    client.conversations().messages().stream("a1", "c1").open().await.expect("it opens")
}

#[tokio::test]
async fn open_returns_the_error_of_a_refused_stream() {
    let client = client(MemoryTransport::new(|_| reply(404, r#"{"message": "Conversation not found"}"#)));
    let opened = client.conversations().messages().stream("a1", "c1").open().await;
    assert_eq!(opened.expect_err("there is no such conversation").kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn an_event_stream_has_its_resume_id() {
    let client = streaming();
    let mut events = open(&client).await;
    assert_eq!((events.last_id(), events.stats().reconnects), (None, 0));
    let first = events.next().await.expect("another event").expect("it is readable");
    assert_eq!((first.id.as_str(), events.last_id()), ("m0", Some("m0")));
    let more: Vec<_> = (&mut events).take(2).map_ok(|event| event.id).try_collect().await.expect("readable");
    assert_eq!(more, ["m1", "m2"]);
    assert_eq!((events.last_id(), events.stats().reconnects), (Some("m2"), 2));
    events.close();
    assert!(events.next().await.is_none());
    assert_eq!((events.last_id(), events.stats().reconnects), (Some("m2"), 2));
}

#[tokio::test]
async fn a_waiting_stream_has_its_resume_id_and_can_be_closed() {
    let stalled = VirtualClock::new();
    // As long as this one is due first, the stall does not end.
    let _due_first = stalled.sleep(Duration::ZERO);
    let transport = MemoryTransport::new(move |request| {
        if request.uri.path().ends_with("/stream-ticket") {
            return reply(200, r#"{"message": "ok", "data": {"ticket": "tk", "expires_in": 60}}"#);
        }
        stream(event("m0")).followed_by_stall(&stalled, Duration::from_secs(1))
    });
    let builder = Client::builder().api_key("sk_test").transport(Arc::new(transport));
    let silent = builder.build().expect("the settings are right");
    let mut events = open(&silent).await;
    assert_eq!(events.try_next().await.expect("readable").expect("another event").id, "m0");
    assert!(futures_util::poll!(events.next()).is_pending());
    assert_eq!(events.last_id(), Some("m0"));
    events.close();
    assert_eq!(events.last_id(), Some("m0"));
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn merged_events_come_from_all_streams() {
    let (first, second) = (streaming(), streaming());
    let mut merged = EventStream::merge([open(&first).await, open(&second).await]);
    let ids: Vec<_> = (&mut merged).take(4).map_ok(|event| event.id).try_collect().await.expect("readable");
    assert_eq!(ids.iter().filter(|id| *id == "m0").count(), 2, "{ids:?}");
    assert!(merged.iter().all(|events| events.last_id().is_some()));
}

#[tokio::test]
async fn an_incomplete_event_is_an_error_and_the_next_one_follows() {
    let incomplete = || {
        client(MemoryTransport::new(|request| {
            if request.uri.path().ends_with("/stream-ticket") {
                return reply(200, r#"{"message": "ok", "data": {"ticket": "tk", "expires_in": 60}}"#);
            }
            stream(format!("event: message\nid: m0\ndata: {{\"text\": \"hi\"}}\n\n{}", event("m1")))
        }))
    };
    let client = incomplete();
    let mut events = open(&client).await;
    let error = events.try_next().await.expect_err("it lacks something");
    assert_eq!(error.kind(), ErrorKind::StreamDecode);
    assert!(error.message().contains("`id` is missing"), "{error}");
    assert_eq!(events.try_next().await.expect("readable").expect("another event").id, "m1");

    let client = incomplete();
    let mut events =
        client.conversations().messages().stream("a1", "c1").lenient().open().await.expect("it opens");
    assert_eq!(
        events.try_next().await.expect("any shape is read").expect("another event").extra["text"],
        "hi"
    );
}
