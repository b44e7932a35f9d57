//! Streams that a task reads ahead: all events in their order, and not many of them before somebody asks.

use std::sync::mpsc::{Receiver, channel};
use std::thread::sleep;
use std::time::Duration;

use bimpe::ErrorKind;
use bimpe::ahead::Ahead;
use bimpe::background::Background;
use bimpe::engine::{StreamBatch, StreamOptions};
use bimpe::testing::reply;

use crate::harness::World;
use crate::streams::{event, sse, stream, world};

/// Events of each connection.
const EACH: usize = 10;
/// With so many, the task rests.
const ENOUGH: usize = 32;
const PATIENCE: Duration = Duration::from_secs(20);

/// A stream without end: each connection brings some events and is lost.
fn endless() -> World {
    world(|connection, _| sse((connection * EACH..(connection + 1) * EACH).map(event).collect()))
}

fn ahead(world: &World, options: StreamOptions) -> (Ahead, Receiver<()>) {
    let (told, news) = channel();
    let ahead = Ahead::new(stream(world, options), move || {
        // Tests end before the task does.
        let _ = told.send(());
    });
    (ahead, news)
}

/// What comes next.
fn next(ahead: &Ahead, news: &Receiver<()>) -> Result<StreamBatch, bimpe::Error> {
    loop {
        if let Some(brought) = ahead.take() {
            return brought;
        }
        ahead.want(|task| Background::start().expect("a thread").begin(task));
        news.recv_timeout(PATIENCE).expect("something comes");
    }
}

#[test]
fn events_come_in_their_order_and_then_the_end() {
    let world = world(|_, _| sse((0..5000).map(event).collect()));
    let mut options = StreamOptions::default();
    options.reconnect = false;
    let (ahead, news) = ahead(&world, options);
    assert!(ahead.take().is_none(), "nobody has asked");
    let mut ids = Vec::new();
    loop {
        let batch = next(&ahead, &news).expect("no error");
        if batch.is_end() {
            break;
        }
        ids.extend(batch.events.iter().filter_map(|event| event.id.map(str::to_owned)));
    }
    assert!(ids.into_iter().eq((0..5000).map(|id| format!("m{id}"))));
    assert!(ahead.take().is_some_and(|brought| brought.expect("no error").is_end()), "it stays at its end");
}

#[test]
fn the_task_rests_when_enough_has_come() {
    let world = endless();
    let (ahead, news) = ahead(&world, StreamOptions::default());
    ahead.want(|task| Background::start().expect("a thread").begin(task));
    news.recv_timeout(PATIENCE).expect("something comes");
    // A ticket and a stream for each connection.
    let connections = || world.sent() / 2;
    while connections() <= ENOUGH / EACH {
        sleep(Duration::from_millis(1));
    }
    sleep(Duration::from_millis(100));
    assert_eq!(connections(), ENOUGH / EACH + 1, "it reads no further");

    let mut taken = 0;
    while taken < 100 * ENOUGH {
        let events = next(&ahead, &news).expect("no error").events;
        for id in events.iter().filter_map(|event| event.id) {
            assert_eq!(id, format!("m{taken}"));
            taken += 1;
        }
    }
    ahead.close();
}

#[test]
fn after_an_error_nothing_is_sent_until_somebody_asks_again() {
    let world = world(|_, _| reply(404, r#"{"message": "no", "code": "not_found", "statusCode": 404}"#));
    let (ahead, news) = ahead(&world, StreamOptions::default());
    assert_eq!(next(&ahead, &news).expect_err("it is not there").kind(), ErrorKind::NotFound);
    let sent = world.sent();
    sleep(Duration::from_millis(50));
    assert!(ahead.take().is_none());
    assert_eq!(world.sent(), sent);
    assert!(next(&ahead, &news).expect("no error").is_end());
}

#[test]
fn closing_tells_who_waits_and_drops_what_has_come() {
    let world = endless();
    let (ahead, news) = ahead(&world, StreamOptions::default());
    next(&ahead, &news).expect("a connection");
    while news.try_recv().is_ok() {}
    ahead.close();
    news.recv_timeout(PATIENCE).expect("whoever waits is told");
    assert!(ahead.take().is_some_and(|brought| brought.expect("no error").is_end()));
}
