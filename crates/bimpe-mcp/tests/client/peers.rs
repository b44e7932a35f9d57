//! Servers that this project did not write: `@modelcontextprotocol/server-everything`, and two Python libraries.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use bimpe_mcp::{Server, Session, Stage, Transport};
use serde_json::{Map, Value, json};
use tokio::process::{Child, Command};
use tokio::time::sleep;

const LIMIT: Duration = Duration::from_secs(10);
const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/peers");
const TRANSPORTS: [(&str, Transport); 2] =
    [("/mcp", Transport::StreamableHttp), ("/sse", Transport::HttpSse)];

/// Starts a server, and waits until its port is open.
async fn start(mut command: Command, port: u16) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let child = command.spawn().expect("the program runs");
    for _ in 0..400 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return child;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("the server did not start");
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    listener.expect("a free port").port()
}

/// Lists the tools, runs one, and connects with the wrong transport. Returns the results as JSON.
async fn use_tool(url: &str, transport: Transport, name: &str, arguments: &[Value]) -> Vec<Value> {
    let server = Server::new(url).expect("a URL").transport(transport);
    let session = Session::connect(&server, LIMIT).await.expect("a session");
    let list = session.list_tools(LIMIT).await.expect("the tools");
    assert!(list.tools.iter().any(|tool| tool.name == name) && list.invalid.is_empty(), "{list:?}");
    let mut results = Vec::new();
    for arguments in arguments {
        let arguments: Map<String, Value> = arguments.as_object().expect("an object").clone();
        let result = session.call_tool(name, arguments, LIMIT).await.expect("a result");
        results.push(serde_json::to_value(result).expect("JSON"));
    }
    session.close().await;

    let wrong = if transport == Transport::HttpSse { Transport::StreamableHttp } else { Transport::HttpSse };
    let error = Session::connect(&server.transport(wrong), LIMIT).await.expect_err("the wrong transport");
    assert_eq!((error.stage, error.fix), (Stage::Transport, format!("Use the transport {transport}.")));
    results
}

#[tokio::test]
async fn server_everything_lists_and_runs_tools_over_both_transports() {
    let script = std::env::var_os("MCP_SERVER").map_or_else(
        || {
            let package = "node_modules/@modelcontextprotocol/server-everything";
            Path::new(PEERS).join(package).join("dist/index.js")
        },
        PathBuf::from,
    );
    assert!(script.exists(), "`cargo xtask setup` installs the MCP server of this test");
    for (path, transport) in TRANSPORTS {
        let port = free_port();
        let name = if transport == Transport::HttpSse { "sse" } else { "streamableHttp" };
        let mut command = Command::new("node");
        command.arg(&script).arg(name).env("PORT", port.to_string());
        let _child = start(command, port).await;
        let url = format!("http://127.0.0.1:{port}{path}");
        let results = use_tool(&url, transport, "echo", &[json!({ "message": "hello" })]).await;
        assert_eq!(results[0]["content"][0]["text"], "Echo: hello");
    }
}

#[tokio::test]
#[ignore = "`cargo xtask test --only \"MCP servers\"` installs the libraries"]
async fn servers_of_python_libraries_list_and_run_tools_over_both_transports() {
    let python = std::env::var("MCP_PYTHON").expect("MCP_PYTHON names a Python with the libraries");
    for library in ["mcp", "fastmcp"] {
        for (path, transport) in TRANSPORTS {
            let port = free_port();
            let name = if transport == Transport::HttpSse { "sse" } else { "streamable-http" };
            let mut command = Command::new(&python);
            command.arg(Path::new(PEERS).join("mcp_server.py")).args([library, name, &port.to_string()]);
            let _child = start(command, port).await;
            let url = format!("http://127.0.0.1:{port}{path}");
            let arguments = [json!({ "product": "bag" }), json!({ "product": "bag", "wanted": 5 })];
            let results = use_tool(&url, transport, "stock", &arguments).await;
            assert_eq!(results[0]["content"][0]["text"], "1 of bag", "{library} {transport}");
            assert_eq!(results[1]["isError"], true, "{library} {transport}: {results:?}");
        }
    }
}
