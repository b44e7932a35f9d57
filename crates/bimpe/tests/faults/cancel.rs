//! A future is dropped, or the client closed: the call ends, wherever it is, and its connection with it.

use std::time::{Duration, Instant};

use bimpe::ErrorKind;
use bimpe_fault_server::results::{is_full_run, record};
use serde_json::json;
use tokio::time::sleep;

use crate::cancellation_points::{self, Point, Reached, is_closed, make, soon};
use crate::harness::{SERVER, block_on, client};

/// Some milliseconds for the call to settle where it is.
const MOMENT: Duration = Duration::from_millis(20);
/// No request may arrive within this time.
const LATER: Duration = Duration::from_millis(100);

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Dropped,
    Closed,
}

#[derive(Default)]
struct Tally {
    runs: u64,
    ended: Duration,
    closed: Duration,
    later: usize,
}

async fn give_up(point: &Point, way: Way, tally: &mut Tally) {
    let mut server = Reached::new(point).await;
    let settings = json!({"timeout": 60, "max_retries": 2});
    let client = client(&server.base_url(), &settings).build().expect("valid settings");
    let mut call = Box::pin(make(client.clone(), point));
    tokio::select! {
        outcome = &mut call => panic!("{}: it was not canceled: {outcome:?}", point.name),
        () = async { server.wait().await; sleep(MOMENT).await } => {}
    }
    let started = Instant::now();
    if way == Way::Dropped {
        drop(call);
    } else {
        client.close();
        let error = call.await.expect_err("it was given up");
        assert_eq!(error.kind(), ErrorKind::ClientClosed, "{}: {error}", point.name);
        drop(client);
    }
    tally.ended = tally.ended.max(started.elapsed());
    tally.closed = tally.closed.max(soon(|| server.is_closed()).await);
    let seen = server.requests();
    sleep(LATER).await;
    tally.later += server.requests() - seen;
    tally.runs += 1;
}

fn try_all(what: &str, way: Way) {
    let points = cancellation_points::all();
    let mut tally = Tally::default();
    block_on(async {
        for point in &points {
            for _ in 0..if is_full_run() { 5 } else { 1 } {
                give_up(point, way, &mut tally).await;
            }
        }
    });
    let millis = |time: Duration| u64::try_from(time.as_millis()).expect("a short time");
    let figures = json!({
        "slowest end of a call, ms": millis(tally.ended),
        "slowest close of a connection, ms": millis(tally.closed),
        "requests after the end": tally.later,
    });
    let goal = json!({
        "slowest end of a call, ms": 200, "slowest close of a connection, ms": 200, "requests after the end": 0,
    });
    record(15, &format!("{what} at {} points", points.len()), tally.runs, &figures, &goal);
    assert_eq!(tally.later, 0, "nothing is sent again");
}

#[test]
fn dropping_a_future_leaves_no_request() {
    try_all("Futures dropped", Way::Dropped);
}

#[test]
fn closing_a_client_leaves_no_request() {
    try_all("close()", Way::Closed);
}

/// The events that came are read, and then the program drops the stream.
#[test]
fn dropping_a_stream_closes_its_connection() {
    let script = json!({"replies": cancellation_points::replies(["ticket", "one event"])});
    let scenario = SERVER.scenario(script).expect("a valid script");
    let client = client(scenario.base_url(), &json!({})).build().expect("valid settings");
    block_on(async {
        let mut events =
            client.conversations().messages().stream("cm1", "cm2").lenient().open().await.expect("it opens");
        let first = events.try_next().await.expect("no error").expect("an event");
        assert_eq!(first.id, "e1");
        assert!(!is_closed(&scenario));
        drop(events);
        soon(|| is_closed(&scenario)).await;
    });
}

#[test]
fn aborting_a_task_repeatedly_leaves_no_request() {
    let script = json!({"replies": cancellation_points::replies(["never"]), "last": "repeat"});
    let scenario = SERVER.scenario(script).expect("a valid script");
    let client = client(scenario.base_url(), &json!({"timeout": 60})).build().expect("valid settings");
    block_on(async {
        let calls: Vec<_> =
            (0..100).map(|_| tokio::spawn(client.agents().retrieve("cm1").lenient().send())).collect();
        soon(|| scenario.request_log()["requests"].as_array().expect("a list").len() == calls.len()).await;
        for call in calls {
            call.abort();
            assert!(call.await.expect_err("it was given up").is_cancelled());
        }
        soon(|| is_closed(&scenario)).await;
    });
}
