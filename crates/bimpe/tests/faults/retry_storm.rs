//! A server that is down: retries do not multiply the calls.

use bimpe_fault_server::results::record;
use futures_util::future::join_all;
use serde_json::json;

use crate::harness::{SERVER, block_on, client};

const CALLS: usize = 1000;

#[test]
fn retries_to_a_dead_server_stop_within_the_budget() {
    let script = json!({"last": "repeat", "replies": [{"status": 503}]});
    let scenario = SERVER.scenario(script).expect("a valid script");
    let client = client(scenario.base_url(), &json!({"max_retries": 2})).build().expect("valid settings");
    let calls = (0..CALLS).map(|_| client.agents().retrieve("cm1").lenient().into_future());
    let outcomes = block_on(join_all(calls));
    let errors: Vec<_> = outcomes.into_iter().map(|outcome| outcome.expect_err("it is down")).collect();
    let attempts = scenario.request_log()["requests"].as_array().expect("a list").len();
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let ratio = attempts as f64 / CALLS as f64;
    record(
        11,
        "A thousand requests to a dead server",
        CALLS as u64,
        &json!({"attempts per call": ratio}),
        &json!({"attempts per call": 1.2}),
    );
    assert!(ratio <= 1.2, "{ratio}");
    assert_eq!(errors.iter().map(|error| error.attempts() as usize).sum::<usize>(), attempts);
    assert!(errors.iter().any(bimpe::Error::retries_suppressed));
    assert!(errors.iter().all(bimpe::Error::retryable));
}
