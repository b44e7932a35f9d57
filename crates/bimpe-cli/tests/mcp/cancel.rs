//! Requests whose client cancels them, or leaves.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use bimpe_sandbox::Sandbox;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::client::{Client, initialize};
use crate::common::command::recorded;
use crate::http::Server;

/// The time that the sandbox waits before it handles a slow request.
const LATENCY: Duration = Duration::from_millis(1500);

fn sandbox() -> Sandbox {
    Sandbox::start_blocking().expect("a sandbox")
}

/// Returns the message that uses a tool.
fn call(id: u64, name: &str, arguments: &Value) -> Value {
    let params = json!({"name": name, "arguments": arguments});
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params})
}

/// Waits until the faults of the sandbox have matched a request.
fn wait_for_match(sandbox: &Sandbox) {
    let address = sandbox.url().trim_start_matches("http://");
    let request = format!("GET /_sandbox/faults HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    loop {
        let mut connection = TcpStream::connect(address).expect("it listens");
        connection.write_all(request.as_bytes()).expect("it reads");
        let mut response = String::new();
        connection.read_to_string(&mut response).expect("it responds");
        if response.contains("\"matched\":1") {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_canceled_request_is_stopped_and_the_session_goes_on() {
    let sandbox = sandbox();
    let mut client = Client::start(&sandbox, &["--allow-writes"]);
    let slow = json!({"operation": "agents.update", "latency_ms": u64::try_from(LATENCY.as_millis()).expect("small")});
    sandbox.fail(slow).expect("a fault");
    let update = json!({"agent_id": sandbox.agent_id(), "body": {"name": "Canceled"}});
    client.send(&call(7, "agents_update", &update));
    wait_for_match(&sandbox);
    let reason = json!({"requestId": 7, "reason": "the user stopped it"});
    client.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": reason}));
    let agent = json!({"agent_id": sandbox.agent_id()});
    client.call("agents_retrieve", &agent).expect("the next request works");
    thread::sleep(LATENCY);
    assert!(recorded(&sandbox, "agents.update").is_empty());
    let name = client.call("agents_retrieve", &agent).expect("an agent")["data"]["name"].clone();
    assert_ne!(name, "Canceled");
}

/// An API that takes requests and never responds.
struct Silent {
    listener: TcpListener,
    url: String,
}

impl Silent {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        Self { listener, url }
    }

    /// Waits for a request. Returns its connection.
    fn request(&self) -> BufReader<TcpStream> {
        let (connection, _) = self.listener.accept().expect("a connection");
        let mut connection = BufReader::new(connection);
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            connection.read_line(&mut line).expect("a header");
        }
        connection
    }
}

/// Waits until the other side closes a connection.
fn wait_for_end(mut connection: BufReader<TcpStream>) {
    let mut rest = Vec::new();
    // A reset is an end, too.
    let _ = connection.read_to_end(&mut rest);
    assert!(rest.is_empty(), "{rest:?}");
}

#[test]
fn the_end_of_the_input_ends_the_server_in_spite_of_a_running_request() {
    let (sandbox, silent) = (sandbox(), Silent::start());
    let mut command = crate::client::serve(&sandbox, &[]);
    command.env("BIMPEAI_BASE_URL", &silent.url);
    let mut client = Client::of(command);
    client.send(&call(7, "agents_list", &json!({})));
    let connection = silent.request();
    assert!(client.end());
    wait_for_end(connection);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_an_http_session_stops_its_requests() {
    let silent = Silent::start();
    let sandbox = Sandbox::builder().start().await.expect("a sandbox");
    let server = Server::start_with(&sandbox, &["--token", "env:TOKEN"], |command| {
        command.env("BIMPEAI_BASE_URL", &silent.url);
    });
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = |method: Method, session: Option<&str>| -> RequestBuilder {
        let request = http
            .request(method, server.url())
            .bearer_auth("t0ken-of-the-test")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        match session {
            Some(session) => {
                request.header("mcp-session-id", session).header("mcp-protocol-version", "2025-06-18")
            }
            None => request,
        }
    };
    let first = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": initialize()});
    let started = request(Method::POST, None).body(first.to_string()).send().await.expect("a response");
    let session = started.headers()["mcp-session-id"].to_str().expect("text").to_owned();
    let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string();
    request(Method::POST, Some(&session)).body(initialized).send().await.expect("a response");
    let message = call(7, "agents_list", &json!({})).to_string();
    let sent = tokio::spawn(request(Method::POST, Some(&session)).body(message).send());
    let connection = silent.request();
    let ended = request(Method::DELETE, Some(&session)).send().await.expect("a response");
    assert!(ended.status().is_success(), "{}", ended.status());
    wait_for_end(connection);
    sent.abort();
}
