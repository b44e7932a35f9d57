//! A panic becomes an error at the border to another language, and leaves the client as it was.

use std::sync::atomic::{AtomicUsize, Ordering};

use bimpe::panics::{caught, caught_async};
use bimpe::testing::{MemoryTransport, reply};
use bimpe::{Error, ErrorKind};

use crate::harness::{World, block_on, call};

const CANARY: &str = "canary of a panic";

fn check(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(!format!("{error:?} {error} {}", error.to_json()).contains(CANARY));
}

#[test]
fn of_a_function() {
    let outcome = caught(|| panic!("{CANARY}"), Err::<(), _>);
    check(&outcome.expect_err("it panicked"));
    assert_eq!(caught(|| 5, |_error| 6), 5);
}

#[test]
fn of_a_call_and_the_next_call_succeeds() {
    let count = AtomicUsize::new(0);
    let world = World::new(MemoryTransport::new(move |_| {
        assert!(count.fetch_add(1, Ordering::Relaxed) > 0, "{CANARY}");
        reply(200, r#"{"message": "ok", "data": {"id": "cm1"}}"#)
    }));
    let retrieve = || caught_async(world.client.execute(call("agents.retrieve", &["cm1"])), Err);
    check(&block_on(retrieve()).expect_err("it panicked"));
    assert_eq!(block_on(retrieve()).expect("an agent").attempts, 1);
}
