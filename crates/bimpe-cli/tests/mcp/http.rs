//! The server over streamable HTTP: who may use it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command};

use bimpe_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::client::{initialize, serve};

pub(crate) struct Server {
    child: Child,
    /// The line that the server printed when it was ready.
    info: Value,
}

impl Server {
    pub(crate) fn start(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        Self::start_with(sandbox, arguments, |_| ())
    }

    pub(crate) fn start_with(sandbox: &Sandbox, arguments: &[&str], change: impl Fn(&mut Command)) -> Self {
        let mut command = serve(sandbox, &[&["--http", "0"], arguments].concat());
        change(&mut command);
        let mut child = command.spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        Self { child, info: serde_json::from_str(&line).expect("JSON") }
    }

    pub(crate) fn url(&self) -> &str {
        self.info["url"].as_str().expect("a URL")
    }

    /// Sends `initialize` with more headers, and returns the status line.
    fn status(&self, host: Option<&str>, headers: &[(&str, &str)]) -> String {
        let (address, path) = self.url().trim_start_matches("http://").split_once('/').expect("a path");
        let message =
            json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": initialize()}).to_string();
        let headers: Vec<String> =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let headers = headers.concat();
        let request = format!(
            "POST /{path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nConnection: close\r\n\
             Accept: application/json, text/event-stream\r\nContent-Length: {}\r\n{headers}\r\n{message}",
            host.unwrap_or(address),
            message.len()
        );
        let mut connection = TcpStream::connect(address).expect("it listens");
        connection.write_all(request.as_bytes()).expect("it reads");
        let mut status = [0; 12];
        connection.read_exact(&mut status).expect("it responds");
        String::from_utf8_lossy(&status).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn only_the_token_opens_it() {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    let server = Server::start(&sandbox, &[]);
    let token = format!("Bearer {}", server.info["token"].as_str().expect("a token"));
    let (right, wrong) = (("Authorization", token.as_str()), ("Authorization", "Bearer 0"));
    assert_eq!(server.status(None, &[right]), "HTTP/1.1 200");
    for headers in [&[][..], &[wrong], &[("Authorization", "Bearer ")]] {
        assert_eq!(server.status(None, headers), "HTTP/1.1 401");
    }
    assert_eq!(server.status(Some("evil.example"), &[right]), "HTTP/1.1 403");
    assert_eq!(server.status(None, &[right, ("Origin", "https://evil.example")]), "HTTP/1.1 403");
}

#[test]
fn a_given_token_is_not_printed() {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    let server = Server::start(&sandbox, &["--token", "env:TOKEN"]);
    assert_eq!(server.info.get("token"), None);
    assert_eq!(server.status(None, &[("Authorization", "bearer t0ken-of-the-test")]), "HTTP/1.1 200");
    for (token, expected) in [("env:EMPTY", "the token is empty"), ("t0ken", "takes no secret itself")] {
        let output = serve(&sandbox, &["--http", "0", "--token", token]).output().expect("it runs");
        let text = String::from_utf8(output.stderr).expect("text");
        assert!(output.status.code() == Some(64) && text.contains(expected), "{text}");
    }
}

#[test]
#[cfg(unix)]
fn a_taken_port_is_an_error_and_a_signal_is_a_clean_end() {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    let mut server = Server::start(&sandbox, &[]);
    let port = server.info["url"].as_str().and_then(|url| url.split([':', '/']).nth(4)).expect("a port");
    let output = serve(&sandbox, &["--http", port]).output().expect("it runs");
    let text = String::from_utf8(output.stderr).expect("text");
    assert!(!output.status.success() && text.contains("Choose another port"), "{text}");
    let sent = Command::new("kill").arg(server.child.id().to_string()).status();
    assert!(sent.expect("kill runs").success());
    assert!(server.child.wait().expect("it ends").success());
}
