//! `bimpe sandbox` as a program that other programs start.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_bimpe"))
        .arg("sandbox")
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts")
}

fn ready(child: &mut Child) -> Value {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
    serde_json::from_str(&line).expect("JSON")
}

fn wait(child: &mut Child) -> ExitStatus {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return status;
        }
        assert!(begin.elapsed() < Duration::from_secs(3), "it does not stop");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
}

#[test]
#[cfg(unix)]
fn one_line_when_ready_and_a_clean_end() {
    for name in ["TERM", "INT"] {
        let mut child = start(&["--port", "0", "--json"]);
        let info = ready(&mut child);
        let fields: Vec<&str> = info.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(fields, ["url", "api_key", "agent_id", "workflow_id"]);

        // A connection that is held open must not delay the end.
        let address = info["url"].as_str().and_then(|url| url.strip_prefix("http://")).expect("an address");
        let mut connection = TcpStream::connect(address).expect("it listens");
        write!(connection, "GET /api/v1/console/agents HTTP/1.1\r\nHost: {address}\r\n\r\n")
            .expect("it reads");
        let mut first = [0; 12];
        connection.read_exact(&mut first).expect("it responds");
        assert_eq!(&first, b"HTTP/1.1 401");

        signal(&child, name);
        assert_eq!(wait(&mut child).code(), Some(0));
        let mut rest = String::new();
        child.stdout.take().expect("a pipe").read_to_string(&mut rest).expect("text");
        assert_eq!(rest, "", "nothing but the one line");
    }
}

#[test]
#[cfg(unix)]
fn people_get_lines_to_paste() {
    let mut child = start(&["--port", "0"]);
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut text = String::new();
    while !text.contains("Ctrl-C") {
        output.read_line(&mut text).expect("a line");
    }
    assert!(text.contains("export BIMPEAI_API_KEY=sk_sandbox_"), "{text}");
    assert!(text.contains("export BIMPEAI_BASE_URL=http://127.0.0.1:"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colors outside a terminal");
    signal(&child, "TERM");
    assert_eq!(wait(&mut child).code(), Some(0));
}

#[test]
fn a_port_in_use_is_a_clear_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let mut child = start(&["--port", &port]);
    assert_eq!(wait(&mut child).code(), Some(1));
    let mut text = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut text).expect("text");
    assert!(text.contains(&format!("port {port} is in use")), "{text}");
}
