//! Helpers in virtual time: what they send, how long they wait, and what they say when it was in vain.

mod ask;
mod difference;
mod ensure;
mod live;
mod options;
mod stream_url;
mod wait;

use bimpe::Error;
use bimpe::engine::OperationRequest;
use bimpe::testing::{Reply, reply};
use serde_json::{Value, json};

use crate::harness::{World, call, call_with};

/// Who asks: webchat users are UUIDs.
const USER: &str = "5b1d0c1e-7d0b-4a53-9c1a-0f6f3f3f8f11";

fn wait_for_call() -> OperationRequest {
    call("calls.wait", &["cm1", "cm2"])
}

fn ask(body: Value) -> OperationRequest {
    call_with("conversations.ask", &["cm1"], body)
}

/// Polls at this interval, in seconds.
fn every(call: &mut OperationRequest, seconds: Value) {
    call.query.insert("poll_interval".to_owned(), seconds);
}

fn ok(data: &Value) -> Reply {
    reply(200, json!({"message": "ok", "data": data}).to_string())
}

/// A page, which a list with pages must be.
fn page(data: &Value) -> Reply {
    let meta = json!({"total_count": 1, "page_count": 1, "current_page": 1, "limit": 50,
        "has_next_page": false, "has_previous_page": false});
    reply(200, json!({"message": "ok", "data": data, "meta": meta}).to_string())
}

/// The requests so far, as `METHOD path` below the prefix.
fn routes(world: &World) -> Vec<String> {
    let below = |path: &str| path.replace("/api/v1/console", "");
    world.transport.requests().iter().map(|r| format!("{} {}", r.method, below(r.uri.path()))).collect()
}

fn run(world: &World, call: OperationRequest) -> Result<Value, Error> {
    let response = world.run(call)?;
    let body: Value = serde_json::from_slice(response.body()).expect("the body is JSON");
    let data: Value = serde_json::from_str(response.data()).expect("the data is JSON");
    assert_eq!(body["data"], data, "body and data agree");
    assert!(response.meta().is_none() && response.next().is_none());
    Ok(data)
}
