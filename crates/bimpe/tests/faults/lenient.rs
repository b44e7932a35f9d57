//! The table of JSON as real servers write it.

use bimpe::{Client, Error, ErrorKind};
use bimpe_fault_server::results::record;
use serde::Serialize;
use serde_json::{Value, json};

use crate::harness::{SERVER, block_on, client, table};

/// The text that the server sends for a case in one of its forms.
fn text(table: &Value, case: &Value, form: &str) -> String {
    let fields = match case["depth"].as_u64().map(|depth| usize::try_from(depth).expect("a small number")) {
        Some(depth) => format!("\"x\": {}{}", "[".repeat(depth), "]".repeat(depth)),
        None => case["fields"].as_str().expect("text").to_owned(),
    };
    let mark = if case["byte_order_mark"] == true { "\u{feff}" } else { "" };
    mark.to_owned() + &table["templates"][form].as_str().expect("text").replace("$fields", &fields)
}

fn client_of(replies: &[Value]) -> Client {
    let scenario = SERVER.scenario(json!({ "replies": replies })).expect("a valid script");
    client(scenario.base_url(), &json!({"max_retries": 0})).build().expect("valid settings")
}

fn written(result: &impl Serialize) -> Value {
    serde_json::to_value(result).expect("results can be written")
}

/// Returns the result of the typed SDK in one of the forms.
async fn given(table: &Value, case: &Value, form: &str) -> Result<Value, Error> {
    let body = text(table, case, form);
    if form == "event" {
        let data = format!("data: {}\n", body.replace('\n', "\ndata: "));
        let client = client_of(&[
            json!({"match": {"path_ends": "/stream-ticket"}, "body": {"data": {"ticket": "tk"}}}),
            json!({"headers": {"content-type": "text/event-stream"}, "body": {"text": format!("event: message\n{data}\n")}}),
        ]);
        let mut events = client.conversations().messages().stream("cm1", "cm2").lenient().open().await?;
        return Ok(written(&events.try_next().await?.expect("an event")));
    }
    let status = if form == "error" { 404 } else { 200 };
    let client = client_of(&[json!({"status": status, "body": {"text": body}})]);
    match form {
        "page" => client.agents().list().lenient().await.map(|page| written(&page.data[0])),
        _ => client.agents().retrieve("cm1").lenient().await.map(|agent| written(&agent)),
    }
}

/// How many arrays lie in each other.
fn depth(mut value: &Value) -> u64 {
    let mut depth = 0;
    while let Some(items) = value.as_array() {
        depth += 1;
        value = items.first().unwrap_or(&Value::Null);
    }
    depth
}

fn judge(case: &Value, form: &str, given: Result<Value, Error>) -> Option<String> {
    let refused = case["rejected"] == true;
    let value = match (given, form) {
        (Ok(value), "result" | "page" | "event") => value,
        (Ok(value), _) => return Some(format!("it gives {value}")),
        (Err(error), "error") if error.kind() == ErrorKind::NotFound => {
            if refused {
                return None;
            }
            if error.message() != "no such agent" {
                return Some(format!("the message is {}", error.message()));
            }
            error.body().cloned().unwrap_or_default()
        }
        (Err(error), "event") if refused && error.kind() == ErrorKind::StreamDecode => return None,
        (Err(error), "result" | "page") if refused && error.kind() == ErrorKind::UnexpectedResponse => {
            return None;
        }
        (Err(error), _) => return Some(error.to_string()),
    };
    if refused {
        return Some("it is not refused".to_owned());
    }
    if let Some(wanted) = case["depth"].as_u64() {
        let found = depth(&value["x"]);
        return (found != wanted).then(|| format!("{found} levels"));
    }
    let fields = case["value"].as_object().expect("an object");
    let wrong = fields.iter().find(|(name, wanted)| value[name.as_str()] != **wanted);
    wrong.map(|(name, wanted)| format!("{name} is {} and should be {wanted}", value[name.as_str()]))
}

#[test]
fn json_with_common_defects_of_servers_is_read() {
    let table = table("lenient.json");
    let mut wrong = Vec::new();
    for case in table["cases"].as_array().expect("a list") {
        for form in ["result", "page", "event", "error"] {
            let given = block_on(given(&table, case, form));
            if let Some(what) = judge(case, form, given) {
                wrong.push(format!("{}, {form}: {what}", case["name"]));
            }
        }
    }
    let runs = 4 * table["cases"].as_array().map_or(0, Vec::len) as u64;
    let seen = json!({"other outcomes": wrong.len()});
    record(13, "JSON with common defects of servers", runs, &seen, &json!({"other outcomes": 0}));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
