//! Writes under fire: each is carried out at most once, and every error says rightly whether it may have been.

use std::collections::{HashMap, HashSet};

use bimpe::Error;
use bimpe::types::PipedreamConfigure;
use bimpe_fault_server::results::{is_full_run, record};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use crate::all_operations::SWEEPS;
use crate::harness::{SERVER, block_on, client};

const TOGETHER: usize = 48;
/// With these responses the server has not applied the request.
const REFUSALS: [u64; 3] = [408, 429, 503];

#[test]
fn a_write_is_applied_at_most_once_or_reported_as_uncertain() {
    let writes = &SWEEPS["writes"];
    let count =
        writes[if is_full_run() { "full_writes" } else { "ordinary_writes" }].as_u64().expect("a number");
    let order = writes["order"].as_str().expect("text");
    let replies: Vec<&Value> = order.chars().map(|digit| &writes["replies"][digit.to_string()]).collect();
    let scenario = SERVER.scenario(json!({"last": "cycle", "replies": replies})).expect("a valid script");
    let client = client(scenario.base_url(), &json!({})).build().expect("valid settings");

    let outcomes: Vec<(String, Result<(), Error>)> = block_on(
        stream::iter(0..count)
            .map(|number| {
                let client = client.clone();
                async move {
                    let key = format!("write-{number}");
                    let pipedream = client.agents().integrations().pipedream();
                    let request = pipedream.configure("cm1", PipedreamConfigure::new("google-sheets"));
                    // One in four must do without retries.
                    let retries = if number % 4 == 0 { 0 } else { 2 };
                    let outcome = request.idempotency_key(&key).max_retries(retries).await;
                    (key, outcome.map(|_| ()))
                }
            })
            .buffer_unordered(TOGETHER)
            .collect(),
    );

    let request_log = scenario.request_log();
    let committed: HashSet<&str> =
        request_log["committed_keys"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    let mut refused: HashMap<&str, bool> = HashMap::new();
    for request in request_log["requests"].as_array().expect("a list") {
        let surely = request["status"].as_u64().is_some_and(|status| REFUSALS.contains(&status));
        *refused.entry(request["key"].as_str().expect("a key")).or_insert(true) &= surely;
    }
    let effects = request_log["effects"].as_u64().expect("a number");
    let duplicates = effects - committed.len() as u64;
    let mut unfounded = 0;
    let mut misjudged = Vec::new();
    let mut errors = 0;
    for (key, outcome) in &outcomes {
        match outcome {
            Ok(()) => unfounded += u64::from(!committed.contains(key.as_str())),
            Err(error) => {
                errors += 1;
                let right = error.may_have_been_applied() != refused[key.as_str()];
                if !right || error.idempotency_key() != Some(key) {
                    misjudged.push(format!("{key}: {error}"));
                }
            }
        }
    }
    let figures = json!({"duplicate effects": duplicates, "success without effect": unfounded, "wrong about effects": misjudged.len()});
    record(
        2,
        "Writes over failing connections",
        count,
        &figures,
        &json!({"duplicate effects": 0, "success without effect": 0, "wrong about effects": 0}),
    );
    assert_eq!(duplicates, 0);
    assert_eq!(unfounded, 0);
    assert!(misjudged.is_empty(), "{}", misjudged.join("\n"));
    assert!(errors > count / 20, "{errors} errors are too few to judge");
}
