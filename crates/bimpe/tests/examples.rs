//! Runs the programs of the folder `examples` against the sandbox. The demo runs the tour.
#![cfg(unix)] // Ctrl-C ends two of the programs, and `kill` sends it.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use bimpe::Client;
use bimpe::types::{AskAgent, ChannelType};
use bimpe_sandbox::Sandbox;
use serde_json::{Value, json};

fn sandbox() -> Sandbox {
    Sandbox::start_blocking().expect("the sandbox starts")
}

/// Returns the command of an example that uses the sandbox.
fn example(sandbox: &Sandbox, name: &str, arguments: &[&str]) -> Command {
    // Cargo puts examples beside the folder of the tests.
    let test = env::current_exe().expect("the path of this test");
    let folder = test.ancestors().nth(2).expect("the folder of the profile").join("examples");
    let file = folder.join(format!("{name}{}", env::consts::EXE_SUFFIX));
    assert!(file.exists(), "{} is missing: run `cargo build --package bimpe --examples`", file.display());
    let mut command = Command::new(file);
    command.args(arguments).env("BIMPEAI_API_KEY", sandbox.api_key()).env("BIMPEAI_BASE_URL", sandbox.url());
    command.env("BIMPE_AGENT_ID", sandbox.agent_id());
    command
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(future)
}

fn text(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// Starts a program and reads its first line.
fn start(command: &mut Command) -> (Child, BufReader<ChildStdout>, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the example starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut first = String::new();
    lines.read_line(&mut first).expect("a line");
    (child, lines, first.trim_end().to_owned())
}

/// Interrupts a program, as Ctrl-C does. Returns the rest of its output.
fn interrupt(mut child: Child, mut lines: BufReader<ChildStdout>) -> String {
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.expect("kill runs").success());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).expect("UTF-8");
    assert!(child.wait().expect("the example ends").success());
    rest
}

#[test]
fn streaming_prints_messages_until_an_interrupt_and_the_id_to_resume_with() {
    let sandbox = sandbox();
    let client = Client::builder().api_key(sandbox.api_key()).base_url(sandbox.url()).build().expect("valid");
    let hello = AskAgent::new("Hello")
        .channel_type(ChannelType::Webchat)
        .channel_user_id(bimpe::webchat_user_id("ada"));
    let reply =
        block_on(async { client.conversations().ask(sandbox.agent_id(), hello).await }).expect("a reply");
    let arguments = [sandbox.agent_id(), &reply.conversation_id, "2020-01-01T00:00:00Z"];
    let (child, lines, first) = start(&mut example(&sandbox, "streaming", &arguments));
    assert_eq!(first, "user: Hello");
    let rest = interrupt(child, lines);
    let last = rest.lines().last().expect("a last line");
    assert!(last.starts_with("after ") && last.len() > "after ".len(), "{rest}");
}

#[test]
fn web_service_replies_to_visitors_and_refuses_invalid_requests() {
    let sandbox = sandbox();
    let (child, lines, url) = start(&mut example(&sandbox, "web_service", &[]));
    let post = async |body: Value| {
        let request =
            reqwest::Client::new().post(format!("{url}/messages")).header("content-type", "application/json");
        let response = request.body(body.to_string()).send().await.expect("a response");
        let status = response.status().as_u16();
        (status, serde_json::from_slice::<Value>(&response.bytes().await.expect("a body")).expect("JSON"))
    };
    let (status, body) = block_on(post(json!({"visitor": "ada", "text": "Do you deliver?"})));
    assert!(status == 200 && body["text"].is_string(), "{status} {body}");
    let (status, body) = block_on(post(json!({"visitor": "ada"})));
    assert_eq!((status, &body["error"]), (400, &json!("`visitor` and `text` must be strings")));
    interrupt(child, lines);
}

#[test]
fn errors_creates_an_agent_and_describes_a_refused_request() {
    let sandbox = sandbox();
    let created =
        example(&sandbox, "errors", &[sandbox.workflow_id(), "Front desk"]).output().expect("it runs");
    assert!(created.status.success() && text(&created).0.starts_with("cm"), "{:?}", text(&created));
    let refused = example(&sandbox, "errors", &["unknown", "Front desk"]).output().expect("it runs");
    let (printed, errors) = text(&refused);
    assert_eq!((refused.status.code(), printed.as_str()), (Some(1), ""));
    assert!(errors.to_lowercase().contains("workflow"), "{errors}");
}

#[test]
fn bulk_imports_every_line_once_also_in_a_second_run() {
    let sandbox = sandbox();
    let file = env::temp_dir().join(format!("bimpe-bulk-{}.jsonl", std::process::id()));
    let lines =
        (0..20).map(|index| json!({"name": format!("Text {index}"), "content": "Open all day."}).to_string());
    std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).expect("a file");
    for _ in 0..2 {
        let path = file.to_str().expect("UTF-8");
        let output = example(&sandbox, "bulk", &[sandbox.agent_id(), path]).output().expect("it runs");
        let (printed, errors) = text(&output);
        assert_eq!(printed, "20 imported, 0 failed, 20 in the agent\n", "{errors}");
    }
    std::fs::remove_file(file).expect("the file exists");
}
