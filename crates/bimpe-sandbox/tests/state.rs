//! Lists, idempotency, resets and the start.

mod common;

use bimpe_sandbox::{Error, Sandbox};
use common::{Api, JsonResponse, code, read_json, text};
use reqwest::Method;
use serde_json::{Value, json};

async fn add_agents(api: &Api, names: &[&str]) {
    for name in names {
        let body = json!({ "name": name, "description": "d", "workflow_id": api.sandbox.workflow_id() });
        let made = api.post("/agents", body).await;
        assert_eq!(made.0, 201, "{made:?}");
        assert_eq!(made.1["data"]["workflow"]["id"], api.sandbox.workflow_id());
    }
}

fn names(response: &JsonResponse) -> Vec<&str> {
    response.1["data"].as_array().expect("a list").iter().filter_map(|item| item["name"].as_str()).collect()
}

#[tokio::test]
async fn lists_support_pages_search_and_sort() {
    let api = Api::start().await;
    add_agents(&api, &["Bola", "Chi", "Dayo", "Efe"]).await;
    let page = api.get("/agents?limit=2&page=2").await;
    assert_eq!(names(&page), ["Chi", "Bola"], "the newest agents come first");
    let meta = json!({
        "total_count": 5, "page_count": 3, "current_page": 2, "limit": 2,
        "has_next_page": true, "has_previous_page": true,
    });
    assert_eq!(page.1["meta"], meta);
    assert_eq!(names(&api.get("/agents?sort=name&limit=3").await), ["Ada", "Bola", "Chi"]);
    assert_eq!(names(&api.get("/agents?sort=-name&limit=1").await), ["Efe"]);
    assert_eq!(names(&api.get("/agents?search=AY").await), ["Dayo"]);
    let beyond = api.get("/agents?page=9").await;
    assert_eq!((names(&beyond).len(), &beyond.1["meta"]["has_next_page"]), (0, &json!(false)));
}

#[tokio::test]
async fn agent_of_a_public_workflow_gets_a_copy() {
    let api = Api::start().await;
    let public = api.get("/workflows?scope=public").await;
    let id = public.1["data"][0]["id"].as_str().expect("a public workflow").to_owned();
    let made = api.post("/agents", json!({ "name": "n", "description": "d", "workflow_id": id })).await;
    assert_ne!(text(&made, "workflow_id"), id);
    assert_eq!(made.1["data"]["workflow"]["is_owner"], true);
    assert_eq!(
        code(&api.patch(&format!("/workflows/{id}"), json!({ "name": "mine" })).await),
        (404, "not_found")
    );
    let blank = api.patch(&format!("/workflows/{}", api.sandbox.workflow_id()), json!({ "name": " " })).await;
    assert_eq!(code(&blank), (400, "validation_error"));
}

#[tokio::test]
async fn same_idempotency_key_gets_the_stored_response() {
    let api = Api::start().await;
    let make = |key: &'static str, name: &'static str| {
        let body = json!({ "name": name, "description": "d", "workflow_id": api.sandbox.workflow_id() });
        let request = api.request(Method::POST, "/agents").header("idempotency-key", key).json(&body);
        async move { request.send().await.expect("a response") }
    };
    let first = make("k", "Bola").await;
    assert!(!first.headers().contains_key("idempotent-replayed"));
    let first: Value = first.json().await.expect("JSON");
    let again = make("k", "Bola").await;
    assert_eq!(again.status(), 201);
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(again.json::<Value>().await.expect("JSON"), first);
    assert_eq!(code(&read_json(Ok(make("k", "Chi").await)).await), (409, "conflict"));
    assert_eq!(make("other", "Bola").await.status(), 201);
    assert_eq!(api.get("/agents").await.1["meta"]["total_count"], 3);

    let refused =
        api.request(Method::POST, "/agents").header("idempotency-key", "k".repeat(256)).json(&json!({}));
    assert_eq!(read_json(refused.send().await).await.0, 400);
    api.admin("/clock", json!({ "advance": 25 * 3600 })).await;
    assert!(
        !make("k", "Bola").await.headers().contains_key("idempotent-replayed"),
        "the store forgets keys after 24 hours"
    );
}

#[tokio::test]
async fn concurrent_requests_with_one_idempotency_key_run_once() {
    let api = Api::start().await;
    let body = json!({ "name": "n", "description": "d", "workflow_id": api.sandbox.workflow_id() });
    let requests = (0..8).map(|_| {
        let request = api.request(Method::POST, "/agents").header("idempotency-key", "k").json(&body);
        async move { read_json(request.send().await).await }
    });
    let responses = futures_util::future::join_all(requests).await;
    assert!(responses.iter().all(|response| *response == responses[0]));
    assert_eq!(api.get("/agents").await.1["meta"]["total_count"], 2);
}

#[tokio::test]
async fn reset_keeps_the_key_and_the_ids() {
    let api = Api::start().await;
    add_agents(&api, &["Bola"]).await;
    let reset = api.admin("/reset", Value::Null).await;
    assert_eq!(text(&reset, "agent_id"), api.sandbox.agent_id());
    assert_eq!(names(&api.get("/agents").await), ["Ada"]);
}

#[tokio::test]
async fn port_in_use_is_an_error() {
    let api = Api::start().await;
    let port = api.sandbox.url().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let error = Sandbox::builder().port(port).start().await.expect_err("the port is in use");
    assert!(matches!(error, Error::Listen { .. }));
    assert!(error.to_string().contains(&format!("port {port} is in use")), "{error}");
}

#[test]
fn sandbox_starts_from_blocking_code() {
    let sandbox = Sandbox::start_blocking().expect("the sandbox starts");
    assert!(sandbox.agent_id().starts_with("cm") && sandbox.agent_id().len() == 25);
    sandbox.stop();
}
