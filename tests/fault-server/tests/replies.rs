//! Tests of the bytes that the server sends.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bimpe_fault_server::{Scenario, Server};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

/// Sends one request and reads until the server closes.
fn request(scenario: &Scenario, path: &str, more: &str) -> Vec<u8> {
    let (host, base) =
        scenario.base_url().strip_prefix("http://").expect("http").split_once('/').expect("a path");
    let mut stream = TcpStream::connect(host).expect("the server listens");
    write!(
        stream,
        "POST /{base}{path} HTTP/1.1\r\nauthorization: Bearer a\r\n{more}content-length: 2\r\n\r\n{{}}"
    )
    .expect("sent");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    let mut response = Vec::new();
    // Ignore errors, because some replies reset the connection.
    let _ = stream.read_to_end(&mut response);
    response
}

fn text(scenario: &Scenario, path: &str, more: &str) -> String {
    String::from_utf8(request(scenario, path, more)).expect("text")
}

fn scenario(server: &Server, replies: &Value) -> std::sync::Arc<Scenario> {
    server.scenario(json!({"replies": replies})).expect("a valid script")
}

#[test]
fn reply_follows_the_script() {
    let server = Server::start().expect("started");
    let scenario = scenario(
        &server,
        &json!([
            {"match": {"path_ends": "/b"}, "status": 204, "then": "close"},
            {"status": 503, "headers": {"location": "$same/x", "a": ["1", "2"]}, "informational": [103], "body": {"a": 1}, "then": "close"},
            {"body": {"text": "12345"}, "content_length": 9},
            {"body": {"text": "12345"}, "cut": {"body": 2}},
            {"cut": {"head": 12}},
            {"cut": "no_response"},
            {"chunks": [{"text": "ab"}, {"text": "cde", "wait": 0.01}], "then": "close"},
            {"body": {"fill": {"before": "[", "text": "ab", "times": 3, "after": "]"}}, "drip": {"bytes": 3, "every": 0.01}, "then": "close"},
        ]),
    );
    let first = text(&scenario, "/a", "");
    let place = format!("location: {}/x\r\n", scenario.base_url());
    assert!(first.starts_with("HTTP/1.1 103 Wait\r\n\r\nHTTP/1.1 503 Reply\r\na: 1\r\na: 2\r\n"), "{first}");
    assert!(first.contains(&place) && first.ends_with("content-length: 7\r\n\r\n{\"a\":1}"), "{first}");
    assert_eq!(text(&scenario, "/b", ""), "HTTP/1.1 204 Reply\r\n\r\n");
    assert_eq!(text(&scenario, "/c", ""), "HTTP/1.1 200 Reply\r\ncontent-length: 9\r\n\r\n12345");
    assert!(text(&scenario, "/c", "").ends_with("content-length: 5\r\n\r\n12"));
    assert_eq!(text(&scenario, "/c", ""), "HTTP/1.1 200");
    assert_eq!(text(&scenario, "/c", ""), "");
    assert!(text(&scenario, "/c", "").ends_with("\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"));
    assert!(text(&scenario, "/c", "").ends_with("content-length: 8\r\n\r\n[ababab]"));

    let request_log = scenario.request_log();
    let requests = request_log["requests"].as_array().expect("a list");
    assert_eq!(requests.len(), 8);
    assert_eq!(requests[0]["body"], "{}");
    assert_eq!(requests[0]["authorization"], 1);
    assert_eq!(requests[3]["status"], Value::Null);
    assert_eq!(requests[7]["status"], 200);
}

#[test]
fn large_body_is_one_gzip_stream() {
    let server = Server::start().expect("started");
    let fill =
        json!({"fill": {"before": "begin ", "text": "0123456789", "times": 1_000_000, "after": " end"}});
    let scenario = scenario(&server, &json!([{"body": fill, "gzip": true, "then": "close"}]));
    let response = request(&scenario, "/a", "");
    let start = response.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    assert!(response.len() < 100_000);
    let mut body = String::new();
    GzDecoder::new(&response[start..]).read_to_string(&mut body).expect("valid gzip, checksum included");
    assert_eq!(body, format!("begin {} end", "0123456789".repeat(1_000_000)));
}

#[test]
fn idempotency_key_is_applied_once() {
    let server = Server::start().expect("started");
    let done = json!({"commits": true, "replay": true, "then": "close", "body": {"id": 1}});
    let again = json!({"commits": true, "replay": true, "then": "close", "body": {"id": 2}});
    let scenario = scenario(&server, &json!([done, again, again]));
    let bodies: Vec<String> = ["a", "a", "b"]
        .map(|key| text(&scenario, "/x", &format!("idempotency-key: {key}\r\n")))
        .into_iter()
        .map(|response| response.rsplit("\r\n").next().expect("a body").to_owned())
        .collect();
    assert_eq!(bodies, [r#"{"id":1}"#, r#"{"id":1}"#, r#"{"id":2}"#]);
    let request_log = scenario.request_log();
    assert_eq!(request_log["effects"], 2);
    assert_eq!(request_log["requests"][1]["replayed"], true);
}

#[test]
fn request_log_shows_that_the_client_closed() {
    let server = Server::start().expect("started");
    let scenario = scenario(&server, &json!([{"wait": 60}]));
    let (host, base) =
        scenario.base_url().strip_prefix("http://").expect("http").split_once('/').expect("a path");
    let mut stream = TcpStream::connect(host).expect("the server listens");
    write!(stream, "GET /{base}/a HTTP/1.1\r\n\r\n").expect("sent");
    let until = |open: u64| {
        let started = Instant::now();
        while scenario.request_log()["open"] != open {
            assert!(started.elapsed() < Duration::from_secs(10), "{}", scenario.request_log());
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    until(1);
    drop(stream);
    until(0);
}

#[test]
fn dead_port_refuses_and_blackhole_times_out() {
    let server = Server::start().expect("started");
    let addresses = server.addresses();
    let connect = |name: &str| {
        let address = addresses[name].as_str().expect("an address").strip_prefix("http://").expect("http");
        let address = address.parse().expect("an address");
        TcpStream::connect_timeout(&address, Duration::from_millis(300)).expect_err("no connection").kind()
    };
    assert_eq!(connect("dead"), std::io::ErrorKind::ConnectionRefused);
    assert_eq!(connect("blackhole"), std::io::ErrorKind::TimedOut);
}
