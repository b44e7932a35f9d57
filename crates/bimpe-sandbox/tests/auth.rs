//! Keys, scopes, hosts, rate limits and response headers.

mod common;

use common::{Api, code, read_json, text};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn key_in_either_header_is_accepted() {
    let api = Api::start().await;
    let key = api.sandbox.api_key();
    let bearer = api.http.get(api.at("/agents")).header("authorization", format!("bearer {key}"));
    assert_eq!(read_json(bearer.send().await).await.0, 200);
    let header = api.http.get(api.at("/agents")).header("x-api-key", key);
    assert_eq!(read_json(header.send().await).await.0, 200);
}

#[tokio::test]
async fn missing_unknown_and_expired_keys_have_different_codes() {
    let api = Api::start().await;
    let missing = read_json(api.http.get(api.at("/agents")).send().await).await;
    assert_eq!(code(&missing), (401, "api_key_missing"));
    let unknown = read_json(api.http.get(api.at("/agents")).bearer_auth("sk_live_1").send().await).await;
    assert_eq!(code(&unknown), (401, "api_key_invalid"));

    let made = api.admin("/keys", json!({ "expires_in": 60 })).await;
    let short_lived = || async {
        read_json(api.http.get(api.at("/agents")).bearer_auth(text(&made, "api_key")).send().await).await
    };
    assert_eq!(short_lived().await.0, 200);
    api.admin("/clock", json!({ "advance": 61 })).await;
    assert_eq!(code(&short_lived().await), (401, "api_key_expired"));
}

#[tokio::test]
async fn missing_scope_is_named_in_the_error() {
    let api = Api::start().await;
    let made = api.admin("/keys", json!({ "scopes": ["agents:read"] })).await;
    let key = text(&made, "api_key");
    let list =
        read_json(api.http.get(api.at("{agent}/integrations/bimpeai")).bearer_auth(key).send().await).await;
    assert_eq!(list.0, 200);
    let write = api.http.post(api.at("{agent}/integrations/bimpeai/configure")).bearer_auth(key);
    let refused = read_json(write.json(&json!({ "type": "google_sheets" })).send().await).await;
    assert_eq!(code(&refused), (403, "insufficient_scope"));
    assert!(refused.1["message"].as_str().unwrap_or_default().contains("agents:write"), "{refused:?}");
    assert_eq!(code(&api.admin("/keys", json!({ "scopes": ["all"] })).await), (400, "validation_error"));
}

#[tokio::test]
async fn key_without_scopes_reaches_operations_without_a_published_scope() {
    let api = Api::start().await;
    let made = api.admin("/keys", json!({ "scopes": [] })).await;
    assert!(text(&made, "api_key").starts_with("sk_sandbox_"));
    let status = async |path: &str| {
        let request = api.http.get(api.at(path)).bearer_auth(text(&made, "api_key"));
        read_json(request.send().await).await.0
    };
    assert_eq!((status("/agents").await, status("{agent}/calls").await), (200, 403));
}

#[tokio::test]
async fn every_response_has_request_id_and_rate_limit_headers() {
    let api = Api::start().await;
    let requests = [
        api.request(Method::GET, "/agents"),
        api.http.get(api.at("/agents")),
        api.http.get(api.at("/unknown")),
        api.http.post(format!("{}/_sandbox/reset", api.sandbox.url())),
    ];
    for request in requests {
        let response = request.header("x-request-id", "client-id-1").send().await.expect("a response");
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        assert_eq!(header("x-request-id").as_deref(), Some("client-id-1"));
        assert_eq!(header("x-bimpe-sandbox").as_deref(), Some("1"));
        for name in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
            assert!(header(name).is_some_and(|value| value.parse::<u64>().is_ok()), "{name}");
        }
    }
    let response = api.http.get(api.at("/agents")).send().await.expect("a response");
    assert_eq!(response.headers()["x-ratelimit-limit"], "1000000");
    let id = response.headers()["x-request-id"].to_str().expect("text").to_owned();
    assert_eq!(id.len(), 36);
    let body: serde_json::Value = response.json().await.expect("JSON");
    assert_eq!(body["request_id"], id.as_str());
    assert_eq!(body["error"], "Unauthorized");
}

#[tokio::test]
async fn key_above_its_rate_limit_gets_429_with_retry_after() {
    let api = Api::start().await;
    let made = api.admin("/keys", json!({ "rate_limit": 1 })).await;
    let request = || api.http.get(api.at("/agents")).bearer_auth(text(&made, "api_key")).send();
    assert_eq!(request().await.expect("a response").headers()["x-ratelimit-remaining"], "0");
    let refused = request().await.expect("a response");
    let wait: u64 = refused.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=60).contains(&wait));
    assert_eq!(code(&read_json(Ok(refused)).await), (429, "too_many_requests"));
    api.admin("/clock", json!({ "advance": 60 })).await;
    assert_eq!(request().await.expect("a response").status(), 200);
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused() {
    let api = Api::start().await;
    let rebinding = api.request(Method::GET, "/agents").header("host", "attacker.example").send().await;
    assert_eq!(code(&read_json(rebinding).await), (403, "forbidden"));
    let local = api.request(Method::GET, "/agents").header("host", "localhost:4010").send().await;
    assert_eq!(read_json(local).await.0, 200);
    let reset = api
        .http
        .post(format!("{}/_sandbox/reset", api.sandbox.url()))
        .header("origin", "https://attacker.example");
    assert_eq!(code(&read_json(reset.send().await).await), (403, "forbidden"));
}

#[tokio::test]
async fn unknown_paths_methods_and_ids_are_not_found() {
    let api = Api::start().await;
    assert_eq!(code(&api.get("/conversations").await), (404, "not_found"));
    let put = read_json(api.request(Method::PUT, "/agents").send().await).await;
    assert_eq!(code(&put), (404, "not_found"));
    assert_eq!(put.1["message"], "Cannot PUT /api/v1/console/agents");
    assert_eq!(code(&api.get("/agents/unknown").await), (404, "not_found"));
}
