//! Phone calls and phone numbers.

mod common;

use std::time::Duration;

use common::{Api, code, text};
use serde_json::{Value, json};

const CALLS: &str = "{agent}/calls";

fn test_call(destination: &str) -> Value {
    json!({ "destination": destination, "is_test_call": true })
}

#[tokio::test]
async fn test_call_ends_after_two_seconds() {
    let api = Api::start().await;
    let made = api.post(CALLS, test_call("+2348012345678")).await;
    assert_eq!((made.0, text(&made, "status")), (201, "initiated"));
    let call = format!("{CALLS}/{}", text(&made, "call_id"));
    assert_eq!(api.get(&call).await.1["data"]["status"], "queued");
    api.admin("/clock", json!({ "advance": 2 })).await;
    let ended = api.get(&call).await;
    assert_eq!(text(&ended, "status"), "ended");
    assert_eq!(ended.1["data"]["conversation_logs"].as_array().map(Vec::len), Some(2));
    let list = api.get(&format!("{CALLS}?status=ended&is_test_call=true&sort=-created_on")).await;
    assert_eq!(list.1["meta"]["total_count"], 1);
    assert_eq!(list.1["data"][0].get("conversation_logs"), None);
}

#[tokio::test]
async fn call_rings_and_ends_by_the_clock() {
    let api = Api::start().await;
    api.sandbox.freeze(true).expect("a clock");
    let made = api.post(CALLS, test_call("+2348012345678")).await;
    let call = format!("{CALLS}/{}", text(&made, "call_id"));
    for (milliseconds, status) in [(299, "queued"), (1, "ringing"), (400, "answered"), (1000, "ended")] {
        api.sandbox.advance(Duration::from_millis(milliseconds)).expect("a clock");
        assert_eq!(text(&api.get(&call).await, "status"), status);
    }
}

#[tokio::test]
async fn special_destinations_are_busy_fail_or_are_missed() {
    let api = Api::start().await;
    let busy = api.post(CALLS, test_call("+447700900001")).await;
    assert_eq!(text(&busy, "status"), "busy");
    let failed = api.post(CALLS, test_call("+447700910002")).await;
    assert_eq!((text(&failed, "status"), failed.1["data"].get("call_id")), ("failed", None));
    let missed = api.post(CALLS, test_call("+447700910003")).await;
    api.admin("/clock", json!({ "advance": 2 })).await;
    let call = api.get(&format!("{CALLS}/{}", text(&missed, "call_id"))).await;
    assert_eq!((text(&call, "status"), &call.1["data"]["answered_at"]), ("ended", &Value::Null));
}

#[tokio::test]
async fn real_call_without_a_linked_number_is_refused() {
    let api = Api::start().await;
    let real = json!({ "destination": "+2348012345678", "is_test_call": false });
    assert_eq!(code(&api.post(CALLS, real.clone()).await), (400, "channel_not_configured"));
    assert_eq!(api.get("{agent}/channels").await.1["data"], json!([]));

    let wanted = json!({
        "business_name": "Corner Shop", "intended_use": "Orders", "region": "ng", "agent_count": 1, "outbound_minutes": 60,
    });
    let request = api.post("/phone-numbers/request", wanted).await;
    assert_eq!((request.0, text(&request, "status")), (201, "under_review"));
    let number =
        api.admin(&format!("/phone-number-requests/{}/approve", text(&request, "id")), Value::Null).await;
    assert_eq!(api.get("/phone-numbers/request").await.1["data"][0]["status"], "approved");
    assert_eq!(api.get("/phone-numbers").await.1["meta"]["total_count"], 2);

    let number = format!("/phone-numbers/{}", text(&number, "id"));
    let linked = api.patch(&number, json!({ "agent_id": api.sandbox.agent_id(), "label": "Orders" })).await;
    assert_eq!((linked.0, &linked.1["data"]["inbound_enabled"]), (200, &json!(true)));
    assert_eq!(api.post(CALLS, real.clone()).await.0, 201);
    assert_eq!(api.get("{agent}/channels").await.1["data"][0]["type"], "telephony");
    api.patch(&number, json!({ "agent_id": null })).await;
    assert_eq!(code(&api.post(CALLS, real).await), (400, "channel_not_configured"));
    assert_eq!(code(&api.patch(&number, json!({ "agent_id": "unknown" })).await), (404, "not_found"));
}
