//! Every operation against hostile ids and hostile responses.

use std::sync::LazyLock;

use bimpe::engine::OperationRequest;
use bimpe::{Client, Error, ErrorKind};
use bimpe_fault_server::results::{is_full_run, record};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use crate::harness::{SERVER, TABLE, block_on, client};
use crate::operations::{self, Described};

const SWEEPS_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cases/sweeps.json");

/// The sweeps of all SDKs.
pub(crate) static SWEEPS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(&std::fs::read_to_string(SWEEPS_FILE).expect("the sweeps")).expect("JSON")
});

/// An ordinary run tries one combination of an operation and a response in this many.
const SAMPLE: usize = 8;
/// Number of responses that are tried at once.
const TOGETHER: usize = 4;

/// The outcome of a call, or of the first event of a stream.
async fn outcome(client: &Client, operation: &Described, call: OperationRequest) -> Result<(), Error> {
    if !operation.is_stream() {
        return client.execute(call).await.map(|_| ());
    }
    let [agent, conversation] = &call.path[..] else { panic!("a stream has two ids") };
    let messages = client.conversations().messages();
    let mut events = messages.stream(agent, conversation).max_reconnects(0).lenient().open().await?;
    events.try_next().await.map(|_| ())
}

fn decoded(segment: &str) -> Vec<u8> {
    let mut bytes = segment.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits: String = bytes.by_ref().take(2).map(char::from).collect();
            out.push(u8::from_str_radix(&digits, 16).expect("two hex digits"));
        } else {
            out.push(byte);
        }
    }
    out
}

/// Whether a target is that of the operation with just these ids.
fn is_right(target: &str, operation: &Described, ids: &[String]) -> bool {
    let path = target.split('?').next().expect("there is always a first part");
    let Some((_, path)) = path.split_once("/api/v1/console") else { return false };
    let segments: Vec<Vec<u8>> = path.split('/').map(decoded).collect();
    let mut left = ids.iter();
    let fill = |part: &str| -> Vec<u8> {
        if part.starts_with('{') { left.next().expect("an id").clone().into_bytes() } else { part.into() }
    };
    let mut wanted: Vec<Vec<u8>> = operation.template.split('/').map(fill).collect();
    if operation.is_stream() && target.ends_with("/stream-ticket") {
        *wanted.last_mut().expect("a segment") = b"stream-ticket".to_vec();
    }
    segments == wanted
}

/// Returns the errors of the requests, one for each list of ids that was not refused.
fn compare(operation: &Described, accepted: &[Vec<String>], request_log: &Value) -> Vec<String> {
    let requests = request_log["requests"].as_array().expect("a list");
    if requests.len() != accepted.len() {
        return vec![format!("{}: {} requests, {} calls", operation.id, requests.len(), accepted.len())];
    }
    let targets = requests.iter().map(|request| request["target"].as_str().expect("text"));
    let pairs = targets.zip(accepted).filter(|(target, ids)| !is_right(target, operation, ids));
    pairs.map(|(target, ids)| format!("{} with {ids:?} reaches {target}", operation.id)).collect()
}

#[test]
fn an_id_never_reaches_another_endpoint() {
    let script = json!({"last": "cycle", "replies": SWEEPS["responses_to_ids"]});
    let ids = SWEEPS["ids"].as_array().expect("a list");
    let mut runs = 0;
    let mut refused = 0;
    let mut wrong = Vec::new();
    block_on(async {
        for operation in operations::all() {
            let scenario = SERVER.scenario(script.clone()).expect("a valid script");
            let client = client(scenario.base_url(), &json!({})).build().expect("valid settings");
            let mut accepted = Vec::new();
            for (place, id) in
                (0..operation.path.len()).flat_map(|place| ids.iter().map(move |id| (place, id)))
            {
                let mut path = operation.path.clone();
                id.as_str().expect("text").clone_into(&mut path[place]);
                let outcome = outcome(&client, &operation, operation.call(path.clone())).await;
                runs += 1;
                if outcome.is_err_and(|error| error.kind() == ErrorKind::User) {
                    refused += 1;
                } else {
                    // A stream asks for its ticket first.
                    accepted.extend(std::iter::repeat_n(path, if operation.is_stream() { 2 } else { 1 }));
                }
            }
            wrong.extend(compare(&operation, &accepted, &scenario.request_log()));
        }
    });
    let what = "Hostile ids in every place of every operation";
    record(1, what, runs, &json!({"wrong paths": wrong.len()}), &json!({"wrong paths": 0}));
    assert!(refused * 5 > runs && refused * 2 < runs, "{refused} of {runs} refused");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns the error of the result of a malformed response.
fn judge(operation: &Described, hostile: &Value, outcome: Result<(), Error>) -> Option<String> {
    let Err(error) = outcome else {
        let enough = hostile["success_allowed"] == true && may_be_empty(operation);
        return (!enough).then(|| "it succeeds".to_owned());
    };
    let facts = error.to_json();
    let complete = error.attempts() >= 1
        && facts["method"].is_string()
        && facts["path"].is_string()
        && error.request_id().is_some_and(|id| !id.is_empty());
    // A stream that cannot open says that it was given up.
    let expected =
        error.kind().as_str() == hostile["expected_error"] || error.kind() == ErrorKind::StreamEnded;
    let leaks = format!("{error} {error:?} {facts}").contains(TABLE["api_key"].as_str().expect("text"));
    let right = expected && (complete || operation.is_stream()) && !leaks;
    (!right).then(|| format!("it fails with {error} {facts}"))
}

/// Calls the operations against one hostile response, and says how many calls there were and what was wrong.
async fn check_sdk(hostile: &Value, operations: Vec<&Described>) -> (usize, Vec<String>) {
    let script = json!({"last": "repeat", "replies": [hostile["reply"]]});
    let scenario = SERVER.scenario(script).expect("a valid script");
    let seconds = if hostile["expected_error"] == "timeout" { 0.4 } else { 20.0 };
    let settings = json!({"max_retries": 0, "timeout": seconds});
    let client = &client(scenario.base_url(), &settings).build().expect("valid settings");
    let runs = operations.len();
    let calls = operations.into_iter().map(|operation| async move {
        let outcome = outcome(client, operation, operation.call(operation.path.clone())).await;
        let what = judge(operation, hostile, outcome)?;
        Some(format!("{} and {}: {what}", operation.id, hostile["name"]))
    });
    (runs, join_all(calls).await.into_iter().flatten().collect())
}

/// Whether the API promises nothing for this operation.
fn may_be_empty(operation: &Described) -> bool {
    matches!(operation.call(Vec::new()).operation.response, bimpe::schema::ResponseShape::Nothing)
}

#[test]
fn a_hostile_response_ends_in_an_error_of_this_library() {
    let replies = SWEEPS["replies"].as_array().expect("a list");
    let operations = operations::all();
    let chosen = |number: usize, hostile: &Value| {
        let every = is_full_run() && hostile["heavy"] != true;
        let all = operations.iter().enumerate();
        let tried = all.filter(move |(index, _)| every || (index + number).is_multiple_of(SAMPLE));
        tried.map(|(_, operation)| operation).collect()
    };
    let results: Vec<(usize, Vec<String>)> = block_on(
        stream::iter(replies.iter().enumerate())
            .map(|(number, hostile)| check_sdk(hostile, chosen(number, hostile)))
            .buffer_unordered(TOGETHER)
            .collect(),
    );
    let runs: usize = results.iter().map(|(runs, _)| runs).sum();
    let wrong: Vec<String> = results.into_iter().flat_map(|(_, wrong)| wrong).collect();
    let figures = json!({"foreign or incomplete errors": wrong.len()});
    record(
        12,
        "Hostile responses to every operation",
        runs as u64,
        &figures,
        &json!({"foreign or incomplete errors": 0}),
    );
    assert!(wrong.is_empty(), "of {runs}:\n{}", wrong.join("\n"));
}
