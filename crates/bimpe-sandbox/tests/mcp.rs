//! Discovery and connection tests against an MCP server with streamable HTTP.

mod common;

use std::sync::{Arc, Mutex};

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use common::{Api, code, text};
use serde_json::{Value, json};

type Tools = Arc<Mutex<Vec<&'static str>>>;

/// Lists one tool on each page, and requires a header.
async fn serve(State(tools): State<Tools>, headers: HeaderMap, Json(message): Json<Value>) -> Response {
    if headers.get("x-shop-key").is_none_or(|key| key != "secret") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let result = match message["method"].as_str() {
        Some("initialize") => json!({
            "protocolVersion": message["params"]["protocolVersion"],
            "capabilities": { "tools": {} },
            "serverInfo": { "name": "stock room", "version": "1" },
        }),
        Some("tools/list") => {
            let tools = tools.lock().expect("no thread panicked with the lock");
            let index =
                message["params"]["cursor"].as_str().and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
            let page: Vec<Value> = tools.iter().skip(index).take(1).map(|name| tool(name)).collect();
            let next = (index + 1 < tools.len()).then(|| (index + 1).to_string());
            let mut result = json!({ "tools": page });
            if let Some(next) = next {
                result["nextCursor"] = next.into();
            }
            result
        }
        _ => return StatusCode::ACCEPTED.into_response(),
    };
    Json(json!({ "jsonrpc": "2.0", "id": message["id"], "result": result })).into_response()
}

fn tool(name: &str) -> Value {
    json!({ "name": name, "title": "Count stock", "description": "Counts", "inputSchema": { "type": "object" } })
}

/// Starts the server. Returns its URL, and its tools for the test to change.
async fn start() -> (String, Tools) {
    let tools: Tools = Arc::default();
    let router = Router::new().route("/mcp", post(serve)).with_state(Arc::clone(&tools));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}/mcp"), tools)
}

async fn configure(api: &Api, body: Value) -> String {
    let made = api.post("{agent}/integrations/mcp_server/configure", body).await;
    assert_eq!(made.0, 201, "{made:?}");
    assert!(!made.1.to_string().contains("secret"));
    format!("{{agent}}/integrations/mcp_server/{}", text(&made, "id"))
}

#[tokio::test]
async fn discovery_updates_the_stored_tools() {
    let api = Api::start().await;
    let (url, tools) = start().await;
    let auth = json!({ "api_key": "secret", "header_name": "X-Shop-Key" });
    let server = configure(
        &api,
        json!({ "name": "Stock room", "server_url": url, "auth_type": "api_key", "auth_config": auth }),
    )
    .await;

    *tools.lock().expect("no thread panicked with the lock") = vec!["countStock", "order-more", "close"];
    let tested = api.post(&format!("{server}/test"), Value::Null).await;
    assert_eq!((tested.0, &tested.1["data"]["tools_count"]), (200, &json!(3)), "{tested:?}");
    let discover = || async { api.post(&format!("{server}/discover"), Value::Null).await };
    let counts = |discovered, created, updated, disabled| json!({ "discovered": discovered, "created": created, "updated": updated, "disabled": disabled });
    assert_eq!(discover().await.1["data"], counts(3, 3, 0, 0));
    *tools.lock().expect("no thread panicked with the lock") = vec!["countStock", "open"];
    assert_eq!(discover().await.1["data"], counts(2, 1, 1, 2));
    assert_eq!(discover().await.1["data"], counts(2, 0, 2, 0));

    let list = api.get(&format!("{server}/tools")).await;
    let listed: Vec<(&str, bool)> = list.1["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|tool| (tool["action_name"].as_str().unwrap_or_default(), tool["is_enabled"] == true))
        .collect();
    assert_eq!(listed, [("countstock", true), ("order_more", false), ("close", false), ("open", true)]);
}

#[tokio::test]
async fn connection_errors_name_the_host_and_the_cause() {
    let api = Api::start().await;
    let (url, _) = start().await;
    let cases = [
        (
            json!({ "name": "n", "server_url": "http://127.0.0.1:9/mcp?token=secret" }),
            "127.0.0.1:9: Connection refused",
        ),
        (json!({ "name": "n", "server_url": url }), "401"),
        (json!({ "name": "n", "server_url": url, "transport": "http_sse" }), "legacy SSE"),
        (json!({ "name": "n", "server_url": "ftp://shop.example" }), "http:// or https://"),
    ];
    for (body, expected) in cases {
        let made = api.post("{agent}/integrations/mcp_server/configure", body).await;
        let server = format!("{{agent}}/integrations/mcp_server/{}", text(&made, "id"));
        for action in ["test", "discover"] {
            let failed = api.post(&format!("{server}/{action}"), Value::Null).await;
            assert_eq!(code(&failed), (400, "integration_connection_failed"));
            let message = failed.1["message"].as_str().unwrap_or_default();
            assert!(message.contains(expected) && !message.contains("secret"), "{message}");
        }
    }
}
