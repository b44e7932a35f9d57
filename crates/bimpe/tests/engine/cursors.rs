//! Where a stream can be resumed: always after what was taken, never after what was only read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bimpe::ErrorKind;
use bimpe::ahead::Ahead;
use bimpe::background::Background;
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
            let next = stream.next().await.expect("it goes on");
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

#[test]
fn batches_count_as_taken_when_they_are_given() {
    let world = server(format!("{}{}id: m3\ndata: oops\n\n{}", event(1), event(2), event(4)));
    let told = Arc::new(AtomicUsize::new(0));
    let count = told.clone();
    let ahead = Ahead::new(stream(&world, options(Some("m0"))), move || {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let mut seen = vec![ahead.last_id()];
    loop {
        match ahead.take() {
            None => {
                ahead.want(|task| Background::start().expect("a thread").begin(task));
                std::thread::yield_now();
            }
            Some(Ok(batch)) if batch.is_end() => break,
            // The connection was made or lost.
            Some(Ok(batch)) if batch.events.is_empty() => {}
            Some(_) => seen.push(ahead.last_id()),
        }
    }
    let seen: Vec<_> = seen.iter().map(|id| id.as_deref().expect("it has begun")).collect();
    assert_eq!(seen, ["m0", "m2", "m3", "m4"]);
    assert!(told.load(Ordering::Relaxed) > 0);
}

/// More than one event may hold.
fn endless(id: &str) -> String {
    format!("id: {id}\ndata: {}", "x".repeat(2 << 20))
}

#[test]
fn an_event_that_is_too_large_is_passed_over() {
    let world =
        world(|connection, _| sse(if connection == 0 { event(1) + &endless("m2") } else { event(3) }));
    let mut stream = stream(&world, StreamOptions::default());
    block_on(async {
        for wanted in [Ok("m1"), Err("m2"), Ok("m3")] {
            let next = stream.next().await.expect("it goes on");
            let given = stream.last_id().expect("it has begun");
            assert_eq!(next.map(|_| given).map_err(|_| given), wanted);
        }
    });
}

#[test]
fn what_cannot_be_passed_over_is_the_end() {
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
