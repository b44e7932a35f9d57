//! Paths of the sandbox itself: info, keys, clock, onboardings; and seeds.

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bimpe_sandbox::Sandbox;
use common::{Api, JsonResponse, code, read_json, text};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn info_names_the_sandbox_and_its_seed() {
    let api = Api::start().await;
    let info = api.admin_get("/info").await;
    assert_eq!((info.0, &info.1["data"]["sandbox"]), (200, &json!(true)));
    assert_eq!(text(&info, "version"), env!("CARGO_PKG_VERSION"));
    assert_eq!(text(&info, "url"), api.sandbox.url());
    assert_eq!(text(&info, "agent_id"), api.sandbox.agent_id());
    assert_eq!(text(&info, "workflow_id"), api.sandbox.workflow_id());
    assert!(!info.1.to_string().contains(api.sandbox.api_key()));
}

#[tokio::test]
async fn invalid_options_are_named_and_change_nothing() {
    let api = Api::start().await;
    let cases = [
        ("/keys", json!({ "scopes": "agents:read" }), "scopes: must be an array or null"),
        ("/keys", json!({ "scopes": ["all"] }), "scopes: must be some of agents:read, "),
        ("/keys", json!({ "rate_limit": "5" }), "rate_limit: must be an integer or null"),
        ("/keys", json!({ "rate_limit": -1 }), "rate_limit: must be at least 0"),
        ("/keys", json!({ "rate_window": 0 }), "rate_window: must be at least 1"),
        ("/keys", json!({ "expires_in": i64::MAX }), "expires_in: must be at most 315360000"),
        ("/keys", json!({ "expires_in": 1e300 }), "expires_in: must be at most 315360000"),
        ("/keys", json!({ "expiry": 1 }), "expiry: is not a known field"),
        ("/keys", json!([]), "body: must be an object"),
        ("/clock", json!({ "advance": -1 }), "advance: must be at least 0"),
        ("/clock", json!({ "advance": 1e300 }), "advance: must be at most 316224000"),
        ("/clock", json!({ "advance": "1" }), "advance: must be a number"),
        ("/clock", json!({ "frozen": 1 }), "frozen: must be a boolean"),
    ];
    for (path, body, expected) in cases {
        let refused = api.admin(path, body.clone()).await;
        assert_eq!(code(&refused), (400, "validation_error"), "{path} {body}");
        let message = refused.1["message"][0].as_str().unwrap_or_default();
        assert!(message.starts_with(expected), "{path} {body}: {message}");
    }
    assert_eq!(api.admin_get("/keys").await.1["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(api.admin_get("/clock").await.1["data"]["frozen"], false);
}

#[tokio::test]
async fn clock_advances_to_its_limit_without_a_panic() {
    let api = Api::start().await;
    let advance = json!({ "advance": 316_224_000 });
    let mut last = String::new();
    let refused = loop {
        let response = api.admin("/clock", advance.clone()).await;
        if response.0 != 200 {
            break response;
        }
        last = text(&response, "now").to_owned();
        assert_eq!(last.len(), "2026-11-29T00:00:00.000Z".len());
    };
    assert_eq!(code(&refused), (400, "validation_error"));
    assert!(last.as_str() > "8980", "{last}");
    let made = api.admin("/keys", json!({ "expires_in": 315_360_000 })).await;
    let key = api.http.get(api.at("/agents")).bearer_auth(text(&made, "api_key"));
    assert_eq!(read_json(key.send().await).await.0, 200);
}

#[tokio::test]
async fn frozen_clock_moves_only_when_advanced() {
    let api = Api::start().await;
    let frozen = api.admin("/clock", json!({ "frozen": true })).await;
    assert_eq!(frozen.1["data"]["frozen"], true);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(api.admin_get("/clock").await.1["data"], frozen.1["data"]);
    let body = json!({ "name": "n", "description": "d", "workflow_id": api.sandbox.workflow_id() });
    assert_eq!(text(&api.post("/agents", body).await, "created_at"), text(&frozen, "now"));

    let time = |response: &JsonResponse| chrono(text(response, "now"));
    let advanced = api.admin("/clock", json!({ "advance": 1.5 })).await;
    assert_eq!(time(&advanced) - time(&frozen), 1500);
    api.admin("/clock", json!({ "frozen": false })).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let moving = time(&api.admin_get("/clock").await) - time(&advanced);
    assert!((20..10_000).contains(&moving), "{moving}");

    api.admin("/clock", json!({ "frozen": true })).await;
    api.admin("/reset", Value::Null).await;
    assert_eq!(api.admin_get("/clock").await.1["data"]["frozen"], false);
}

/// Returns the milliseconds of a time since the Unix epoch.
fn chrono(time: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(time).expect("a time").timestamp_millis()
}

#[tokio::test]
async fn open_onboardings_are_approved_together() {
    let api = Api::start().await;
    for (kind, expires) in [("google_calendar", false), ("google_sheets", false), ("google_sheets", true)] {
        let made = api.post("{agent}/integrations/bimpeai/configure", json!({ "type": kind })).await;
        let token = text(&made, "onboarding_url").rsplit('/').next().expect("a token").to_owned();
        if expires {
            let url = format!("{}/_sandbox/onboarding/{token}/expire", api.sandbox.url());
            let page = api.http.post(url).send().await.expect("a page").text().await.expect("text");
            assert!(page.contains("The link has expired"), "{page}");
        }
    }
    let approved = api.admin("/onboardings/approve-all", Value::Null).await;
    assert_eq!(approved.1["data"], json!({ "approved": 2 }));
    assert_eq!(api.admin("/onboardings/approve-all", Value::Null).await.1["data"], json!({ "approved": 0 }));
    let list = api.admin_get("/onboardings").await;
    let states: Vec<&str> =
        list.1["data"].as_array().expect("a list").iter().filter_map(|item| item["state"].as_str()).collect();
    assert_eq!(states, ["approved", "approved", "expired"]);
    let services = api.get("{agent}/integrations/bimpeai").await;
    let connected = services.1["data"].as_array().expect("a list").iter();
    assert_eq!(connected.filter(|service| service["is_connected"] == true).count(), 2);
}

#[tokio::test]
async fn rate_window_of_the_sandbox_and_of_a_key_end_the_limit() {
    let api = Api::with(Sandbox::builder().rate_window(Duration::from_secs(10))).await;
    let of_sandbox = api.admin("/keys", json!({ "rate_limit": 1 })).await;
    let own = api.admin("/keys", json!({ "rate_limit": 1, "rate_window": 5 })).await;
    let status = async |key: &JsonResponse| {
        let request = api.http.get(api.at("/agents")).bearer_auth(text(key, "api_key"));
        read_json(request.send().await).await.0
    };
    api.admin("/clock", json!({ "frozen": true })).await;
    for key in [&of_sandbox, &own] {
        assert_eq!((status(key).await, status(key).await), (200, 429));
    }
    api.admin("/clock", json!({ "advance": 5 })).await;
    assert_eq!((status(&of_sandbox).await, status(&own).await), (429, 200));
    api.admin("/clock", json!({ "advance": 5 })).await;
    assert_eq!(status(&of_sandbox).await, 200);
}

/// Sends requests that create objects of different kinds, and returns the responses without times.
async fn create_objects(api: &Api) -> Vec<String> {
    let workflow = api.sandbox.workflow_id();
    let message =
        json!({ "message": "Hello", "channel_type": "whatsapp", "channel_user_id": "+2348012345678" });
    let responses = [
        api.post("/agents", json!({ "name": "n", "description": "d", "workflow_id": workflow })).await,
        api.post("/agents", json!({ "name": "n", "description": "d", "workflow_id": "none" })).await,
        api.get("{agent}/deployment/agent-test-code").await,
        api.post("{agent}/conversations/messages", message).await,
        api.post("{agent}/integrations/bimpeai/configure", json!({ "type": "google_sheets" })).await,
        api.admin("/keys", json!({})).await,
    ];
    let fields = ["id", "conversation_id", "code", "onboarding_url", "api_key"];
    let picked = responses.iter().flat_map(|(_, body)| fields.map(|field| body["data"][field].to_string()));
    picked.map(|text| text.replace(api.sandbox.url(), "")).filter(|text| text != "null").collect()
}

#[tokio::test]
async fn seed_repeats_keys_and_ids_of_all_objects() {
    let seeded = || async { Api::with(Sandbox::builder().seed(7)).await };
    let (first, second) = (seeded().await, seeded().await);
    assert_eq!(first.sandbox.api_key(), second.sandbox.api_key());
    let created = create_objects(&first).await;
    assert_eq!(created.len(), 6, "{created:?}");
    assert_eq!(create_objects(&second).await, created);
    first.admin("/reset", Value::Null).await;
    assert_eq!(create_objects(&first).await, created, "a reset begins again");

    let other = Api::with(Sandbox::builder().seed(8)).await;
    assert_ne!(other.sandbox.api_key(), first.sandbox.api_key());
    let (random, again) = (Api::start().await, Api::start().await);
    assert_ne!(create_objects(&random).await, create_objects(&again).await);
}

#[tokio::test]
async fn observer_gets_each_request() {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    let builder =
        Sandbox::builder().on_request(move |request| seen.lock().expect("a lock").push(request.clone()));
    let api = Api::with(builder).await;
    let request = api.request(Method::GET, "/agents?limit=1").header("x-request-id", "mine");
    assert_eq!(read_json(request.send().await).await.0, 200);
    api.admin_get("/info").await;
    let requests = requests.lock().expect("a lock");
    assert_eq!(requests.len(), 2);
    let first = &requests[0];
    assert_eq!((first.method.as_str(), first.path.as_str()), ("GET", "/api/v1/console/agents"));
    assert_eq!((first.status, first.request_id.as_str()), (200, "mine"));
    assert!(first.duration < Duration::from_secs(5));
}
