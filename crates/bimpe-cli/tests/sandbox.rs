//! `bimpe sandbox` as a program that other programs start.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bimpe"));
    command.arg("sandbox").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn start(arguments: &[&str]) -> Child {
    command(arguments).spawn().expect("the binary starts")
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
    for code in ["client = BimpeAI()", "new BimpeAI()", "bimpe::Client::from_env()?"] {
        assert!(text.contains(code), "{text}");
    }
    assert!(!text.contains('\u{1b}'), "no colors outside a terminal");
    signal(&child, "TERM");
    assert_eq!(wait(&mut child).code(), Some(0));
}

#[test]
fn end_of_standard_input_stops_the_sandbox_if_asked() {
    let mut child = command(&["--port", "0", "--json", "--exit-with-parent"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("it starts");
    ready(&mut child);
    assert!(child.try_wait().expect("a child").is_none());
    drop(child.stdin.take());
    assert_eq!(wait(&mut child).code(), Some(0));
}

/// Sends a request, and returns the status line.
fn get(info: &Value, path: &str) -> String {
    let address = info["url"].as_str().and_then(|url| url.strip_prefix("http://")).expect("an address");
    let mut connection = TcpStream::connect(address).expect("it listens");
    write!(connection, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .expect("it reads");
    let mut text = String::new();
    connection.read_to_string(&mut text).expect("text");
    text.lines().next().unwrap_or_default().to_owned()
}

/// Returns what the sandbox wrote to standard error after a request with a secret in its query.
fn log(arguments: &[&str]) -> String {
    let mut child = command(&[&["--port", "0", "--json", "--exit-with-parent"], arguments].concat())
        .stdin(Stdio::piped())
        .spawn()
        .expect("it starts");
    let info = ready(&mut child);
    assert_eq!(get(&info, "/api/v1/console/agents?ticket=hidden"), "HTTP/1.1 401 Unauthorized");
    drop(child.stdin.take());
    assert_eq!(wait(&mut child).code(), Some(0));
    let mut text = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut text).expect("text");
    assert!(!text.contains("hidden"), "{text}");
    text
}

#[test]
fn requests_are_logged_one_a_line() {
    let text = log(&[]);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains(" GET /api/v1/console/agents 401 "), "{text}");

    let line: Value = serde_json::from_str(&log(&["--log", "json"])).expect("one JSON object");
    assert_eq!((&line["method"], &line["status"]), (&Value::from("GET"), &Value::from(401)));
    assert_eq!(line["path"], "/api/v1/console/agents");
    assert!(
        line["duration_ms"].is_f64() && line["time"].is_string() && line["request_id"].is_string(),
        "{line}"
    );

    assert_eq!(log(&["--quiet"]), "");
}

#[test]
fn unread_log_does_not_stop_the_sandbox() {
    let mut child = command(&["--port", "0", "--json", "--exit-with-parent"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("it starts");
    let info = ready(&mut child);
    let long = "x".repeat(4000);
    // More than a pipe holds.
    for _ in 0..100 {
        assert_eq!(get(&info, &format!("/{long}")), "HTTP/1.1 404 Not Found");
    }
    drop(child.stdin.take());
    assert_eq!(wait(&mut child).code(), Some(0));
}

#[test]
fn invalid_options_get_one_clear_error() {
    for (arguments, expected) in [
        (["--rate-window", "0"], "0 is not in 1..=86400"),
        (["--heartbeat", "0"], "must be a number of seconds from 0.001 to 86400"),
        (["--heartbeat", "NaN"], "must be a number of seconds from 0.001 to 86400"),
        (["--seed", "x"], "--seed"),
        (["--log", "xml"], "possible values: text, json"),
        (["--prot", "1"], "unexpected argument '--prot'"),
    ] {
        let mut child = start(&arguments);
        assert_eq!(wait(&mut child).code(), Some(64), "{arguments:?}");
        let mut text = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut text).expect("text");
        assert!(text.starts_with("error: ") && text.contains(expected), "{arguments:?}: {text}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn browser_opens_on_request() {
    use std::os::unix::fs::PermissionsExt;
    let folder = std::env::temp_dir().join(format!("bimpe-browser-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (browser, opened) = (folder.join("xdg-open"), folder.join("opened"));
    std::fs::write(&browser, format!("#!/bin/sh\necho \"$1\" > {0}.new\nmv {0}.new {0}\n", opened.display()))
        .expect("a file");
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let mut child = command(&["--port", "0", "--json", "--open", "--exit-with-parent"])
        .env("PATH", path)
        .stdin(Stdio::piped())
        .spawn()
        .expect("it starts");
    let info = ready(&mut child);
    let begin = Instant::now();
    while !opened.exists() {
        assert!(begin.elapsed() < Duration::from_secs(10), "no browser opens");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(std::fs::read_to_string(&opened).expect("text").trim(), info["url"].as_str().expect("a URL"));
    drop(child.stdin.take());
    assert_eq!(wait(&mut child).code(), Some(0));
    std::fs::remove_dir_all(folder).expect("a folder");
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
