//! Cursors of streams: after the last event that the caller took, not after events that were only read.

use bimpe::ErrorKind;
use bimpe::engine::StreamOptions;

use crate::harness::{World, block_on};
use crate::streams::{event, sse, stream, world};

/// A server that sends all of this at once, on one connection.
fn server(text: String) -> World {
    world(move |_, _| sse(text.clone()))
}

fn options(after: Option<&str>) -> StreamOptions {
    let mut options = StreamOptions::default();
    options.reconnect = false;
    options.after = after.map(str::to_owned);
    options
}

#[test]
fn the_cursor_begins_with_after_and_follows_what_is_taken() {
    let bad = "id: m2\ndata: {oops\n\n";
    let nameless = "data: {}\n\n";
    let world = server(format!("{}{bad}{nameless}{}{}", event(1), event(4), event(5)));
    let mut stream = stream(&world, options(Some("m0")));
    assert_eq!(stream.last_id(), Some("m0"));
    block_on(async {
        for wanted in [Ok("m1"), Err("m2"), Ok("m2"), Ok("m4")] {
            let next = stream.next().await.expect("another event");
            let given = stream.last_id().expect("it has begun");
            assert_eq!(next.map(|_| given).map_err(|_| given), wanted);
        }
        stream.close();
    });
    assert_eq!(stream.last_id(), Some("m4"), "what was read and not taken does not count");
}

#[test]
fn the_cursor_passes_an_event_that_cannot_be_read_to_its_end() {
    let world = server("data: {\"id\": \"m1\", \"message\": \"cut\n\n".to_owned());
    let mut stream = stream(&world, options(None));
    let error = block_on(stream.next()).expect("something").expect_err("it is no JSON");
    assert_eq!((error.kind(), stream.last_id()), (ErrorKind::StreamDecode, Some("m1")));
}

/// More than one event may hold.
fn endless(id: &str) -> String {
    format!("id: {id}\ndata: {}", "x".repeat(2 << 20))
}

#[test]
fn an_oversized_event_is_skipped() {
    let world =
        world(|connection, _| sse(if connection == 0 { event(1) + &endless("m2") } else { event(3) }));
    let mut stream = stream(&world, StreamOptions::default());
    block_on(async {
        for wanted in [Ok("m1"), Err("m2"), Ok("m3")] {
            let next = stream.next().await.expect("another event");
            let given = stream.last_id().expect("it has begun");
            assert_eq!(next.map(|_| given).map_err(|_| given), wanted);
        }
    });
}

#[test]
fn an_oversized_event_without_an_id_ends_the_stream() {
    for text in [endless("m2").replace("id:", "x:"), endless("m1")] {
        let world = server(event(1) + &text);
        let mut stream = stream(&world, StreamOptions::default());
        block_on(async {
            assert!(stream.next().await.expect("an event").is_ok());
            let error = stream.next().await.expect("no silent end").expect_err("it is too large");
            assert_eq!((error.kind(), stream.last_id()), (ErrorKind::StreamDecode, Some("m1")));
            assert!(stream.next().await.is_none());
        });
    }
}
