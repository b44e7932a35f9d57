//! The shared table of cursors. Rust programs merge streams that keep their own cursors, so each is read by itself.

use std::panic::AssertUnwindSafe;
use std::sync::LazyLock;
use std::time::Duration;

use bimpe::types::StreamMessageEvent;
use bimpe::{Client, ErrorKind, EventStream};
use bimpe_fault_server::results::record;
use futures_util::FutureExt;
use serde_json::{Value, json};

use crate::harness::{SERVER, block_on, client};

const TABLE_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cases/cursors.json");

/// The table that all languages share.
static TABLE: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(&std::fs::read_to_string(TABLE_FILE).expect("the table")).expect("JSON")
});

const UNREADABLE: &str = "!";

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

/// The behavior of the server in a case.
fn script(case: &Value) -> Value {
    let dated = |date: &Value| if date.is_null() { json!({}) } else { json!({ "date": date }) };
    let mut replies = vec![json!({
        "match": {"path_ends": "/stream-ticket"}, "times": 99, "body": {"data": {"ticket": "t"}},
        "headers": dated(&case["ticket_date"]),
    })];
    for (conversation, stream) in case["streams"].as_object().expect("streams") {
        let connections = list(&stream["connections"]);
        for (number, names) in connections.iter().enumerate() {
            let text: String = list(names)
                .iter()
                .map(|name| TABLE["events"][name.as_str().expect("a name")].as_str().expect("a known event"))
                .collect();
            let mut headers = dated(&stream["date"]);
            headers["content-type"] = "text/event-stream".into();
            let mut chunks = vec![json!({"text": format!(": hello\n\n{text}")})];
            if number + 2 >= connections.len() {
                // It stays open.
                chunks.push(json!({"text": "", "wait": 60}));
            }
            replies.push(json!({
                "match": {"path_ends": format!("/{conversation}/stream")}, "headers": headers, "chunks": chunks,
            }));
        }
    }
    json!({ "replies": replies })
}

async fn open(client: &Client, conversation: &str, after: Option<&str>) -> EventStream<StreamMessageEvent> {
    let mut request = client.conversations().messages().stream("a1", conversation).lenient();
    if let Some(after) = after {
        request = request.after(after);
    }
    request.open().await.expect("it opens")
}

/// Returns the id of the next event, or the mark of an unreadable event.
async fn next(events: &mut EventStream<StreamMessageEvent>) -> Option<String> {
    let next = tokio::time::timeout(Duration::from_secs(20), events.try_next()).await.expect("it comes");
    match next {
        Ok(event) => Some(event.expect("another event").id).filter(|id| !id.is_empty()),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::StreamDecode, "{error}");
            Some(UNREADABLE.to_owned())
        }
    }
}

async fn run(case: &Value) {
    let name = &case["name"];
    let scenario = SERVER.scenario(script(case)).expect("a valid script");
    let client = client(scenario.base_url(), &json!({})).build().expect("valid settings");
    for (conversation, stream) in case["streams"].as_object().expect("streams") {
        let after = case["after"].as_str().or_else(|| case["after"][conversation].as_str());
        let mut cursor = after.map(str::to_owned);
        // To open a stream is to connect, which the table does not expect where nothing is seen.
        if !list(&stream["expected_events"]).is_empty() {
            let mut events = open(&client, conversation, after).await;
            assert_eq!(events.last_id(), stream["first_cursor"].as_str(), "{name}");
            for seen in list(&stream["expected_events"]) {
                let given = next(&mut events).await;
                assert_eq!(json!([given, events.last_id()]), *seen, "{name}");
            }
            cursor = events.last_id().map(str::to_owned);
        }
        let mut events = open(&client, conversation, cursor.as_deref()).await;
        assert_eq!(next(&mut events).await.as_deref(), stream["next_event"].as_str(), "{name}");

        let request_log = scenario.request_log();
        let asked = list(&request_log["requests"]).iter().filter_map(|request| {
            let target = request["target"].as_str()?;
            let (path, query) = target.split_once('?')?;
            let pairs = url::form_urlencoded::parse(query.as_bytes());
            let after =
                pairs.into_iter().find(|(name, _)| name == "after").map(|(_, after)| after.into_owned());
            path.ends_with(&format!("/{conversation}/stream")).then_some(after)
        });
        assert_eq!(json!(asked.collect::<Vec<_>>()), stream["expected_after"], "{name}");
    }
}

#[test]
fn cursors_are_what_the_table_says() {
    let cases = list(&TABLE["cases"]);
    let wrong = block_on(async {
        let mut wrong = Vec::new();
        for case in cases {
            if AssertUnwindSafe(run(case)).catch_unwind().await.is_err() {
                wrong.push(&case["name"]);
            }
        }
        wrong
    });
    let seen = json!({"other outcomes": wrong.len()});
    let what = "Cursors before and after good and bad events";
    record(4, what, cases.len() as u64, &seen, &json!({"other outcomes": 0}));
    assert!(wrong.is_empty(), "{wrong:?}");
}
