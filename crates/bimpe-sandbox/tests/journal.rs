//! The journal: recorded requests without secrets, their replay, and the stream of new requests.

mod common;

use common::{Api, code, read_json};
use reqwest::Method;
use serde_json::{Value, json};

async fn requests(api: &Api, query: &str) -> Vec<Value> {
    let (status, body) = api.admin_get(&format!("/requests{query}")).await;
    assert_eq!(status, 200, "{body}");
    body["data"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn journal_request_records_input_and_response() {
    let api = Api::start().await;
    let request = api.request(Method::PATCH, "{agent}/live-status?unknown=1&unknown=2");
    let sent = request.header("x-request-id", "r1").json(&json!({ "status": "paused" })).send().await;
    assert_eq!(read_json(sent).await.0, 400);
    api.get("/agents?limit=1").await;
    let nowhere = api.get("/nowhere").await;
    assert_eq!(code(&nowhere), (404, "not_found"));

    let all = requests(&api, "").await;
    let [invalid, list, unknown] = &all[..] else { panic!("{all:?}") };
    assert_eq!(invalid["operation"], "agents.update_live_status");
    assert_eq!(invalid["method"], "PATCH");
    let path = format!("/api/v1/console/agents/{}/live-status", api.sandbox.agent_id());
    assert_eq!(invalid["path"], path.as_str());
    assert_eq!(invalid["query"], json!({ "unknown": ["1", "2"] }));
    assert_eq!(invalid["body"], json!({ "status": "paused" }));
    assert_eq!(invalid["headers"]["content-type"], "application/json");
    assert_eq!(invalid["status"], 400);
    assert_eq!(invalid["response"]["code"], "validation_error");
    assert_eq!((&invalid["request_id"], &invalid["replayed"]), (&json!("r1"), &json!(false)));
    assert_eq!(list["query"], json!({ "limit": "1" }));
    assert_eq!(list["response"]["data"][0]["id"], api.sandbox.agent_id());
    assert_eq!(list["response_headers"]["x-ratelimit-limit"], "1000000");
    assert_eq!((&unknown["operation"], &unknown["status"]), (&Value::Null, &json!(404)));

    assert_eq!(requests(&api, "?operation=agents.list").await, all[1..2]);
    assert_eq!(requests(&api, &format!("?after={}", invalid["id"])).await.len(), 2);
    assert_eq!(requests(&api, "?limit=1").await, all[..1]);
    let one = api.admin_get(&format!("/requests/{}", list["id"])).await;
    assert_eq!(&one.1["data"], list);
}

#[tokio::test]
async fn journal_query_invalid_returns_400_with_the_field() {
    let api = Api::start().await;
    for (query, field) in [
        ("operation=agents.lst", "operation"),
        ("limit=0", "limit"),
        ("after=-1", "after"),
        ("page=1", "page"),
    ] {
        let response = api.admin_get(&format!("/requests?{query}")).await;
        assert_eq!(code(&response), (400, "validation_error"));
        let message = response.1["message"][0].as_str().expect("a text");
        assert!(message.starts_with(&format!("{field}: ")), "{message}");
    }
    for id in ["0", "1", "x", "99999999999999999999"] {
        assert_eq!(code(&api.admin_get(&format!("/requests/{id}")).await), (404, "not_found"));
        assert_eq!(
            code(&api.admin(&format!("/requests/{id}/replay"), Value::Null).await),
            (404, "not_found")
        );
    }
}

#[tokio::test]
async fn journal_secrets_are_masked_in_every_place() {
    let api = Api::start().await;
    let canary = "canary5e4f";
    let key = format!("sk_live_{canary}");
    let tools = "{agent}/integrations/custom_api/cm1/tools";
    let bodies = [
        (
            "{agent}/integrations/bimpeai/configure",
            json!({ "type": "stripe", "public_key": canary, "secret_key": canary }),
        ),
        (
            "{agent}/integrations/bimpeai/configure",
            json!({ "type": "invalid", "secretKey": canary, "token": [canary] }),
        ),
        (
            "{agent}/integrations/custom_api/configure",
            json!({ "auth_config": { "password": canary, "note": key } }),
        ),
        (
            "{agent}/integrations/mcp_server/configure",
            json!({ "auth_type": "custom", "auth_config": { "any": canary } }),
        ),
        (tools, json!({ "headers_template": { "X-Any": canary } })),
    ];
    for (path, body) in bodies {
        api.post(path, body).await;
    }
    let place = format!("/agents/{key}?ticket={canary}&api_key={canary}&search={key}");
    let request = api.request(Method::GET, &place).header("x-api-key", canary).header("cookie", canary);
    let request = request.header("proxy-authorization", canary).header("x-note", &key);
    read_json(request.header("x-request-id", &key).send().await).await;
    let conversation = api.post(
        "{agent}/conversations/messages",
        json!({
            "message": format!("my key is {key}"), "channel_type": "webchat", "role": "user",
            "channel_user_id": "6f1c0a52-5f0e-4d3b-9f0e-0a2f4e1b7c11",
        }),
    );
    let conversation = conversation.await;
    let id = conversation.1["data"]["conversation_id"].as_str().expect("an id").to_owned();
    let ticket = api.post(&format!("{{agent}}/conversations/{id}/stream-ticket"), Value::Null).await;
    let ticket = ticket.1["data"]["ticket"].as_str().expect("a ticket").to_owned();

    let recorded = requests(&api, "").await;
    assert_eq!(recorded.len(), 8);
    let text = Value::from(recorded).to_string();
    for secret in [canary, api.sandbox.api_key(), &ticket] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.contains("my key is ****"), "{text}");
}

#[tokio::test]
async fn journal_replay_runs_the_request_again_with_its_secrets() {
    let api = Api::start().await;
    let body = json!({ "type": "stripe", "public_key": "pk_1", "secret_key": "sk_1", "currency": "NGN" });
    let request =
        api.http.post(api.at("{agent}/integrations/bimpeai/configure")).bearer_auth("sk_sandbox_unknown");
    let refused = read_json(request.header("idempotency-key", "k1").json(&body).send().await).await;
    assert_eq!(refused.0, 401);
    let id = requests(&api, "").await[0]["id"].clone();

    let replay = api.admin(&format!("/requests/{id}/replay"), Value::Null).await;
    assert_eq!(replay.0, 200, "{replay:?}");
    let record = &replay.1["data"];
    assert_eq!((&record["status"], &record["replayed"]), (&json!(201), &json!(true)));
    assert_eq!(record["body"]["secret_key"], "****");
    assert_eq!(&requests(&api, "").await[1], record);
}

#[tokio::test]
async fn journal_replay_impossible_returns_400_with_the_reason() {
    let api = Api::start().await;
    let stream = "{agent}/conversations/cm1/stream?ticket=t1";
    assert_eq!(api.get(stream).await.0, 401);
    let large = "x".repeat(5 * 1024 * 1024);
    assert_eq!(code(&api.post("/agents", json!({ "name": large })).await), (413, "bad_request"));
    // The server closes the connection after an unread body.
    let api = Api { http: reqwest::Client::new(), ..api };
    for (record, reason) in requests(&api, "").await.iter().zip(["ticket", "body"]) {
        let response = api.admin(&format!("/requests/{}/replay", record["id"]), Value::Null).await;
        assert_eq!(code(&response), (400, "bad_request"));
        assert!(response.1["message"].as_str().expect("a text").contains(reason), "{response:?}");
    }
}

#[tokio::test]
async fn journal_is_bounded_by_count_and_size() {
    let api = Api::start().await;
    for _ in 0..1005 {
        api.get("/agents?limit=1").await;
    }
    let all = requests(&api, "").await;
    assert_eq!((all.len(), &all[0]["id"]), (1000, &json!(6)));
    // Each of these requests takes 6 MiB: the recorded text and the body for a replay.
    for _ in 0..4 {
        api.post("/agents", json!({ "name": "x".repeat(3 * 1024 * 1024) })).await;
    }
    let all = requests(&api, "").await;
    assert_eq!((all.len(), &all[1]["id"]), (2, &json!(1009)));
}

#[tokio::test]
async fn journal_clear_and_reset_delete_requests_and_keep_counting() {
    let api = Api::start().await;
    api.get("/agents").await;
    assert_eq!(read_json(api.http.delete(api.admin_url("/requests")).send().await).await.0, 200);
    assert_eq!(requests(&api, "").await, [] as [Value; 0]);
    api.get("/agents").await;
    assert_eq!(requests(&api, "").await[0]["id"], 2);
    api.admin("/reset", Value::Null).await;
    assert_eq!(requests(&api, "").await, [] as [Value; 0]);
}

#[tokio::test]
async fn journal_stream_sends_requests_after_an_id_and_new_ones() {
    let api = Api::start().await;
    api.get("/agents").await;
    api.get("/workflows").await;
    let mut resumed = api.http.get(api.admin_url("/requests/stream?after=1")).send().await.expect("a stream");
    let mut live = api.http.get(api.admin_url("/requests/stream")).send().await.expect("a stream");
    api.get("/phone-numbers").await;
    assert_eq!(events(&mut resumed, 2).await, ["workflows.list", "phone_numbers.list"]);
    assert_eq!(events(&mut live, 1).await, ["phone_numbers.list"]);
}

/// Reads events, and returns their operations.
async fn events(stream: &mut reqwest::Response, count: usize) -> Vec<String> {
    let mut text = String::new();
    while text.matches("\n\n").count() < count {
        let chunk = tokio::time::timeout(std::time::Duration::from_secs(5), stream.chunk()).await;
        let chunk = chunk.expect("an event within 5 seconds").expect("a chunk").expect("an open stream");
        text += str::from_utf8(&chunk).expect("UTF-8");
    }
    let operation = |event: &str| {
        assert!(event.contains("event: request\n"), "{event}");
        let data = event.lines().find_map(|line| line.strip_prefix("data: ")).expect("data");
        let data: Value = serde_json::from_str(data).expect("JSON");
        data["operation"].as_str().expect("an operation").to_owned()
    };
    text.split_terminator("\n\n").map(operation).collect()
}
