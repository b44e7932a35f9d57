//! Pacing by the rate limit of the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::iter;
use serde_json::{Value, json};

use bimpe::testing::{MemoryTransport, Reply, VirtualClock, reply};
use bimpe::{Client, ErrorKind, Pace};

use crate::harness::{World, block_on, call};

/// 2026-01-01 00:00 UTC, the start of virtual time.
const START: u64 = 1_767_225_600;

fn page(remaining: u64, reset_in: u64) -> Reply {
    let body = r#"{"message": "ok", "data": []}"#;
    let reply = reply(200, body).header("x-ratelimit-remaining", &remaining.to_string());
    reply.header("x-ratelimit-reset", &(START + reset_in).to_string())
}

fn world(replies: impl IntoIterator<Item = Reply>) -> World {
    let transport = MemoryTransport::script(replies);
    World::with(transport, VirtualClock::new(), |builder| builder.pace(Pace::Adaptive))
}

fn list(world: &World, timeout: u64) -> Result<u32, bimpe::Error> {
    let mut call = call("workflows.list", &[]);
    call.options.timeout = Some(Duration::from_secs(timeout));
    world.run(call).map(|response| response.attempts)
}

fn now(world: &World) -> u64 {
    bimpe::Clock::now(&world.clock).as_secs()
}

#[test]
fn a_request_waits_for_the_next_window() {
    let world = world([page(1, 40), page(0, 40), page(5, 100)]);
    for _ in 0..2 {
        list(&world, 60).expect("the window has room");
    }
    assert_eq!(now(&world), 0);
    assert_eq!(list(&world, 60).expect("it fits after the reset"), 1);
    assert_eq!((now(&world), world.sent()), (40, 3));
}

#[test]
fn a_window_that_ends_after_the_timeout_is_an_error_at_once() {
    let world = world([page(0, 40)]);
    list(&world, 60).expect("the first one");
    let error = list(&world, 30).expect_err("the window ends later");
    assert_eq!((error.kind(), error.attempts(), error.retryable()), (ErrorKind::RateLimit, 0, true));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(40)));
    assert!(error.message().contains("no room for 40 s, 30 s of the timeout are left"), "{error}");
    assert_eq!((now(&world), world.sent()), (0, 1));
}

#[test]
fn refused_requests_wait_and_cost_no_retries() {
    let refused = || reply(429, r#"{"message": "slow down"}"#).header("retry-after", "10");
    let world = world([refused(), refused(), refused(), refused(), page(5, 90)]);
    assert_eq!(list(&world, 120).expect("the fifth attempt succeeds"), 5);
    assert!(now(&world) >= 40);
}

#[test]
fn a_server_without_rate_limit_is_not_waited_for() {
    let world = world([1, 2, 3].map(|_| reply(200, r#"{"message": "ok", "data": []}"#)));
    for _ in 0..3 {
        assert_eq!(list(&world, 60).expect("no limit"), 1);
    }
    assert_eq!(now(&world), 0);
}

#[test]
fn each_key_has_its_own_window() {
    let transport = MemoryTransport::new(|request| {
        let is_first = request.headers["authorization"] == "Bearer sk_first";
        if is_first { page(0, 40) } else { page(9, 40) }
    });
    let world = World::with(transport, VirtualClock::new(), |builder| builder.pace(Pace::Adaptive));
    for (key, is_admitted) in
        [("sk_first", true), ("sk_second", true), ("sk_second", true), ("sk_first", false)]
    {
        let mut call = call("workflows.list", &[]);
        call.options.api_key = Some(bimpe::ApiKey::new(key).expect("a key"));
        call.options.timeout = Some(Duration::from_secs(5));
        assert_eq!(world.run(call).is_ok(), is_admitted, "{key}");
    }
}

#[test]
fn a_dropped_request_frees_its_place() {
    // In virtual time, a request without a response would time out at once.
    let in_2100 = 4_102_444_800 - START;
    let transport = MemoryTransport::script([page(1, in_2100), page(1, in_2100).never(), page(0, in_2100)]);
    let builder = Client::builder().api_key("sk_test").env(|_| None).transport(Arc::new(transport));
    let client = builder.pace(Pace::Adaptive).build().expect("valid settings");
    let request = || client.execute(call("workflows.list", &[]));
    block_on(async {
        request().await.expect("the window has room");
        let mut pending = request();
        assert!(futures_util::poll!(&mut pending).is_pending(), "the server does not respond");
        let mut next = request();
        assert!(futures_util::poll!(&mut next).is_pending(), "the window has room for one");
        drop(pending);
        next.await.expect("nothing is in flight");
    });
}

#[test]
fn tasks_share_the_windows_of_their_key() {
    let sandbox = bimpe_sandbox::Sandbox::start_blocking().expect("a sandbox");
    block_on(async {
        let address = format!("{}/_sandbox/keys", sandbox.url());
        let limit = json!({"rate_limit": 60, "rate_window": 2}).to_string();
        let request =
            reqwest::Client::new().post(address).header("content-type", "application/json").body(limit);
        let text = request.send().await.expect("a response").text().await.expect("text");
        let key: Value = serde_json::from_str(&text).expect("JSON");
        let key = key["data"]["api_key"].as_str().expect("a key");
        // Two clients know of each other.
        let clients = [(); 2].map(|()| {
            let builder = Client::builder().api_key(key).base_url(sandbox.url()).env(|_| None);
            builder.pace(Pace::Adaptive).build().expect("valid settings")
        });
        let attempts = Arc::new(AtomicU32::new(0));
        let requests = iter(0..150).map(|index: usize| {
            let (client, attempts) = (clients[index % 2].clone(), attempts.clone());
            async move {
                let response =
                    client.execute(call("agents.list", &[])).await.expect("it waits for its window");
                attempts.fetch_add(response.attempts, Ordering::Relaxed);
            }
        });
        requests.buffer_unordered(20).collect::<Vec<()>>().await;
        let attempts = attempts.load(Ordering::Relaxed);
        assert!((150..170).contains(&attempts), "{attempts} attempts");
    });
}
