//! Discovery and connection tests against MCP servers, over both transports.

mod common;
#[allow(dead_code, reason = "these tests use a part of it")]
#[path = "../../bimpe-mcp/tests/client/stub.rs"]
mod stub;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use common::{Api, code, read_json, say, text};
use serde_json::{Value, json};
use stub::{initialize, tool};

const TRANSPORTS: [(&str, &str); 2] = [("/mcp", "streamable_http"), ("/sse", "http_sse")];

type Tools = Arc<Mutex<Vec<Value>>>;

/// Starts a server with one tool on each page. Returns its URL, and its tools for the test to change.
async fn start() -> (String, Tools) {
    let tools: Tools = Arc::default();
    let listed = Arc::clone(&tools);
    let url = stub::start(move |method, params| {
        if method != "tools/list" {
            return initialize(method);
        }
        let tools = listed.lock().expect("no thread panicked with the lock");
        let index = params["cursor"].as_str().and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
        let page: Vec<Value> = tools.iter().skip(index).take(1).cloned().collect();
        let next = (index + 1 < tools.len()).then(|| (index + 1).to_string());
        json!({ "result": { "tools": page, "nextCursor": next } })
    });
    (url.await, tools)
}

fn set(tools: &Tools, list: Vec<Value>) {
    *tools.lock().expect("no thread panicked with the lock") = list;
}

/// Configures a server, and returns the path of the integration.
async fn configure(api: &Api, body: Value) -> String {
    let made = api.post("{agent}/integrations/mcp_server/configure", body).await;
    assert_eq!(made.0, 201, "{made:?}");
    assert!(!made.1["data"].to_string().contains("secret"));
    format!("{{agent}}/integrations/mcp_server/{}", text(&made, "id"))
}

fn shop(url: &str, path: &str, transport: &str) -> Value {
    json!({
        "name": "Stock room", "server_url": format!("{url}{path}"), "transport": transport,
        "auth_type": "api_key", "auth_config": { "api_key": "secret", "header_name": "X-Shop-Key" },
    })
}

#[tokio::test]
async fn discovery_updates_the_stored_tools() {
    let api = Api::start().await;
    for (path, transport) in TRANSPORTS {
        let (url, tools) = start().await;
        let server = configure(&api, shop(&url, path, transport)).await;
        set(&tools, ["countStock", "order-more", "close"].map(tool).into());
        let tested = api.post(&format!("{server}/test"), Value::Null).await;
        assert_eq!((tested.0, &tested.1["data"]["tools_count"]), (200, &json!(3)), "{tested:?}");
        let discover = || async { api.post(&format!("{server}/discover"), Value::Null).await };
        let counts = |discovered, created, updated, disabled| json!({ "discovered": discovered, "created": created, "updated": updated, "disabled": disabled });
        assert_eq!(discover().await.1["data"], counts(3, 3, 0, 0));
        set(&tools, ["countStock", "open"].map(tool).into());
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
}

#[tokio::test]
async fn each_auth_type_sends_its_credentials() {
    let api = Api::start().await;
    let (url, _) = start().await;
    for (path, transport) in TRANSPORTS {
        let cases = [
            ("bearer", json!({ "token": "secret" })),
            ("basic", json!({ "username": "user", "password": "secret" })),
            ("api_key", json!({ "api_key": "secret" })),
            ("api_key", json!({ "api_key": "secret", "header_name": "X-Shop-Key" })),
            ("custom", json!({ "token": "other", "api_key": "x", "header_name": "x" })),
            ("none", Value::Null),
        ];
        for (auth_type, auth) in cases {
            let mut body = shop(&url, path, transport);
            body["auth_type"] = auth_type.into();
            body["auth_config"] = auth.clone();
            if auth.is_null() {
                body.as_object_mut().expect("an object").remove("auth_config");
            }
            let server = configure(&api, body).await;
            let tested = api.post(&format!("{server}/test"), Value::Null).await;
            let status = if matches!(auth_type, "custom" | "none") { 400 } else { 200 };
            assert_eq!(tested.0, status, "{auth_type} {transport}: {tested:?}");
            assert!(status == 200 || tested.1.to_string().contains("401 Unauthorized"), "{tested:?}");
        }
    }
}

#[tokio::test]
async fn fields_of_custom_credentials_are_headers() {
    let api = Api::start().await;
    let (url, _) = start().await;
    let auth = json!({ "x-shop-key": "secret" });
    let server = json!({ "name": "Stock room", "server_url": format!("{url}/mcp"), "auth_type": "custom", "auth_config": auth });
    let server = configure(&api, server).await;
    assert_eq!(api.post(&format!("{server}/test"), Value::Null).await.0, 200);
}

#[tokio::test]
async fn connection_errors_name_the_host_and_the_cause() {
    let api = Api::start().await;
    let (url, _) = start().await;
    let server = |server_url: String, transport| json!({ "name": "n", "server_url": server_url, "transport": transport });
    let cases = [
        (
            server("http://127.0.0.1:9/mcp?token=private".into(), "streamable_http"),
            "127.0.0.1:9 refused the connection",
        ),
        (server("http://shop.invalid/mcp".into(), "http_sse"), "shop.invalid:80 has no address"),
        (server(format!("{url}/mcp"), "streamable_http"), "401 Unauthorized. Check auth_type"),
        (server(format!("{url}/none"), "http_sse"), "404 Not Found"),
        (shop(&url, "/mcp", "http_sse"), "speaks streamable_http, not http_sse"),
        (shop(&url, "/sse", "streamable_http"), "speaks http_sse, not streamable_http"),
        (server(url.replace("http:", "https:"), "http_sse"), "The TLS handshake"),
        (server("ftp://shop.example".into(), "http_sse"), "http:// or https://"),
    ];
    for (body, expected) in cases {
        let server = configure(&api, body).await;
        for action in ["test", "discover"] {
            let failed = api.post(&format!("{server}/{action}"), Value::Null).await;
            assert_eq!(code(&failed), (400, "integration_connection_failed"));
            let message = failed.1["message"].as_str().unwrap_or_default();
            assert!(
                message.contains(expected) && !message.contains("secret") && !message.contains("private"),
                "{message}"
            );
        }
    }
}

#[tokio::test]
async fn discovery_of_an_integration_that_is_removed_meanwhile_is_not_found() {
    let api = Api::start().await;
    let request: Arc<Mutex<String>> = Arc::default();
    let host = api.sandbox.url().trim_start_matches("http://").to_owned();
    let (deletion, to) = (Arc::clone(&request), host.clone());
    let url = stub::start(move |method, _| {
        if method != "tools/list" {
            return initialize(method);
        }
        let mut connection = TcpStream::connect(&to).expect("the sandbox runs on another thread");
        let deletion = deletion.lock().expect("no thread panicked with the lock");
        connection.write_all(deletion.as_bytes()).expect("the request is sent");
        let mut response = String::new();
        connection.read_to_string(&mut response).expect("a response");
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
        json!({ "result": { "tools": [tool("late")] } })
    })
    .await;
    let server = configure(&api, shop(&url, "/mcp", "streamable_http")).await;
    let path = api.at(&server);
    let path = path.strip_prefix(api.sandbox.url()).expect("a path of the sandbox");
    *request.lock().expect("no thread panicked with the lock") = format!(
        "DELETE {path} HTTP/1.1\r\nhost: {host}\r\nx-api-key: {}\r\nconnection: close\r\n\r\n",
        api.sandbox.api_key()
    );
    assert_eq!(code(&api.post(&format!("{server}/discover"), Value::Null).await), (404, "not_found"));
}

#[tokio::test]
async fn demo_server_works_over_both_transports() {
    let api = Api::start().await;
    for (path, transport) in [("/mcp/demo", "streamable_http"), ("/mcp/demo/sse", "http_sse")] {
        let url = format!("{}{path}", api.sandbox.url());
        let server =
            configure(&api, json!({ "name": "Demo", "server_url": url, "transport": transport })).await;
        let found = api.post(&format!("{server}/discover"), Value::Null).await;
        assert_eq!(found.1["data"]["created"], 3, "{transport}: {found:?}");
        for (command, expected) in [
            (
                r#"/call find_order {"order_number": "1002"}"#,
                r#"find_order returned: {"order_number":"1002","product":"Leather bag","state":"on its way"}"#,
            ),
            (
                r#"/call check_stock {"product": "Radio"}"#,
                "check_stock failed: The shop has no product \"Radio\".",
            ),
            (r#"/call quote_delivery {"city": "Lagos", "weight_kg": 2}"#, "\"price\":2300.0"),
            (
                r#"/call quote_delivery {"city": "Lagos"}"#,
                "quote_delivery failed: The argument weight_kg must be a number",
            ),
        ] {
            let reply = say(&api, command).await;
            assert!(reply.contains(expected), "{transport} {command}: {reply}");
        }
        assert_eq!(api.delete(&server).await.0, 200);
    }
}

#[tokio::test]
async fn demo_server_refuses_pages_of_other_origins_and_unknown_sessions() {
    let api = Api::start().await;
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let post = |path: &str| api.http.post(format!("{}{path}", api.sandbox.url())).json(&message);
    let foreign = read_json(post("/mcp/demo").header("origin", "http://evil.example").send().await).await;
    assert_eq!(code(&foreign), (403, "forbidden"));
    let unknown = read_json(post("/mcp/demo/messages?session_id=none").send().await).await;
    assert_eq!(code(&unknown), (404, "not_found"));
    let own = read_json(post("/mcp/demo").send().await).await;
    assert_eq!(own, (200, json!({ "jsonrpc": "2.0", "id": 1, "result": {} })));
}

#[tokio::test]
async fn invalid_tool_is_named_and_the_others_are_taken() {
    let api = Api::start().await;
    let (url, tools) = start().await;
    set(&tools, vec![tool("good"), json!({ "name": "bad", "inputSchema": [] })]);
    let server = configure(&api, shop(&url, "/sse", "http_sse")).await;
    let skipped = "Skipped 1 invalid tools: bad: inputSchema must be an object.";
    let tested = api.post(&format!("{server}/test"), Value::Null).await;
    assert_eq!((text(&tested, "error"), &tested.1["data"]["tools_count"]), (skipped, &json!(1)));
    let found = api.post(&format!("{server}/discover"), Value::Null).await;
    assert_eq!(found.1["data"], json!({ "discovered": 1, "created": 1, "updated": 0, "disabled": 0 }));
    assert_eq!(found.1["message"], format!("MCP tools discovered successfully. {skipped}"));
}
