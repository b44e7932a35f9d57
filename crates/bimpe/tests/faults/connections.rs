//! Connections that end between two calls, or bring what no request asked for: no call is lost, and none gets the response
//! of another.

use std::sync::LazyLock;
use std::time::Duration;

use bimpe::engine::OperationRequest;
use bimpe::{Client, Error, ErrorKind};
use bimpe_fault_server::results::{is_full_run, record};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{SERVER, client, over};

static CASES: LazyLock<Value> = LazyLock::new(|| {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cases/connections.json");
    serde_json::from_str(&std::fs::read_to_string(file).expect("the table")).expect("JSON")
});

/// On one thread, as bindings do. On several, hyper can report GOAWAY for a request that it has just sent.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

fn list(name: &str) -> &'static Vec<Value> {
    CASES[name].as_array().expect("a list")
}

/// A client that never repeats a request itself.
fn client_of(base_url: &str) -> Client {
    client(base_url, &json!({"max_retries": 0})).ca_file(SERVER.ca_file()).build().expect("valid settings")
}

/// Sends a write, and returns the id in the response.
async fn write(client: &Client) -> Result<Value, Error> {
    let response = client.execute(OperationRequest::new("POST /agents")?).await?;
    Ok(serde_json::from_str::<Value>(response.data()).expect("JSON")["id"].clone())
}

#[test]
fn http2_connections_that_end_lose_no_call() {
    let calls = if is_full_run() { 3000 } else { 260 };
    let (mut runs, mut lost, mut repeated) = (0, 0, 0);
    for case in list("http2") {
        for together in case["concurrency"]
            .as_array()
            .unwrap_or(list("concurrency"))
            .iter()
            .map(|count| count.as_u64().expect("a number"))
        {
            let mut script = case["script"].clone();
            script["body"] = json!({"success": true, "data": {"id": "own"}});
            let (number, base_url) = SERVER.http2(script).expect("a valid script");
            let client = client_of(&base_url);
            let failed = block_on(async {
                let mut failed = Vec::new();
                for _ in 0..calls / together {
                    let outcomes = join_all((0..together).map(|_| write(&client))).await;
                    failed.extend(outcomes.into_iter().filter_map(Result::err));
                }
                failed
            });
            let request_log = SERVER.http2_counters(number);
            let sent = calls / together * together;
            runs += sent;
            lost += failed.len();
            repeated += request_log["processed"].as_u64().expect("a number").saturating_sub(sent);
        }
    }
    let seen = json!({"calls lost": lost, "requests repeated": repeated});
    record(2, "HTTP/2 connections that end", runs, &seen, &json!({"calls lost": 0, "requests repeated": 0}));
    assert_eq!((lost, repeated), (0, 0));
}

/// With a real nginx, where one is installed.
#[test]
fn http2_connections_of_nginx_lose_no_call() {
    let calls: usize = if is_full_run() { 3000 } else { 320 };
    let (mut runs, mut lost) = (0, Vec::new());
    for (requests, together) in [(40, 32), (40, 64), (5, 32), (5, 64)] {
        let Some(base_url) = SERVER.nginx(requests) else { return };
        let client = client_of(&base_url);
        block_on(async {
            for _ in 0..calls / together {
                let outcomes = join_all((0..together).map(|_| write(&client))).await;
                lost.extend(outcomes.into_iter().filter_map(Result::err));
            }
        });
        runs += calls / together * together;
    }
    record(
        2,
        "HTTP/2 connections of nginx",
        runs as u64,
        &json!({"calls lost": lost.len()}),
        &json!({"calls lost": 0}),
    );
    assert!(lost.is_empty(), "{} of {runs}: {}", lost.len(), lost[0]);
}

#[test]
fn a_request_that_goaway_includes_may_have_been_applied() {
    let mut script = CASES["lost_connection"].clone();
    script["body"] = json!({});
    let (number, base_url) = SERVER.http2(script).expect("a valid script");
    let error = block_on(async { write(&client_of(&base_url)).await }).expect_err("it has no response");
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(error.may_have_been_applied(), "{error}");
    assert_eq!(SERVER.http2_counters(number)["processed"], 1);
}

#[test]
fn idle_http1_connections_are_checked_before_reuse() {
    let calls = if is_full_run() { 200 } else { 12 };
    let mut tries = Vec::new();
    for case in list("http1") {
        for listener in ["plain", "good"] {
            tries.push(async move { (case, listener, between(case, listener, calls).await) });
        }
    }
    let outcomes = block_on(join_all(tries));
    let runs = calls * outcomes.len();
    let wrong: Vec<_> = outcomes.into_iter().filter(|(_, _, wrong)| !wrong.is_empty()).collect();
    let seen = json!({"calls lost or with a wrong response": wrong.len()});
    let goal = json!({"calls lost or with a wrong response": 0});
    record(2, "HTTP/1.1 connections that end between calls", runs as u64, &seen, &goal);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Returns the errors of sequential requests.
async fn between(case: &Value, listener: &str, calls: usize) -> Vec<String> {
    let mut reply = case["reply"].clone();
    reply["body"] = json!({"success": true, "data": {"id": "own"}});
    if reply["after"]["raw"] == "unsolicited" {
        reply["after"]["raw"] = json!({"text": CASES["unsolicited"]});
    }
    let scenario = SERVER.scenario(json!({"last": "repeat", "replies": [reply]})).expect("a valid script");
    let addresses = SERVER.addresses();
    let base_url = match addresses["tls"][listener].as_str() {
        Some(listener) => over(&scenario, listener),
        None => scenario.base_url().to_owned(),
    };
    let client = client_of(&base_url);
    let pause = Duration::from_secs_f64(case["pause"].as_f64().expect("seconds"));
    let mut wrong = Vec::new();
    for _ in 0..calls {
        match write(&client).await {
            Ok(id) if id == "own" => {}
            Ok(id) => wrong.push(format!("the response of {id}")),
            Err(error) => {
                wrong.push(format!("{error}, may have been applied: {}", error.may_have_been_applied()));
            }
        }
        tokio::time::sleep(pause).await;
    }
    let sent = scenario.request_log()["requests"].as_array().expect("a list").len();
    if sent != calls {
        wrong.push(format!("{sent} requests for {calls} calls"));
    }
    wrong
}
