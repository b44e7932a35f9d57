//! Every case of the table.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bimpe::Error;
use bimpe_fault_server::results::{is_full_run, record};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use crate::calls::{self, Given};
use crate::harness::{SERVER, TABLE, block_on, client, over, scenario};
use crate::names::{foreign, own_text};

/// How many cases run at once.
const TOGETHER: usize = 8;
/// How much earlier than asked a request may seem to come, for the clocks' sake.
const TOLERANCE: f64 = 0.05;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

/// Whether a result holds what it should; fields that the server left out are there with empty values.
fn holds(given: &Value, wanted: &Value) -> bool {
    match (given, wanted) {
        (Value::Object(given), Value::Object(wanted)) => {
            wanted.iter().all(|(name, wanted)| given.get(name).is_some_and(|given| holds(given, wanted)))
        }
        (Value::Array(given), Value::Array(wanted)) => {
            given.len() == wanted.len()
                && given.iter().zip(wanted).all(|(given, wanted)| holds(given, wanted))
        }
        // A value in place of an object becomes its nameless field.
        (Value::Object(given), wanted) => given.get("") == Some(wanted),
        _ => given == wanted,
    }
}

/// Returns the differences between an error and a case.
fn judge_error(case: &Value, error: &Error, sent_keys: &BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    let facts = error.to_json();
    let text = error.to_string();
    if facts["kind"] != case["expected_error"] {
        wrong.push(format!("it is {} and should be {}: {text}", facts["kind"], case["expected_error"]));
    }
    for (name, wanted) in case["error_fields"].as_object().into_iter().flatten() {
        let equal = facts[name] == *wanted || (wanted.is_number() && facts[name].as_f64() == wanted.as_f64());
        if !equal {
            wrong.push(format!("`{name}` is {} and should be {wanted}", facts[name]));
        }
    }
    for (name, found) in [("message", Some(error.message())), ("os_code", error.os_code())] {
        if case[name].is_string() && case[name].as_str() != found {
            wrong.push(format!("`{name}` is {found:?} and should be {}", case[name]));
        }
    }
    for name in foreign(&own_text(error)) {
        wrong.push(format!("`{name}` is not a name of Rust: {text}"));
    }
    for words in case["message_contains"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !text.contains(words) {
            wrong.push(format!("it does not say `{words}`: {text}"));
        }
    }
    if let Some(origin) = case["origin"].as_str()
        && !error.location_origin().is_some_and(|found| found.starts_with(origin))
    {
        wrong.push(format!("it points to {:?} instead of {origin}", error.location_origin()));
    }
    if case["same_key"] == true && error.idempotency_key().is_none_or(|key| !sent_keys.contains(key)) {
        wrong.push("it does not hold the key that was sent".to_owned());
    }
    if case["may_contain_canary"] != true && format!("{text} {error:?} {facts}").contains("canary") {
        wrong.push(format!("it gives a secret away: {text} {facts}"));
    }
    wrong
}

fn judge_requests(case: &Value, request_log: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let requests = request_log["requests"].as_array().expect("a list");
    let mut equal = |name: &str, found: usize| {
        if case[name].as_u64().is_some_and(|wanted| wanted != found as u64) {
            wrong.push(format!("{name}: {found} instead of {}", case[name]));
        }
    };
    equal("requests", requests.len());
    equal("keys", keys(request_log).len());
    equal(
        "effects",
        request_log["effects"].as_u64().and_then(|count| count.try_into().ok()).expect("a number"),
    );
    if case["max_requests"].as_u64().is_some_and(|most| requests.len() as u64 > most) {
        wrong.push(format!("{} requests", requests.len()));
    }
    for (pair, wanted) in requests.windows(2).zip(numbers(&case["spacing"])) {
        let gap = pair[1]["at"].as_f64().expect("seconds") - pair[0]["at"].as_f64().expect("seconds");
        if gap < wanted - TOLERANCE {
            wrong.push(format!("{gap} seconds between requests instead of {wanted}"));
        }
    }
    wrong
}

fn keys(request_log: &Value) -> BTreeSet<String> {
    let requests = request_log["requests"].as_array().expect("a list");
    requests.iter().filter_map(|request| request["key"].as_str()).map(str::to_owned).collect()
}

/// Runs a case, and says how long it took and what went wrong.
async fn run(case: &Value) -> (Duration, Vec<String>) {
    let scenario = scenario(&case["replies"]);
    let addresses = SERVER.addresses();
    let base = match (case["transport"].as_str(), case["address"].as_str()) {
        (Some("plain"), _) => scenario.base_url().replacen("http:", "https:", 1),
        (Some(listener), _) => over(&scenario, addresses["tls"][listener].as_str().expect("an address")),
        (_, Some(port)) => addresses[port].as_str().expect("an address").to_owned(),
        _ => scenario.base_url().to_owned(),
    };
    let mut builder = client(&base, &case["client"]);
    if case["transport"].is_string() && case["trusts_authority"] != false {
        builder = builder.ca_file(SERVER.ca_file());
    }
    let client = builder.build().expect("valid settings");
    let call = &TABLE["operations"][case["operation"].as_str().expect("a call")];
    let started = Instant::now();
    for _ in 0..case["preceding_requests"].as_u64().unwrap_or(0) {
        calls::make(&client, call).await;
    }
    let Given { outcome, items } = calls::make(&client, call).await;
    let elapsed = started.elapsed();

    let request_log = scenario.request_log();
    let mut wrong = judge_requests(case, &request_log);
    if case["items"].as_u64().is_some_and(|wanted| wanted != items as u64) {
        wrong.push(format!("{items} items instead of {}", case["items"]));
    }
    if case["max_seconds"].as_f64().is_some_and(|most| elapsed > Duration::from_secs_f64(most)) {
        wrong.push(format!("it took {elapsed:?}"));
    }
    match (&outcome, case.get("expected_error")) {
        (Ok(value), Some(kind)) => wrong.push(format!("it gives {value} instead of failing with {kind}")),
        (Err(error), Some(_)) => wrong.extend(judge_error(case, error, &keys(&request_log))),
        (Err(error), None) => wrong.push(format!("it fails with {error}")),
        (Ok(value), None) => {
            if !holds(value, &case["value"]) {
                wrong.push(format!("it gives {value} instead of {}", case["value"]));
            }
        }
    }
    (elapsed, wrong)
}

#[test]
fn faults_end_as_the_table_says() {
    let mut all = Vec::new();
    for (section, cases) in TABLE["cases"].as_object().expect("sections") {
        let cases = cases.as_array().expect("a list");
        let wrong: Vec<String> = block_on(
            stream::iter(cases)
                .map(|case| async move {
                    let (_, wrong) = run(case).await;
                    let name = case["name"].as_str().expect("every case has a name");
                    wrong.into_iter().map(|what| format!("{section}: {name}: {what}")).collect::<Vec<_>>()
                })
                .buffered(TOGETHER)
                .concat(),
        );
        let promise = TABLE["guarantees"][section].as_u64().unwrap_or(21);
        let what = format!("Faults: {section}");
        record(
            promise,
            &what,
            cases.len() as u64,
            &json!({"other outcomes": wrong.len()}),
            &json!({"other outcomes": 0}),
        );
        all.extend(wrong);
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// A full run measures on a machine that does nothing else; otherwise this only shows that calls end.
#[test]
fn deadlines_are_kept_within_milliseconds() {
    let cases = TABLE["cases"]["timeouts"].as_array().expect("a list");
    let rounds = TABLE["deadline_rounds"].as_u64().expect("a number");
    let all = (0..rounds).flat_map(|_| cases).filter(|case| case["expected_error"] == "timeout");
    let mut late = Vec::new();
    block_on(async {
        for case in all.take(if is_full_run() { usize::MAX } else { 1 }) {
            let (elapsed, wrong) = run(case).await;
            assert!(wrong.is_empty(), "{}: {}", case["name"], wrong.join("; "));
            let limit = Duration::from_secs_f64(case["client"]["timeout"].as_f64().expect("seconds"));
            late.push(u64::try_from(elapsed.saturating_sub(limit).as_millis()).expect("milliseconds"));
        }
    });
    let latest = late.iter().max().expect("there are cases");
    record(
        3,
        "Requests end by their timeout",
        late.len() as u64,
        &json!({"latest end (ms)": latest}),
        &json!({"latest end (ms)": 250}),
    );
}
