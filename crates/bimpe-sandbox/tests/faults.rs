//! Faults: rules of the admin API and of the header, their matching and their effects on responses.

mod common;

use std::time::{Duration, Instant, SystemTime};

use common::{Api, code, json_of, read_json, text};
use reqwest::{Method, Response};
use serde_json::{Value, json};

async fn add(api: &Api, rule: Value) -> String {
    let response = api.admin("/faults", rule).await;
    assert_eq!(response.0, 201, "{response:?}");
    text(&response, "id").to_owned()
}

async fn send(api: &Api, method: Method, path: &str) -> Response {
    api.request(method, path).send().await.expect("a response")
}

async fn agents(api: &Api) -> Response {
    send(api, Method::GET, "/agents").await
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("ASCII"))
}

#[tokio::test]
async fn rule_applies_after_some_and_for_some_requests() {
    let api = Api::start().await;
    add(&api, json!({ "operation": "agents.list", "status": 503, "after": 1, "times": 2 })).await;
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(agents(&api).await.status().as_u16());
        assert_eq!(api.get("/workflows").await.0, 200);
    }
    assert_eq!(statuses, [200, 503, 503, 200, 200]);
    let rules = api.admin_get("/faults").await;
    assert_eq!(rules.1["data"], json!([]), "a used rule is gone");
}

#[tokio::test]
async fn rule_selects_by_operation_method_and_path() {
    let api = Api::start().await;
    let agent = format!("/agents/{}", api.sandbox.agent_id());
    let rules = [
        (json!({ "operation": "agents.retrieve" }), Method::GET, agent.as_str(), "/agents"),
        (json!({ "method": "DELETE" }), Method::DELETE, "/agents/none", "/agents/none"),
        (json!({ "path": "/agents/*/calls" }), Method::GET, "{agent}/calls", agent.as_str()),
        (json!({ "path": agent }), Method::GET, agent.as_str(), "/agents/none"),
        (json!({ "path": "/agents/*", "method": "GET" }), Method::GET, "/agents/none", "/agents"),
    ];
    for (mut rule, method, hit, miss) in rules {
        rule["status"] = 599.into();
        let id = add(&api, rule.clone()).await;
        assert_eq!(send(&api, method, hit).await.status(), 599, "{rule}");
        assert_ne!(send(&api, Method::GET, miss).await.status(), 599, "{rule}");
        let listed = api.admin_get("/faults").await;
        assert_eq!((&listed.1["data"][0]["id"], &listed.1["data"][0]["matched"]), (&json!(id), &json!(1)));
        let deleted = api.http.delete(api.admin_url(&format!("/faults/{id}"))).send().await;
        assert_eq!(read_json(deleted).await.0, 200);
        assert_ne!(send(&api, Method::GET, hit).await.status(), 599, "{rule}");
    }
    assert_eq!(code(&read_json(api.http.delete(api.admin_url("/faults/f")).send().await).await).0, 404);
}

#[tokio::test]
async fn invalid_rule_returns_400_with_the_field() {
    let api = Api::start().await;
    let stream = "conversations.messages.stream";
    let cases = [
        (json!({}), "status: is missing"),
        (
            json!({ "operation": "agents.lst", "status": 500 }),
            "operation: agents.lst is not an operationId; did you mean agents.list?",
        ),
        (json!({ "operation": "agents.list", "method": "POST", "status": 500 }), "method: matches no"),
        (json!({ "operation": "agents.list", "path": "/agents/*", "status": 500 }), "path: matches no"),
        (json!({ "path": "/nowhere", "status": 500 }), "path: matches no"),
        (json!({ "method": "HEAD", "status": 500 }), "method: must be one of"),
        (json!({ "status": 199 }), "status: must be at least 200"),
        (json!({ "status": "503" }), "status: must be an integer"),
        (json!({ "status": 500, "times": 0 }), "times: must be at least 1"),
        (json!({ "status": 500, "times": 1_000_001 }), "times: must be at most"),
        (json!({ "status": 500, "after": -1 }), "after: must be at least 0"),
        (json!({ "status": 500, "times": 1.5 }), "times: must be an integer"),
        (json!({ "latency_ms": 600_001 }), "latency_ms: must be at most"),
        (json!({ "latency": 5 }), "latency: is not a known field"),
        (json!({ "retry_after": -1 }), "retry_after: must be at least 0"),
        (json!({ "status": 500, "retry_after_form": "date" }), "retry_after_form: needs retry_after"),
        (json!({ "status": 204, "body": {} }), "body: contradicts status"),
        (json!({ "status": 500, "wire": "reset_before" }), "wire: contradicts status"),
        (json!({ "wire": "reset_after_commit", "retry_after": 1 }), "wire: contradicts retry_after"),
        (json!({ "wire": "explode" }), "wire: must be one of"),
        (json!({ "status": 200, "response": "unknown_enums" }), "response: contradicts status"),
        (json!({ "body": {}, "idempotency": "replay" }), "idempotency: contradicts body"),
        (json!({ "operation": "agents.list", "idempotency": "conflict" }), "idempotency: does not suit"),
        (json!({ "operation": "agents.retrieve", "response": "without_meta" }), "response: does not suit"),
        (json!({ "operation": "agents.list", "stream": "cut" }), "stream: does not suit"),
        (json!({ "operation": stream, "wire": "truncate" }), "wire: does not suit"),
        (json!({ "stream": "cut", "status": 500 }), "stream: contradicts status"),
        (json!({ "status": 500, "stream_after": 1 }), "stream_after: needs"),
        (json!({ "stream": "expired_ticket", "stream_after": 1 }), "stream_after: needs"),
        (json!({ "headers": { "a b": "c" } }), "headers.a b: is not the name"),
        (json!({ "headers": { "Content-Length": "1" } }), "headers.Content-Length: is set by"),
        (json!({ "headers": { "x": "a\nb" } }), "headers.x: must have characters"),
        (json!({ "headers": { "x": "\u{20ac}" } }), "headers.x: must have characters"),
        (json!({ "headers": { "x": 1 } }), "headers.x: must be a string"),
    ];
    for (rule, error) in cases {
        let response = api.admin("/faults", rule.clone()).await;
        assert_eq!(code(&response), (400, "validation_error"), "{rule}");
        let messages = response.1["message"].as_array().expect("a list");
        assert!(
            messages.iter().any(|message| message.as_str().unwrap_or_default().starts_with(error)),
            "{rule}: {response:?}"
        );
    }
    assert_eq!(api.admin_get("/faults").await.1["data"], json!([]));
}

#[tokio::test]
async fn rules_are_bounded_in_number() {
    let api = Api::start().await;
    for _ in 0..1000 {
        add(&api, json!({ "status": 500 })).await;
    }
    let response = api.admin("/faults", json!({ "status": 500 })).await;
    assert_eq!(code(&response), (400, "validation_error"));
    assert_eq!(read_json(api.http.delete(api.admin_url("/faults")).send().await).await.0, 200);
    assert_eq!(agents(&api).await.status(), 200);
}

#[tokio::test]
async fn header_rule_counts_the_attempts_of_each_request() {
    let api = Api::start().await;
    let attempt = async |rule: &'static str, id: &'static str| {
        let request = api.request(Method::GET, "/agents").header("x-sandbox-fault", rule);
        read_json(request.header("x-request-id", id).send().await).await.0
    };
    let rule = "status=503; times=1";
    assert_eq!([attempt(rule, "a").await, attempt(rule, "b").await], [503, 503]);
    assert_eq!([attempt(rule, "a").await, attempt(rule, "b").await], [200, 200]);
    assert_eq!(attempt("status=404; operation=workflows.list", "c").await, 200);
    assert_eq!(attempt("status=404;operation=agents.list", "c").await, 404);
    let invalid = api.request(Method::GET, "/agents").header("x-sandbox-fault", "status=9; tmes");
    let invalid = read_json(invalid.send().await).await;
    assert_eq!(code(&invalid), (400, "validation_error"));
    let errors =
        ["X-Sandbox-Fault.status: must be at least 200", "X-Sandbox-Fault.tmes: is not a known field"];
    assert_eq!(invalid.1["message"], json!(errors));
    let recorded = api.admin_get("/requests").await.1["data"].clone();
    let faults: Vec<&Value> =
        recorded.as_array().expect("a list").iter().map(|request| &request["fault"]).collect();
    let header = json!("header");
    assert_eq!(faults, [&header, &header, &Value::Null, &Value::Null, &Value::Null, &header, &Value::Null]);
}

#[tokio::test]
async fn status_and_body_replace_the_response_and_the_operation() {
    let api = Api::start().await;
    let cases = [
        (json!({ "status": 500 }), 500, "\"code\":\"internal_error\""),
        (json!({ "status": 409 }), 409, "\"code\":\"conflict\""),
        (json!({ "status": 418, "body": { "a": [1] } }), 418, "{\"a\":[1]}"),
        (json!({ "body": "<html>" }), 200, "<html>"),
        (json!({ "status": 201 }), 201, "\"data\":null"),
        (json!({ "status": 204 }), 204, ""),
        (json!({ "status": 302, "headers": { "Location": "/x" } }), 302, "\"data\":null"),
    ];
    let without_redirects = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let api = Api { http: without_redirects.build().expect("a client"), ..api };
    for (mut rule, status, body) in cases {
        rule["times"] = 1.into();
        add(&api, rule).await;
        let request = api.request(Method::POST, "/agents").json(&json!({ "name": "Never" }));
        let response = request.send().await.expect("a response");
        assert_eq!(response.status(), status);
        let found = response.text().await.expect("a text");
        assert!(found.contains(body) && (!body.is_empty() || found.is_empty()), "{found}");
    }
    let names = api.get("/agents").await.1.to_string();
    assert!(!names.contains("Never"), "{names}");
}

#[tokio::test]
async fn rate_limit_has_true_headers() {
    let api = Api::start().await;
    let key = api.admin("/keys", json!({ "rate_limit": 60 })).await;
    add(&api, json!({ "status": 429, "times": 1 })).await;
    add(&api, json!({ "status": 429, "times": 1, "retry_after": 30 })).await;
    for wait in [1, 30] {
        let now = chrono::Utc::now().timestamp();
        let request = api.http.get(api.at("/agents")).bearer_auth(text(&key, "api_key"));
        let response = request.send().await.expect("a response");
        assert_eq!(header(&response, "retry-after"), wait.to_string());
        assert_eq!(
            (header(&response, "x-ratelimit-limit"), header(&response, "x-ratelimit-remaining")),
            ("60", "0")
        );
        let reset: i64 = header(&response, "x-ratelimit-reset").parse().expect("a number");
        assert!((now + wait..now + wait + 5).contains(&reset), "{reset}");
        assert_eq!(json_of(response).await.1["code"], "too_many_requests");
    }
}

#[tokio::test]
async fn retry_after_has_each_form() {
    let api = Api::start().await;
    for (rule, expected) in [(json!({ "retry_after": 2 }), "2"), (json!({ "retry_after": 0.5 }), "0.5")] {
        add(&api, json!({ "status": 503, "times": 1, "retry_after": rule["retry_after"] })).await;
        assert_eq!(header(&agents(&api).await, "retry-after"), expected);
    }
    add(&api, json!({ "status": 503, "retry_after": 60, "retry_after_form": "date" })).await;
    let response = agents(&api).await;
    let date = httpdate::parse_http_date(header(&response, "retry-after")).expect("an HTTP date");
    let wait = date.duration_since(SystemTime::now()).expect("a future time");
    assert!((55..=60).contains(&wait.as_secs()), "{wait:?}");
}

#[tokio::test]
async fn latency_delays_the_real_response() {
    let api = Api::start().await;
    add(&api, json!({ "latency_ms": 300, "times": 1 })).await;
    let start = Instant::now();
    assert_eq!(agents(&api).await.status(), 200);
    assert!(start.elapsed() >= Duration::from_millis(300));
    let record = &api.admin_get("/requests").await.1["data"][0];
    assert!(record["duration_ms"].as_u64() >= Some(300), "{record}");
}

#[tokio::test]
async fn headers_are_set_as_bytes_and_removed() {
    let api = Api::start().await;
    add(&api, json!({ "headers": { "x-unusual": "Z\u{fc}rich \u{ff}", "Content-Type": null }, "times": 1 }))
        .await;
    let response = agents(&api).await;
    assert_eq!(response.headers()["x-unusual"].as_bytes(), b"Z\xfcrich \xff");
    assert!(!response.headers().contains_key("content-type"));
    assert_eq!(json_of(response).await.1["data"][0]["id"], api.sandbox.agent_id());
}

#[tokio::test]
async fn response_changes_keep_the_rest_of_the_response() {
    let api = Api::start().await;
    let normal = api.get("/agents").await.1;
    for change in ["without_meta", "unknown_enums", "unknown_fields"] {
        add(&api, json!({ "operation": "agents.list", "response": change, "times": 1 })).await;
    }
    let without_meta = api.get("/agents").await.1;
    assert_eq!((&without_meta["meta"], &without_meta["data"]), (&Value::Null, &normal["data"]));
    let unknown_enums = api.get("/agents").await.1;
    assert_eq!(unknown_enums["data"][0]["persona"], "value_from_the_future");
    assert_eq!(unknown_enums["data"][0]["name"], normal["data"][0]["name"]);
    let unknown_fields = api.get("/agents").await.1;
    assert_eq!(unknown_fields["data"][0]["field_from_the_future"], json!({ "nested": [1, null] }));
    assert_eq!(unknown_fields["meta"]["total_count"], normal["meta"]["total_count"]);
    assert_eq!(api.get("/agents").await.1, normal);
}

#[tokio::test]
async fn idempotency_faults_mark_a_replay_or_refuse_the_key() {
    let api = Api::start().await;
    add(&api, json!({ "idempotency": "replay", "times": 1 })).await;
    add(&api, json!({ "idempotency": "conflict", "times": 1 })).await;
    let agent = json!({ "name": "Bo", "description": "Helps", "workflow_id": api.sandbox.workflow_id() });
    let create = || api.request(Method::POST, "/agents").json(&agent).send();
    let replayed = create().await.expect("a response");
    assert_eq!((replayed.status().as_u16(), header(&replayed, "idempotent-replayed")), (201, "true"));
    assert_eq!(code(&read_json(create().await).await), (409, "conflict"));
    assert_eq!(api.get("/agents").await.1["meta"]["total_count"], 2);
}

#[tokio::test]
async fn reset_of_the_sandbox_deletes_the_rules() {
    let api = Api::start().await;
    add(&api, json!({ "status": 500 })).await;
    api.admin("/reset", Value::Null).await;
    assert_eq!(agents(&api).await.status(), 200);
}
