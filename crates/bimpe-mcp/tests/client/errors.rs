//! Servers that fail: each error has its stage and its cause, and comes at once.

use std::time::{Duration, Instant};

use bimpe_mcp::{Error, Server, Session, Stage, Transport};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::hostile::{endless, send_bytes, untrusted};
use crate::stub::{initialize, start, tool};

const LIMIT: Duration = Duration::from_secs(20);
const TRANSPORTS: [Transport; 2] = [Transport::StreamableHttp, Transport::HttpSse];

fn server(url: &str, transport: Transport) -> Server {
    let server = Server::new(url).expect("a URL").transport(transport);
    server.header("X-Shop-Key", "secret").expect("a header")
}

/// Connects, lists the tools and calls one. Returns the error, which must come long before the timeout.
async fn failure(server: &Server) -> Error {
    let started = Instant::now();
    let error = async {
        let session = Session::connect(server, LIMIT).await?;
        session.list_tools(LIMIT).await?;
        session.call_tool("count", Map::new(), LIMIT).await
    };
    let error = error.await.expect_err("the server fails");
    // A resolver without a network can wait some seconds.
    let limit = if error.stage == Stage::Dns { LIMIT } else { Duration::from_secs(2) };
    assert!(started.elapsed() < limit, "{error} after {:?}", started.elapsed());
    assert!(!error.to_string().contains("secret"), "{error}");
    error
}

async fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    format!("http://{}", listener.local_addr().expect("an address"))
}

#[tokio::test]
async fn unreachable_server_has_a_stage_and_a_cause() {
    let plain = start(|method, _| initialize(method)).await;
    let cases = [
        (format!("{}/mcp?key=secret", closed_port().await), Stage::Connect, "refused the connection"),
        ("http://shop.invalid/mcp".to_owned(), Stage::Dns, "shop.invalid:80 has no address"),
        (plain.replace("http:", "https:"), Stage::Tls, "The TLS handshake with 127.0.0.1:"),
        (untrusted().await, Stage::Tls, "UnknownIssuer"),
        (format!("{plain}/none"), Stage::Http, " responded with 404 Not Found."),
        (format!("{plain}/page"), Stage::Transport, ""),
        (send_bytes(b"").await, Stage::Http, "closed the connection before the response was complete"),
        (
            send_bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\ncontent-type: application/json\r\n\r\n{")
                .await,
            Stage::Http,
            "closed the connection",
        ),
        (send_bytes(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n").await, Stage::Http, "503"),
        (send_bytes(b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n").await, Stage::Auth, "403"),
        (
            send_bytes(b"HTTP/1.1 302 Found\r\nlocation: http://a.example/\r\ncontent-length: 0\r\n\r\n")
                .await,
            Stage::Http,
            "302",
        ),
    ];
    for (url, stage, cause) in cases {
        for transport in TRANSPORTS {
            if cause == "closed the connection" && transport == Transport::HttpSse {
                continue; // The content type is wrong already.
            }
            let error = failure(&server(&url, transport)).await;
            assert_eq!(error.stage, stage, "{url} {transport}: {error}");
            assert!(error.cause.contains(cause), "{url} {transport}: {error}");
        }
    }
}

#[tokio::test]
async fn missing_credentials_are_an_auth_error() {
    let url = start(|method, _| initialize(method)).await;
    for (path, transport) in [("/mcp", Transport::StreamableHttp), ("/sse", Transport::HttpSse)] {
        let anonymous = Server::new(&format!("{url}{path}")).expect("a URL").transport(transport);
        let error = failure(&anonymous).await;
        assert_eq!(error.stage, Stage::Auth);
        assert!(error.cause.ends_with("responded with 401 Unauthorized."), "{error}");
    }
}

#[tokio::test]
async fn wrong_transport_names_the_right_one() {
    let url = start(|method, _| initialize(method)).await;
    let streamable = failure(&server(&format!("{url}/mcp"), Transport::HttpSse)).await;
    assert_eq!(streamable.stage, Stage::Transport);
    assert!(streamable.cause.ends_with("speaks streamable_http, not http_sse."), "{streamable}");
    let legacy = failure(&server(&format!("{url}/sse"), Transport::StreamableHttp)).await;
    assert_eq!(legacy.fix, "Use the transport http_sse.");
}

#[tokio::test]
async fn invalid_messages_are_protocol_errors() {
    fn old_version(method: &str, _: &Value) -> Value {
        let mut outcome = initialize(method);
        outcome["result"]["protocolVersion"] = "1999-01-01".into();
        outcome
    }
    fn refused(_: &str, _: &Value) -> Value {
        json!({ "error": { "code": -32602, "message": "Unsupported protocol version" } })
    }
    fn no_result(_: &str, _: &Value) -> Value {
        json!({ "result": { "name": "shop" } })
    }
    fn no_list(method: &str, _: &Value) -> Value {
        if method == "tools/list" { json!({ "result": { "items": [] } }) } else { initialize(method) }
    }
    fn endless(method: &str, _: &Value) -> Value {
        let page = json!({ "result": { "tools": [], "nextCursor": "again" } });
        if method == "tools/list" { page } else { initialize(method) }
    }
    let cases = [
        (old_version as crate::stub::Respond, "unsupported protocol version \"1999-01-01\""),
        (refused, "refused initialize: Unsupported protocol version (code -32602)"),
        (no_result, "lacks a valid protocolVersion"),
        (no_list, "has no list `tools`"),
        (endless, "repeats a cursor"),
    ];
    for (respond, cause) in cases {
        let url = start(respond).await;
        for (path, transport) in [("/mcp", Transport::StreamableHttp), ("/sse", Transport::HttpSse)] {
            let error = failure(&server(&format!("{url}{path}"), transport)).await;
            assert_eq!(error.stage, Stage::Protocol, "{error}");
            assert!(error.cause.contains(cause), "{error}");
        }
    }
    let html =
        send_bytes(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 6\r\n\r\n<html>");
    assert_eq!(failure(&server(&html.await, Transport::StreamableHttp)).await.stage, Stage::Protocol);
}

#[tokio::test]
async fn refused_tools_are_tools_errors() {
    fn only_lists(method: &str, _: &Value) -> Value {
        let page = json!({ "result": { "tools": [tool("count")] } });
        if method == "tools/list" { page } else { initialize(method) }
    }
    for (respond, cause) in [
        (
            (|method, _| initialize(method)) as crate::stub::Respond,
            "tools/list: Method not found (code -32601)",
        ),
        (only_lists, "tools/call: Method not found (code -32601)"),
    ] {
        let url = start(respond).await;
        for (path, transport) in [("/mcp", Transport::StreamableHttp), ("/sse", Transport::HttpSse)] {
            let error = failure(&server(&format!("{url}{path}"), transport)).await;
            assert_eq!(error.stage, Stage::Tools);
            assert!(error.cause.contains(cause), "{error}");
        }
    }
}

#[tokio::test]
async fn broken_off_stream_is_reported_at_once() {
    fn ends_stream(method: &str, _: &Value) -> Value {
        if method == "tools/list" { json!({ "result": null }) } else { initialize(method) }
    }
    let legacy = format!("{}/sse", start(ends_stream).await);
    let bytes = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: a comment\n\n";
    for (url, transport) in
        [(legacy, Transport::HttpSse), (send_bytes(bytes).await, Transport::StreamableHttp)]
    {
        let error = failure(&server(&url, transport)).await;
        assert_eq!(error.stage, Stage::Http);
        assert!(error.cause.ends_with("closed the connection before the response was complete."), "{error}");
    }
}

#[tokio::test]
async fn endless_response_is_cut_off() {
    for kind in ["application/json", "text/event-stream"] {
        let url = endless(kind).await;
        let error = failure(&server(&url, Transport::StreamableHttp)).await;
        assert_eq!(error.stage, Stage::Protocol, "{kind}: {error}");
        assert!(error.cause.ends_with("sent a response of more than 16777216 bytes."), "{kind}: {error}");
    }
}

#[tokio::test]
async fn silent_server_fails_after_the_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let limit = Duration::from_millis(200);
    let error =
        Session::connect(&server(&url, Transport::StreamableHttp), limit).await.expect_err("no response");
    assert_eq!(error.stage, Stage::Http);
    assert!(error.cause.ends_with("did not respond within 0.2 s."), "{error}");
}
