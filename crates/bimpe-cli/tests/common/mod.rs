//! A running `bimpe sandbox` for tests.

#![allow(dead_code, reason = "each test file uses some of the helpers")]

pub(crate) mod command;
#[cfg(target_os = "linux")]
pub(crate) mod terminal;
pub(crate) mod world;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

pub(crate) struct Running {
    pub(crate) child: Child,
    /// The line that the sandbox printed when it was ready.
    pub(crate) info: Value,
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::limited(":", arguments)
    }

    /// Starts a sandbox in a shell that ran a command first, such as `ulimit`.
    pub(crate) fn limited(command: &str, arguments: &[&str]) -> Self {
        let script = format!("{command}; exec \"$0\" \"$@\"");
        let mut child = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_bimpe"), "sandbox", "--port", "0", "--json", "--quiet"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the sandbox starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        Self { child, info: serde_json::from_str(&line).expect("JSON") }
    }

    /// Sends a GET request, and returns the response.
    pub(crate) fn get(&self, path: &str) -> String {
        self.send("GET", path, &Value::Null).expect("a response")
    }

    /// Sends a request with the key of the sandbox. Returns `None` if no whole response came back.
    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> Option<String> {
        send(&self.info, method, path, body)
    }

    /// Returns a line of `/proc/PID/status` in KiB.
    pub(crate) fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).expect("a number")
    }

    /// Ends the process at once, as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ended");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn address(info: &Value) -> &str {
    info["url"].as_str().and_then(|url| url.strip_prefix("http://")).expect("an address")
}

/// Sends a request with the key of a sandbox. Returns `None` if no whole response came back.
pub(crate) fn send(info: &Value, method: &str, path: &str, body: &Value) -> Option<String> {
    let (address, key) = (address(info), info["api_key"].as_str().expect("a key"));
    let body = body.to_string();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut connection = TcpStream::connect(address).ok()?;
    connection.write_all(request.as_bytes()).ok()?;
    let mut response = String::new();
    connection.read_to_string(&mut response).ok()?;
    let (head, body) = response.split_once("\r\n\r\n")?;
    let length: usize = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())?;
    (body.len() == length).then_some(response)
}
