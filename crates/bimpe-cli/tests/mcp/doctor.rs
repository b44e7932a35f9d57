//! `bimpe mcp doctor` with servers that work, and with those that do not.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use bimpe_sandbox::Sandbox;
use serde_json::json;

use crate::common::command::{Ran, bimpe, finish};
use crate::http::Server;

fn doctor(arguments: &[&str]) -> Ran {
    finish(bimpe(None).args(["mcp", "doctor"]).args(arguments).env("TOKEN", "t0ken-of-the-test"), "")
}

/// Starts a server that sends the same bytes to each connection, `times` times. Returns its port.
fn responder(response: &'static [u8], times: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for mut connection in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let _ = connection.read(&mut [0; 8192]);
                // A client that has seen enough closes the connection.
                let sent = (0..times).try_for_each(|_| connection.write_all(response));
                if times == 0 {
                    thread::park();
                }
                sent
            });
        }
    });
    port
}

fn status(line: &'static str) -> u16 {
    let response = format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    responder(Box::leak(response.into_bytes().into_boxed_slice()), 1)
}

#[test]
fn one_cause_one_fix_and_the_exit_code_of_the_stage() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let page: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>";
    let endless: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n          ";
    let url = |scheme: &str, port: u16| format!("{scheme}://127.0.0.1:{port}/mcp");
    for (name, url, code, stage, cause) in [
        ("dns", "http://no-host.invalid/mcp".to_owned(), 10, "dns", "has no address"),
        ("closed", url("http", closed), 11, "connect", "refused the connection"),
        ("no TLS", url("https", status("200 OK")), 12, "tls", "TLS handshake"),
        ("404", url("http", status("404 Not Found")), 13, "http", "responded with 404"),
        ("silent", url("http", responder(b"", 0)), 13, "http", "did not respond within"),
        ("401", url("http", status("401 Unauthorized")), 14, "auth", "responded with 401"),
        ("405", url("http", status("405 Method Not Allowed")), 15, "transport", "responded with 405"),
        ("page", url("http", responder(page, 1)), 15, "transport", "text/html"),
        ("endless", url("http", responder(endless, usize::MAX)), 16, "protocol", "more than"),
    ] {
        let ran = doctor(&[&url, "--timeout", "4", "--bearer", "env:TOKEN"]);
        assert_eq!(ran.code, code, "{name}: {ran:?}");
        assert!(ran.out.contains(&format!("{stage:<10} failed")), "{name}: {ran:?}");
        assert_eq!(ran.out.matches("Cause: ").count(), 1, "{name}: {ran:?}");
        assert_eq!(ran.out.matches("Fix: ").count(), 1, "{name}: {ran:?}");
        assert!(ran.out.contains(cause) && !ran.out.contains("t0ken-of-the-test"), "{name}: {ran:?}");
        assert_eq!(ran.err, "", "{name}");
    }
}

#[test]
fn a_server_that_works_passes_all_stages() {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    let server = Server::start(&sandbox, &["--token", "env:TOKEN"]);
    let ran = doctor(&[server.url(), "--bearer", "env:TOKEN", "--json"]);
    let report = ran.json();
    assert_eq!((ran.code, &report["ok"]), (0, &json!(true)), "{ran:?}");
    assert_eq!(report["server"]["name"], "bimpe");
    assert!(report["tools"].as_array().expect("a list").contains(&json!("agents_list")));
    let outcomes: Vec<_> =
        report["stages"].as_array().expect("a list").iter().map(|stage| &stage["outcome"]).collect();
    assert_eq!(outcomes, ["skipped", "ok", "skipped", "ok", "ok", "ok", "ok", "ok"]);

    let wrong = doctor(&[server.url(), "--bearer", "env:TOKEN", "--transport", "http_sse", "--json"]);
    assert_eq!(wrong.code, 15, "{wrong:?}");
    assert_eq!(wrong.json()["error"]["fix"], "Use the transport streamable_http.");
    assert_eq!(doctor(&[server.url()]).code, 14);
}

#[test]
fn a_tool_that_no_agent_can_use_is_an_error() {
    let port = tools_server();
    let ran = doctor(&[&format!("http://127.0.0.1:{port}/mcp")]);
    assert_eq!(ran.code, 17, "{ran:?}");
    assert!(ran.out.contains("tools      failed   2 tools"), "{}", ran.out);
    assert!(ran.out.contains("error: #2: name is missing"), "{}", ran.out);
    assert!(ran.out.contains("warning: check_stock: the description is missing"), "{}", ran.out);
}

/// Starts a server with a valid and an invalid tool.
fn tools_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for mut connection in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 8192];
            let length = connection.read(&mut request).unwrap_or_default();
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            let result = if text.contains("\"initialize\"") {
                json!({"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                    "serverInfo": {"name": "stub", "version": "1"}})
            } else if text.contains("\"tools/list\"") {
                let schema = json!({"type": "object"});
                json!({"tools": [{"name": "check_stock", "inputSchema": schema}, {"inputSchema": schema}]})
            } else {
                let _ = connection
                    .write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                continue;
            };
            let id =
                text.split("\"id\":").nth(1).and_then(|rest| rest.split([',', '}']).next()).unwrap_or("0");
            let body = format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{result}}}");
            let head = format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close",
                body.len()
            );
            let _ = write!(connection, "HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}");
        }
    });
    port
}

#[test]
fn secrets_never_stand_in_the_arguments() {
    for arguments in [
        ["http://127.0.0.1:9/mcp", "--bearer", "s3cret-token"],
        ["http://127.0.0.1:9/mcp", "--header", "X-Key: s3cret-token"],
        ["ftp://127.0.0.1", "--bearer", "env:TOKEN"],
        ["http://127.0.0.1:9/mcp", "--header", "X-Key"],
    ] {
        let ran = doctor(&arguments);
        assert_eq!((ran.code, ran.out.as_str()), (64, ""), "{ran:?}");
        assert!(!ran.err.contains("s3cret-token"), "{ran:?}");
    }
}
