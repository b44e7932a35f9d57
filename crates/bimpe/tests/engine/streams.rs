//! Streams over a server that drops, repeats, stalls and refuses: nothing lost, nothing twice, no silent end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bimpe::engine::{ConnectionEvent, EventStream, OperationRequest, StreamOptions};
use bimpe::testing::{MemoryTransport, Reply, reply};
use bimpe::transport::{HttpRequest, TransportError};
use bimpe::{Clock, Error, ErrorKind};

use crate::harness::{World, block_on};

/// The messages that the server has, by id from 1.
const TOTAL: usize = 40;

pub(crate) fn event(id: usize) -> String {
    format!("id: m{id}\nevent: message\ndata: {{\"id\": \"m{id}\", \"role\": \"user\"}}\n\n")
}

fn query<'a>(request: &'a HttpRequest, name: &str) -> Option<std::borrow::Cow<'a, str>> {
    let query = request.uri.query().unwrap_or_default().as_bytes();
    url::form_urlencoded::parse(query).find(|(found, _)| found == name).map(|(_, value)| value)
}

fn is_open(request: &HttpRequest) -> bool {
    request.uri.path().ends_with("/stream")
}

fn ticket() -> Reply {
    reply(201, r#"{"message": "ok", "data": {"ticket": "t-canary", "expires_in": 60}}"#)
}

pub(crate) fn sse(text: String) -> Reply {
    reply(200, text)
        .header("content-type", "text/event-stream")
        .header("date", "Thu, 01 Jan 2026 00:00:10 GMT")
}

/// A world whose streams come from a function of the number of the connection, from 0.
pub(crate) fn world(open: impl Fn(usize, &HttpRequest) -> Reply + Send + Sync + 'static) -> World {
    let connections = AtomicUsize::new(0);
    World::new(MemoryTransport::new(move |request| {
        if is_open(request) { open(connections.fetch_add(1, Ordering::Relaxed), request) } else { ticket() }
    }))
}

pub(crate) fn stream(world: &World, options: StreamOptions) -> EventStream {
    let operation = OperationRequest::new("conversations.messages.stream").expect("it exists").operation;
    world.client.stream(operation, vec!["cm1".into(), "cm2".into()], options).expect("valid ids")
}

fn ids(stream: &mut EventStream, count: usize) -> Vec<String> {
    block_on(async {
        let mut ids = Vec::new();
        while ids.len() < count {
            let event = stream.next().await.expect("another event").expect("an event");
            ids.push(event.id.expect("it has one"));
        }
        ids
    })
}

fn failure(stream: &mut EventStream) -> Error {
    block_on(async {
        loop {
            match stream.next().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => return error,
                None => panic!("the stream ended in silence"),
            }
        }
    })
}

/// The events after the cursor, with a replay of the event at the cursor itself.
fn replay(request: &HttpRequest) -> String {
    let after = query(request, "after").unwrap_or_default();
    let from = after.strip_prefix('m').and_then(|id| id.parse().ok()).unwrap_or(1);
    (from..=TOTAL).map(event).collect()
}

#[test]
fn a_connection_that_dies_before_its_first_message_resumes_by_time() {
    let world = world(|connection, request| {
        if connection == 0 {
            return sse(": hello\n\n".to_owned());
        }
        assert_eq!(query(request, "after").as_deref(), Some("2026-01-01T00:00:08.000Z"));
        sse(event(1))
    });
    assert_eq!(ids(&mut stream(&world, StreamOptions::default()), 1), ["m1"]);
}

#[test]
fn the_key_is_not_sent_with_the_ticket_and_the_ticket_shows_nowhere() {
    let world = world(|_, _| reply(404, r#"{"message": "no t-canary here", "code": "not_found"}"#));
    let mut stream = stream(&world, StreamOptions::default());
    let error = failure(&mut stream);
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(!format!("{error} {error:?} {} {stream:?}", error.to_json()).contains("canary"));
    let requests = world.transport.requests();
    let open = requests.iter().find(|request| is_open(request)).expect("it was opened");
    assert!(!open.headers.contains_key("authorization"));
    assert_eq!(open.headers["accept"], "text/event-stream");
}

#[test]
fn a_refused_ticket_is_replaced_at_once_but_not_for_ever() {
    for status in [401, 403, 410] {
        let world =
            world(move |connection, _| if connection < 2 { reply(status, "{}") } else { sse(event(1)) });
        assert_eq!(ids(&mut stream(&world, StreamOptions::default()), 1), ["m1"], "{status}");
        assert_eq!(world.clock.now(), Duration::ZERO, "no waiting");
    }
    let world = world(|_, _| reply(401, r#"{"message": "bad ticket"}"#));
    assert_eq!(failure(&mut stream(&world, StreamOptions::default())).kind(), ErrorKind::Authentication);
    assert_eq!(world.sent(), 6, "three tickets, three connections");
}

#[test]
fn a_ticket_that_cannot_be_had_is_asked_for_with_one_key() {
    let world = World::new(MemoryTransport::new(|_| Reply::failure(TransportError::lost("reset"))));
    let error = failure(&mut stream(&world, StreamOptions::default()));
    assert_eq!((error.kind(), world.sent()), (ErrorKind::Connection, 3));
    let keys = world.header("idempotency-key");
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[test]
fn the_last_error_has_the_reason_and_the_resume_id() {
    let world = world(|connection, _| sse(if connection == 0 { event(7) } else { String::new() }));
    let mut options = StreamOptions::default();
    options.max_reconnects = Some(3);
    let error = failure(&mut stream(&world, options));
    assert_eq!(error.kind(), ErrorKind::StreamEnded);
    let end = error.stream_end().expect("it tells");
    assert_eq!((end.reason, end.last_id.as_deref()), ("closed", Some("m7")));
}

#[test]
fn an_event_that_is_no_json_is_an_error_and_the_next_one_follows() {
    let world = world(|_, _| sse(format!("id: m1\ndata: {{oops\n\n{}", event(2))));
    let mut options = StreamOptions::default();
    options.reconnect = false;
    let mut stream = stream(&world, options);
    let error = block_on(stream.next()).expect("something").expect_err("not JSON");
    assert_eq!(error.kind(), ErrorKind::StreamDecode);
    assert!(error.message().contains("m1") && !error.message().contains("oops"));
    assert_eq!(ids(&mut stream, 1), ["m2"]);
    assert!(block_on(stream.next()).is_none(), "without reconnecting, the server's end is the end");
}

#[test]
fn events_are_taken_singly_and_in_batches_alternately() {
    let text = format!("{}{}{}data: {{oops\n\n{}{}", event(1), event(2), event(3), event(4), event(5));
    let world = world(move |_, _| sse(text.clone()));
    let mut options = StreamOptions::default();
    options.reconnect = false;
    let mut stream = stream(&world, options);
    let together = |stream: &mut EventStream| {
        let batch = block_on(stream.next_batch())?;
        Ok::<_, Error>(batch.events.iter().filter_map(|event| event.id).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(ids(&mut stream, 1), ["m1"]);
    assert_eq!(together(&mut stream).expect("no error"), "m2 m3");
    assert_eq!(together(&mut stream).expect_err("no JSON").kind(), ErrorKind::StreamDecode);
    assert_eq!(ids(&mut stream, 1), ["m4"]);
    assert_eq!(together(&mut stream).expect("no error"), "m5");
    assert_eq!(together(&mut stream).expect("no error"), "", "the end");
}

#[test]
fn events_without_an_id_are_no_repetitions() {
    let world = world(|_, _| sse("data: {\"id\": \"\"}\n\n".repeat(2)));
    let mut options = StreamOptions::default();
    options.reconnect = false;
    let mut stream = stream(&world, options);
    for _ in 0..2 {
        assert_eq!(block_on(stream.next()).expect("something").expect("an event").id, None);
    }
    assert_eq!((stream.last_id(), stream.stats().duplicates_dropped), (None, 0));
}

#[test]
fn a_response_that_is_no_stream_is_an_error() {
    let world = world(|_, _| reply(200, "<html>login</html>").header("content-type", "text/html"));
    assert_eq!(failure(&mut stream(&world, StreamOptions::default())).kind(), ErrorKind::UnexpectedResponse);
    let world = crate::streams::world(|_, _| reply(204, ""));
    let error = failure(&mut stream(&world, StreamOptions::default()));
    assert_eq!(error.stream_end().map(|end| end.reason), Some("no_content"));
}

#[test]
fn the_server_sets_the_reconnect_delay() {
    let world = world(|connection, _| match connection {
        0 => sse("retry: 7000\n\n".to_owned()),
        1 => reply(429, "{}").header("retry-after", "20"),
        _ => sse(event(1)),
    });
    ids(&mut stream(&world, StreamOptions::default()), 1);
    assert!(world.clock.now() >= Duration::from_secs(27), "{:?}", world.clock.now());
}

#[test]
fn connection_events_precede_the_wait() {
    let world = world(|connection, _| match connection {
        0 => sse(String::new()),
        1 => reply(429, "{}").header("retry-after", "20"),
        _ => sse(event(1)),
    });
    let mut stream = stream(&world, StreamOptions::default());
    block_on(async {
        let mut seen = Vec::new();
        loop {
            let batch = stream.next_batch().await.expect("another event");
            assert!(!batch.is_end());
            if !batch.events.is_empty() {
                assert!(batch.events.iter().map(|event| event.id).eq([Some("m1")]));
                break;
            }
            for notice in batch.notices {
                seen.push(match notice {
                    ConnectionEvent::Reconnecting { reason, status, wait } => {
                        assert!(status.is_none() || wait >= Duration::from_secs(20), "{wait:?}");
                        assert!(world.clock.now() < Duration::from_secs(20), "the wait is still to come");
                        (reason, status)
                    }
                    _ => ("opened", None),
                });
            }
        }
        assert_eq!(seen, [("opened", None), ("closed", None), ("unreachable", Some(429)), ("opened", None)]);
        stream.close();
        assert!(stream.next_batch().await.expect("no error").is_end());
    });
}

#[test]
fn unknown_roles_and_types_are_delivered() {
    let text = "data: {\"id\": \"m1\", \"role\": \"robot\", \"new\": 1}\n\n";
    let world = world(move |_, _| sse(text.to_owned()));
    let event =
        block_on(stream(&world, StreamOptions::default()).next()).expect("something").expect("an event");
    assert!(event.data.contains("robot"));
    assert_eq!(event.id.as_deref(), Some("m1"), "the id of the message, where the event has none");
}

#[test]
fn a_dropped_future_loses_nothing() {
    let world = world(|_, request| sse(replay(request)));
    let mut stream = stream(&world, StreamOptions::default());
    let polls = Arc::new(AtomicUsize::new(0));
    block_on(async {
        // A future that is polled once and dropped has at most begun its work.
        for _ in 0..5 {
            let mut next = Box::pin(stream.next());
            let first = futures_util::poll!(next.as_mut());
            if first.is_ready() {
                polls.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let seen = polls.load(Ordering::Relaxed);
    let rest = ids(&mut stream, TOTAL - seen);
    assert_eq!(rest.last().map(String::as_str), Some("m40"));
}
