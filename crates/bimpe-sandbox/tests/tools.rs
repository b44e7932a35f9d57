//! Custom tools: `/call` in conversations, and dry runs.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use bimpe_sandbox::Sandbox;
use common::{Api, JsonResponse, code, say, text};
use serde_json::{Value, json};

/// Returns the request as JSON.
async fn echo(request: Request) -> Response {
    let (head, body) = request.into_parts();
    let headers: serde_json::Map<String, Value> = head
        .headers
        .iter()
        // The sandbox masks a field `authorization` as a whole.
        .map(|(name, value)| (format!("header-{name}"), value.to_str().unwrap_or_default().into()))
        .collect();
    let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    axum::Json(json!({
        "method": head.method.as_str(), "url": head.uri.to_string(), "headers": headers, "body": body,
        "items": [{ "price": 5 }, { "price": 7 }],
    }))
    .into_response()
}

/// Starts an API to call. Returns its URL.
async fn start() -> String {
    let count = Arc::new(AtomicUsize::new(1));
    let slow_count = Arc::clone(&count);
    let slow_count = move || async move {
        let value = slow_count.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(500)).await;
        value.to_string()
    };
    let slow = async || tokio::time::sleep(Duration::from_secs(60)).await;
    let router = Router::new()
        .route(
            "/missing",
            any(|| async { (StatusCode::NOT_FOUND, axum::Json(json!({ "reason": "sold out" }))) }),
        )
        .route("/slow", get(slow))
        .route("/elsewhere", get(|| async { Redirect::temporary("http://shop.example/") }))
        .route("/large", get(|| async { "x".repeat(2 << 20) }))
        .route("/count", get(move || async move { count.fetch_add(1, Ordering::SeqCst).to_string() }))
        .route("/slow-count", get(slow_count))
        .route("/text", get(|| async { "plain" }))
        .fallback(echo);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Adds a custom API with one tool. Returns the path of the dry run, and the id of the tool.
async fn add(api: &Api, config: Value, tool: Value) -> (String, String) {
    let made = api.post("{agent}/integrations/custom_api/configure", config).await;
    let tools = format!("{{agent}}/integrations/custom_api/{}/tools", text(&made, "id"));
    let added = api.post(&tools, tool).await;
    assert_eq!(added.0, 201, "{added:?}");
    let id = text(&added, "id");
    (format!("/tools/{id}/dry-run"), id.to_owned())
}

async fn dry_run(api: &Api, path: &str, arguments: Value) -> JsonResponse {
    api.admin(path, json!({ "arguments": arguments })).await
}

fn get_tool(url: &str) -> Value {
    json!({ "name": "get it", "http_method": "GET", "url_template": url })
}

#[tokio::test]
async fn dry_run_renders_the_templates_and_masks_secrets() {
    let api = Api::start().await;
    let base_url = format!("{}/v1/", start().await);
    let parameter = |name: &str, kind: &str, required: bool| json!({ "name": name, "type": kind, "description": "d", "required": required });
    let tool = json!({
        "name": "order", "http_method": "PUT", "url_template": "/orders/{{id}}?note={{note}}&by={{ by }}",
        "url_params": [parameter("id", "string", true), parameter("note", "string", false)],
        "body_params": [parameter("count", "integer", true), parameter("tags", "array", false)],
        "headers_template": { "X-Order": "no. {{id}}" },
        "body_template": { "count": "{{count}}", "tags": ["{{tags}}", "a"], "text": "{{count}} of {{id}}", "none": "{{none}}", "fix": 1 },
        "response_mapping": { "path": "items[1].price", "success_message": "Done." },
    });
    let config = json!({ "name": "Shop", "base_url": base_url, "auth_type": "bearer", "auth_config": { "token": "canary-token" } });
    let (path, _) = add(&api, config, tool).await;
    let arguments = json!({ "id": "A/1 é", "count": 2, "tags": ["x"] });
    let ran = dry_run(&api, &path, arguments).await;
    assert_eq!(ran.0, 200, "{ran:?}");
    let data = &ran.1["data"];
    let body = json!({ "count": 2, "tags": [["x"], "a"], "text": "2 of A/1 é", "none": null, "fix": 1 });
    let url = format!("{base_url}orders/A%2F1%20%C3%A9?note=&by=");
    assert_eq!(data["request"]["url"], url);
    assert_eq!((&data["request"]["method"], &data["request"]["body"]), (&json!("PUT"), &body));
    assert_eq!(
        data["request"]["headers"],
        json!({ "content-type": "application/json", "authorization": "****", "x-order": "no. A/1 é" })
    );
    // The API saw the same request, with the credentials, which its response repeats.
    let seen = &data["response"]["body"];
    assert_eq!((&data["response"]["status"], &seen["body"]), (&json!(200), &body));
    assert!(url.ends_with(seen["url"].as_str().expect("a URL")));
    assert_eq!(data["result"], json!({ "is_error": false, "message": "Done.", "data": 7 }));
    assert!(!ran.1.to_string().contains("canary"), "{ran:?}");
}

#[tokio::test]
async fn each_auth_type_sends_its_headers_and_the_tool_overrides_the_api() {
    let api = Api::start().await;
    let url = start().await;
    let cases = [
        ("bearer", json!({ "token": "t" }), "authorization", "Bearer t"),
        (
            "basic",
            json!({ "username": "user", "password": "secret" }),
            "authorization",
            "Basic dXNlcjpzZWNyZXQ=",
        ),
        ("api_key", json!({ "api_key": "k" }), "x-api-key", "k"),
        ("api_key", json!({ "api_key": "k", "header_name": "X-Shop" }), "x-shop", "k"),
    ];
    for (auth_type, auth, header, value) in cases {
        for override_api in [false, true] {
            let mut config = json!({ "name": "Shop", "base_url": url });
            let mut tool = get_tool("/");
            tool["response_mapping"] = json!({ "path": format!("headers.header-{header}") });
            let owner = if override_api { &mut tool } else { &mut config };
            owner["auth_type"] = auth_type.into();
            owner["auth_config"] = auth.clone();
            add(&api, config, tool).await;
            let reply = say(&api, "/call get_it").await;
            // The reply masks the credentials themselves, but not the form around them.
            let masked = auth
                .as_object()
                .expect("an object")
                .values()
                .filter_map(Value::as_str)
                .fold(value.to_owned(), |text, secret| text.replace(secret, "****"));
            assert_eq!(reply, format!("get_it returned: {masked}"), "{auth_type}");
            api.admin("/reset", Value::Null).await;
        }
    }
}

#[tokio::test]
async fn invalid_arguments_and_templates_are_refused() {
    let api = Api::start().await;
    let url = start().await;
    let shop = |base_url: &str| json!({ "name": "Shop", "base_url": base_url });
    let mut typed = get_tool("/{{id}}");
    typed["url_params"] = json!([
        { "name": "id", "type": "integer", "description": "d", "required": true },
        { "name": "all", "type": "boolean", "description": "d" },
    ]);
    let (path, id) = add(&api, shop(&url), typed).await;
    let refused = dry_run(&api, &path, json!({ "all": "yes" })).await;
    assert_eq!(code(&refused), (400, "validation_error"));
    assert_eq!(
        refused.1["message"],
        json!(["arguments.id: is required", "arguments.all: must be of type boolean"])
    );
    assert_eq!(
        say(&api, r#"/call get_it {"id": 1.5}"#).await,
        "get_it failed: arguments.id: must be of type integer"
    );
    api.post("{agent}/actions/disable", json!({ "action_ids": [id] })).await;
    assert_eq!(say(&api, "/call get_it {}").await, "The tool get_it is disabled. Enabled tools: none.");

    for (config, template, expected) in [
        (json!({ "name": "Shop" }), "/orders", "no base_url"),
        (shop(&url), "https://{{none}}", "invalid URL"),
        (shop("https://shop.example"), "/orders", "--allow-outbound to send requests to shop.example"),
        (shop("http://localhost.shop.example"), "/", "--allow-outbound"),
        (shop(&url), "https://{{host}}/orders", "--allow-outbound"),
    ] {
        let (path, _) = add(&api, config, get_tool(template)).await;
        let refused = dry_run(&api, &path, json!({ "host": "shop.example" })).await;
        assert_eq!(code(&refused), (400, "bad_request"));
        assert!(refused.1["message"].as_str().is_some_and(|text| text.contains(expected)), "{refused:?}");
    }
    assert_eq!(code(&dry_run(&api, "/tools/unknown/dry-run", json!({})).await), (404, "not_found"));
}

#[tokio::test]
async fn body_parameters_without_a_template_send_no_body() {
    let api = Api::start().await;
    let mut tool = get_tool("/orders");
    tool["http_method"] = "POST".into();
    tool["body_params"] = json!([{ "name": "sku", "type": "string", "description": "d", "required": true }]);
    let (path, _) = add(&api, json!({ "name": "Shop", "base_url": start().await }), tool).await;
    let ran = dry_run(&api, &path, json!({ "sku": "A1" })).await;
    assert_eq!(ran.1["data"]["request"]["body"], Value::Null);
    assert_eq!(ran.1["data"]["response"]["body"]["body"], Value::Null);
}

#[tokio::test]
async fn responses_are_mapped_and_failures_have_a_cause() {
    let api = Api::start().await;
    let url = start().await;
    let cases = [
        ("/text", json!({}), json!({ "is_error": false, "message": null, "data": "plain" })),
        (
            "/",
            json!({ "path": "$.items[0].price" }),
            json!({ "is_error": false, "message": null, "data": 5 }),
        ),
        ("/", json!({ "path": "items.9" }), json!({ "is_error": false, "message": null, "data": null })),
        (
            "/missing",
            json!({ "path": "reason", "error_message": "Not there." }),
            json!({ "is_error": true, "message": "Not there.", "data": { "reason": "sold out" } }),
        ),
        (
            "/missing",
            json!({}),
            json!({ "is_error": true, "message": "the API responded with status 404", "data": { "reason": "sold out" } }),
        ),
        (
            "/elsewhere",
            json!({}),
            json!({ "is_error": true, "message": "the API responded with status 307", "data": null }),
        ),
        (
            "/large",
            json!({}),
            json!({ "is_error": true, "message": "the API sent more than 1048576 bytes", "data": null }),
        ),
        (
            "/slow",
            json!({}),
            json!({ "is_error": true, "message": "no response within 1000 ms", "data": null }),
        ),
        (
            "http://127.0.0.1:9/",
            json!({}),
            json!({ "is_error": true, "message": "127.0.0.1:9 refused the connection. Start the server, or correct the port.", "data": null }),
        ),
    ];
    for (template, mapping, result) in cases {
        let mut tool = get_tool(template);
        tool["response_mapping"] = mapping;
        tool["timeout"] = 1000.into();
        let (path, _) = add(&api, json!({ "name": "Shop", "base_url": url }), tool).await;
        let ran = dry_run(&api, &path, json!({})).await;
        assert_eq!(ran.1["data"]["result"], result, "{template}");
    }
}

#[tokio::test]
async fn agent_runs_tools_only_when_it_may() {
    let api = Api::start().await;
    let url = start().await;
    let mut tool = get_tool("/");
    tool["response_mapping"] = json!({ "path": "url", "success_message": "Found:" });
    let (_, id) = add(&api, json!({ "name": "Shop", "base_url": url }), tool.clone()).await;
    assert_eq!(say(&api, "/call get it").await, "get_it returned: Found: /");
    assert_eq!(
        say(&api, "/call get_it {not json}").await.split(':').next(),
        Some("The arguments of get_it are not a JSON object")
    );
    assert_eq!(say(&api, "/call pay {}").await, "I have no tool named \"pay\". Enabled tools: get_it.");
    assert!(say(&api, "/callback, please").await.contains("You said"));

    let conversation = api.get("{agent}/conversations").await.1["data"][0]["id"].clone();
    let conversation = format!("{{agent}}/conversations/{}", conversation.as_str().expect("an id"));
    api.patch(&format!("{conversation}/ai-status"), json!({ "is_ai_chat_paused": true })).await;
    let sent = api.post(&format!("{conversation}/messages"), json!({ "message": "/call get_it" })).await;
    assert_eq!(sent.1["data"]["role"], "user", "a paused agent runs no tool");
    api.patch(&format!("{conversation}/ai-status"), json!({ "is_ai_chat_paused": false })).await;

    api.post("{agent}/actions/disable", json!({ "action_ids": [id] })).await;
    tool["require_human_approval"] = true.into();
    add(&api, json!({ "name": "Bank", "base_url": url }), tool).await;
    assert!(say(&api, "/call get_it").await.contains("needs the approval of a person"));
    assert_eq!(api.get(&conversation).await.1["data"]["needs_attention"], true);

    let stripe =
        json!({ "type": "stripe", "public_key": "pk_1", "secret_key": "sk_secret", "currency": "NGN" });
    api.post("{agent}/integrations/bimpeai/configure", stripe).await;
    assert_eq!(
        say(&api, "/call create_payment_link {}").await,
        "create_payment_link failed: the sandbox does not contact Stripe"
    );
}

#[tokio::test]
async fn allowed_outbound_requests_leave_the_machine() {
    let api = Api::with(Sandbox::builder().allow_outbound(true)).await;
    let (path, _) = add(&api, json!({ "name": "n", "base_url": "http://shop.invalid" }), get_tool("/")).await;
    let ran = dry_run(&api, &path, json!({})).await;
    let message = ran.1["data"]["result"]["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("The host name of shop.invalid:80 has no address"), "{message}");
}

#[tokio::test]
async fn command_with_an_idempotency_key_runs_the_tool_once() {
    let api = Api::start().await;
    add(&api, json!({ "name": "Shop", "base_url": start().await }), get_tool("/count")).await;
    let body =
        json!({ "message": "/call get_it", "channel_type": "whatsapp", "channel_user_id": "+2348012345678" });
    for (key, expected) in
        [("a", "get_it returned: 1"), ("a", "get_it returned: 1"), ("b", "get_it returned: 2")]
    {
        let request = api.request(reqwest::Method::POST, "{agent}/conversations/messages");
        let sent = common::read_json(request.header("idempotency-key", key).json(&body).send().await).await;
        assert_eq!(text(&sent, "message"), expected);
    }
}

#[tokio::test]
async fn command_that_a_client_sends_again_meanwhile_runs_the_tool_once() {
    let api = Api::start().await;
    add(&api, json!({ "name": "Shop", "base_url": start().await }), get_tool("/slow-count")).await;
    let body =
        json!({ "message": "/call get_it", "channel_type": "whatsapp", "channel_user_id": "+2348012345678" });
    let send = |key: &str| {
        let request = api.request(reqwest::Method::POST, "{agent}/conversations/messages");
        request.header("idempotency-key", key).json(&body)
    };
    let gave_up = send("a").timeout(Duration::from_millis(200)).send().await;
    assert!(gave_up.is_err_and(|error| error.is_timeout()));
    for (key, expected) in [("a", "get_it returned: 1"), ("b", "get_it returned: 2")] {
        let message = common::read_json(send(key).send().await).await;
        assert_eq!(text(&message, "message"), expected);
    }
}
