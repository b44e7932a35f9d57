//! Lists and calls of tools.

use std::time::Duration;

use bimpe_mcp::{Server, Session, Transport};
use serde_json::{Map, Value, json};

use crate::stub::{Respond, initialize, start, tool};

const LIMIT: Duration = Duration::from_secs(5);
const TRANSPORTS: [(&str, Transport); 2] =
    [("/mcp", Transport::StreamableHttp), ("/sse", Transport::HttpSse)];

async fn connect(respond: Respond, path: &str, transport: Transport) -> Session {
    let url = format!("{}{path}", start(respond).await);
    let server =
        Server::new(&url).and_then(|server| server.transport(transport).header("X-Shop-Key", "secret"));
    Session::connect(&server.expect("valid input"), LIMIT).await.expect("a session")
}

fn three_pages(method: &str, params: &Value) -> Value {
    let names = ["count", "order", "close"];
    match method {
        "tools/list" => {
            let index = params["cursor"].as_str().map_or(0, |cursor| cursor.parse().expect("a number"));
            let next = if index < 2 { json!((index + 1).to_string()) } else { Value::Null };
            json!({ "result": { "tools": [tool(names[index])], "nextCursor": next } })
        }
        "tools/call" => {
            json!({ "result": { "content": [{ "type": "text", "text": params["arguments"].to_string() }] } })
        }
        _ => initialize(method),
    }
}

#[tokio::test]
async fn both_transports_list_all_pages_and_run_a_tool() {
    for (path, transport) in TRANSPORTS {
        let session = connect(three_pages, path, transport).await;
        assert_eq!(session.server_name().as_deref(), Some("stock room"));
        assert_eq!(session.protocol_version().as_deref(), Some("2025-06-18"));
        let list = session.list_tools(LIMIT).await.expect("the tools");
        let names: Vec<&str> = list.tools.iter().map(|tool| &*tool.name).collect();
        assert_eq!(names, ["count", "order", "close"], "{transport}");
        assert_eq!(list.invalid, []);

        let arguments = Map::from_iter([("sku".to_owned(), json!("A1"))]);
        let result = session.call_tool("count", arguments, LIMIT).await.expect("a result");
        let result = serde_json::to_value(result).expect("JSON");
        assert_eq!(result["content"][0]["text"], r#"{"sku":"A1"}"#);
        session.close().await;
    }
}

fn invalid_tools(method: &str, _: &Value) -> Value {
    if method != "tools/list" {
        return initialize(method);
    }
    let tools = json!([
        tool("good"),
        { "name": "no_schema" },
        { "name": "wrong_schema", "inputSchema": "text" },
        { "name": "wrong_description", "description": 5, "inputSchema": {} },
        { "inputSchema": {} },
        "a text",
        tool("good"),
        { "name": "wrong_hint", "inputSchema": {}, "annotations": { "readOnlyHint": "yes" } },
        tool("last"),
    ]);
    json!({ "result": { "tools": tools } })
}

#[tokio::test]
async fn invalid_tool_is_named_and_the_others_are_listed() {
    for (path, transport) in TRANSPORTS {
        let session = connect(invalid_tools, path, transport).await;
        let list = session.list_tools(LIMIT).await.expect("the tools");
        let names: Vec<&str> = list.tools.iter().map(|tool| &*tool.name).collect();
        assert_eq!(names, ["good", "last"]);
        let invalid: Vec<String> = list.invalid.iter().map(ToString::to_string).collect();
        assert_eq!(
            invalid[..6],
            [
                "no_schema: inputSchema is missing",
                "wrong_schema: inputSchema must be an object",
                "wrong_description: description must be a text",
                "#5: name is missing",
                "#6: the tool must be an object",
                "good: name repeats the name of an earlier tool",
            ]
        );
        assert!(invalid[6].starts_with("wrong_hint: a nested field is invalid: "), "{}", invalid[6]);
    }
}
