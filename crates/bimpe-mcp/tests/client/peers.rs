//! A server that this project did not write: `@modelcontextprotocol/server-everything`.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use bimpe_mcp::{Server, Session, Stage, Transport};
use serde_json::{Map, json};
use tokio::process::{Child, Command};
use tokio::time::sleep;

const LIMIT: Duration = Duration::from_secs(10);

/// Starts the server on a free port.
async fn start(transport: &str) -> (Child, String) {
    let script = std::env::var_os("MCP_SERVER").map_or_else(
        || {
            let packages = "../../tests/peers/node_modules/@modelcontextprotocol";
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(packages).join("server-everything/dist/index.js")
        },
        PathBuf::from,
    );
    assert!(script.exists(), "`cargo xtask setup` installs the MCP server of this test");
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = port.expect("a free port").port().to_string();
    let mut command = Command::new("node");
    command.arg(script).arg(transport).env("PORT", &port).kill_on_drop(true);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().expect("node runs");
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(format!("127.0.0.1:{port}")).await.is_ok() {
            return (child, format!("http://127.0.0.1:{port}"));
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("the server did not start");
}

#[tokio::test]
async fn server_everything_lists_and_runs_tools_over_both_transports() {
    for (name, path, transport) in
        [("streamableHttp", "/mcp", Transport::StreamableHttp), ("sse", "/sse", Transport::HttpSse)]
    {
        let (_child, url) = start(name).await;
        let server = Server::new(&format!("{url}{path}")).expect("a URL").transport(transport);
        let session = Session::connect(&server, LIMIT).await.expect("a session");
        let list = session.list_tools(LIMIT).await.expect("the tools");
        assert!(list.tools.iter().any(|tool| tool.name == "echo") && list.invalid.is_empty(), "{list:?}");
        let arguments = Map::from_iter([("message".to_owned(), json!("hello"))]);
        let result = session.call_tool("echo", arguments, LIMIT).await.expect("a result");
        let result = serde_json::to_value(result).expect("JSON");
        assert_eq!(result["content"][0]["text"], "Echo: hello");
        session.close().await;

        let wrong =
            if transport == Transport::HttpSse { Transport::StreamableHttp } else { Transport::HttpSse };
        let error = Session::connect(&server.transport(wrong), LIMIT).await.expect_err("the wrong transport");
        assert_eq!((error.stage, error.fix), (Stage::Transport, format!("Use the transport {transport}.")));
    }
}
