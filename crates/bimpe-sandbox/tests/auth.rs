//! Keys, scopes, hosts, rate limits and the headers of every response.

mod common;

use common::{Api, answer, code, text};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn both_headers_carry_the_key() {
    let api = Api::start().await;
    let key = api.sandbox.api_key();
    let bearer = api.http.get(api.at("/agents")).header("authorization", format!("bearer {key}"));
    assert_eq!(answer(bearer.send().await).await.0, 200);
    let header = api.http.get(api.at("/agents")).header("x-api-key", key);
    assert_eq!(answer(header.send().await).await.0, 200);
}

#[tokio::test]
async fn bad_keys_are_told_apart() {
    let api = Api::start().await;
    let missing = answer(api.http.get(api.at("/agents")).send().await).await;
    assert_eq!(code(&missing), (401, "api_key_missing"));
    let unknown = answer(api.http.get(api.at("/agents")).bearer_auth("sk_live_1").send().await).await;
    assert_eq!(code(&unknown), (401, "api_key_invalid"));

    let made = api.control("/keys", json!({ "expires_in": 60 })).await;
    let short_lived = || async {
        answer(api.http.get(api.at("/agents")).bearer_auth(text(&made, "api_key")).send().await).await
    };
    assert_eq!(short_lived().await.0, 200);
    api.control("/clock", json!({ "advance": 61 })).await;
    assert_eq!(code(&short_lived().await), (401, "api_key_expired"));
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let api = Api::start().await;
    let made = api.control("/keys", json!({ "scopes": ["agents:read"] })).await;
    let key = text(&made, "api_key");
    let list =
        answer(api.http.get(api.at("{agent}/integrations/bimpeai")).bearer_auth(key).send().await).await;
    assert_eq!(list.0, 200);
    let write = api.http.post(api.at("{agent}/integrations/bimpeai/configure")).bearer_auth(key);
    let refused = answer(write.json(&json!({ "type": "google_sheets" })).send().await).await;
    assert_eq!(code(&refused), (403, "insufficient_scope"));
    assert!(refused.1["message"].as_str().unwrap_or_default().contains("agents:write"), "{refused:?}");
    assert_eq!(code(&api.control("/keys", json!({ "scopes": ["all"] })).await), (400, "validation_error"));
}

#[tokio::test]
async fn every_response_has_its_headers() {
    let api = Api::start().await;
    let requests = [
        api.request(Method::GET, "/agents"),
        api.http.get(api.at("/agents")),
        api.http.get(api.at("/nowhere")),
        api.http.post(format!("{}/_sandbox/reset", api.sandbox.url())),
    ];
    for request in requests {
        let response = request.header("x-request-id", "mine-1").send().await.expect("an answer");
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        assert_eq!(header("x-request-id").as_deref(), Some("mine-1"));
        assert_eq!(header("x-bimpe-sandbox").as_deref(), Some("1"));
        for name in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
            assert!(header(name).is_some_and(|value| value.parse::<u64>().is_ok()), "{name}");
        }
    }
    let response = api.http.get(api.at("/agents")).send().await.expect("an answer");
    let id = response.headers()["x-request-id"].to_str().expect("text").to_owned();
    assert_eq!(id.len(), 36);
    let body: serde_json::Value = response.json().await.expect("JSON");
    assert_eq!(body["request_id"], id.as_str());
    assert_eq!(body["error"], "Unauthorized");
}

#[tokio::test]
async fn a_key_can_have_a_small_rate_limit() {
    let api = Api::start().await;
    let made = api.control("/keys", json!({ "rate_limit": 1 })).await;
    let call = || api.http.get(api.at("/agents")).bearer_auth(text(&made, "api_key")).send();
    assert_eq!(call().await.expect("an answer").headers()["x-ratelimit-remaining"], "0");
    let refused = call().await.expect("an answer");
    let wait: u64 = refused.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=60).contains(&wait));
    assert_eq!(code(&answer(Ok(refused)).await), (429, "too_many_requests"));
    api.control("/clock", json!({ "advance": 60 })).await;
    assert_eq!(call().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused() {
    let api = Api::start().await;
    let rebound = api.request(Method::GET, "/agents").header("host", "evil.example").send().await;
    assert_eq!(code(&answer(rebound).await), (403, "forbidden"));
    let local = api.request(Method::GET, "/agents").header("host", "localhost:4010").send().await;
    assert_eq!(answer(local).await.0, 200);
    let reset = api
        .http
        .post(format!("{}/_sandbox/reset", api.sandbox.url()))
        .header("origin", "https://evil.example");
    assert_eq!(code(&answer(reset.send().await).await), (403, "forbidden"));
}

#[tokio::test]
async fn unknown_paths_and_methods_are_not_found() {
    let api = Api::start().await;
    assert_eq!(code(&api.get("/conversations").await), (404, "not_found"));
    let put = answer(api.request(Method::PUT, "/agents").send().await).await;
    assert_eq!(code(&put), (404, "not_found"));
    assert_eq!(put.1["message"], "Cannot PUT /api/v1/console/agents");
    assert_eq!(code(&api.get("/agents/nobody").await), (404, "not_found"));
}
