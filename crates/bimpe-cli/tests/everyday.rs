//! The commands for everyday work, without a terminal.

mod common;

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use bimpe_sandbox::Sandbox;
use common::command::{Ran, bimpe, finish, recorded, run};
use serde_json::{Value, json};

fn sandbox() -> Sandbox {
    Sandbox::start_blocking().expect("a sandbox")
}

/// A command that runs until it is dropped, and its lines.
struct Following {
    child: Child,
    lines: Receiver<String>,
}

impl Following {
    fn start(sandbox: &Sandbox, line: &str) -> Self {
        let mut command = bimpe(Some(sandbox));
        let mut child =
            command.args(line.split(' ')).stdout(Stdio::piped()).spawn().expect("the command starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = channel();
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(20)).expect("a line")
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for(sandbox: &Sandbox, operation: &str, count: usize) {
    while recorded(sandbox, operation).len() < count {
        thread::sleep(Duration::from_millis(10));
    }
}

/// Sends a test message, and returns the id of the conversation.
fn say(sandbox: &Sandbox, text: &str, user: &str) -> String {
    let body = json!({
        "message": text, "channel_type": "webchat", "channel_user_id": user, "is_test_channel": true,
    });
    let mut command = bimpe(Some(sandbox));
    command.args(["conversations", "ask", sandbox.agent_id(), "--json", "--body", "-"]);
    let ran = finish(&mut command, &body.to_string());
    ran.json()["conversation_id"].as_str().expect("an id").to_owned()
}

#[test]
fn test_code_prints_the_start_message_and_the_links() {
    let sandbox = sandbox();
    let ran = run(&sandbox, &format!("test-code {}", sandbox.agent_id()));
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("start ") && lines[1].starts_with("whatsapp\thttps://wa.me/"), "{ran:?}");
    assert_eq!(lines.len(), 4, "a channel without a link is omitted: {ran:?}");
    let json = run(&sandbox, &format!("test-code {} --json", sandbox.agent_id())).json();
    assert_eq!(format!("start {}", json["code"].as_str().expect("a code")), lines[0]);
    let ran = run(&sandbox, &format!("test-code {} --channel sms", sandbox.agent_id()));
    assert!(ran.code == 1 && ran.out.is_empty() && ran.err.contains("channel `sms`"), "{ran:?}");
}

#[test]
fn test_code_writes_an_image_whole_or_not_at_all() {
    let sandbox = sandbox();
    let file = std::env::temp_dir().join(format!("bimpe-code-{}.svg", std::process::id()));
    let write = |path: &str| run(&sandbox, &format!("test-code {} --svg {path}", sandbox.agent_id()));
    assert_eq!(write(&file.to_string_lossy()).code, 0);
    let image = std::fs::read_to_string(&file).expect("a file");
    std::fs::remove_file(&file).expect("it is there");
    assert!(image.contains("<svg") && image.trim_end().ends_with("</svg>"), "{image}");
    let ran = write("/no/such/folder/code.svg");
    assert!(ran.code == 1 && ran.err.contains("cannot write `/no/such/folder/code.svg`"), "{ran:?}");
    assert_eq!(ran.out, "");
}

#[test]
fn onboard_ends_when_the_service_is_connected() {
    let sandbox = sandbox();
    for (service, wait) in [
        ("google-calendar", "agents.integrations.bimpeai.list"),
        ("google-sheets", "agents.integrations.bimpeai.list"),
        ("slack", "agents.integrations.pipedream.list"),
    ] {
        let before = recorded(&sandbox, wait).len();
        let following =
            Following::start(&sandbox, &format!("onboard {} {service} --json", sandbox.agent_id()));
        wait_for(&sandbox, wait, before + 1);
        assert_eq!(sandbox.approve_all().expect("an approval"), 1);
        following.line();
    }
}

#[test]
fn onboard_says_with_3_that_the_service_is_pending() {
    let sandbox = sandbox();
    let ran = run(&sandbox, &format!("onboard {} google-calendar --timeout 0.5 --json", sandbox.agent_id()));
    assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{ran:?}");
    assert!(ran.err.contains("/_sandbox/onboarding/") && ran.err.contains("\"exit_code\":3"), "{ran:?}");
    let ran = run(&sandbox, &format!("onboard {} google-calendar --no-wait --json", sandbox.agent_id()));
    assert!(ran.json()["onboarding_url"].is_string());
    let ran = run(&sandbox, &format!("onboard {} stripe", sandbox.agent_id()));
    assert!(ran.code == 64 && ran.err.contains("bimpe agents integrations bimpeai configure"), "{ran:?}");
}

#[test]
fn chat_sends_each_line_in_one_conversation() {
    let sandbox = sandbox();
    let chat = |arguments: &[&str], input: &str| -> Ran {
        finish(bimpe(Some(&sandbox)).args(["chat", sandbox.agent_id()]).args(arguments), input)
    };
    let ran = chat(&[], "Good morning\n\nI want a human\n");
    assert_eq!(
        ran.out,
        "This is Ada. You said: Good morning\nI have asked a colleague to join this conversation.\n"
    );
    let ran = chat(&["--json"], "One\nTwo\n");
    let replies: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(replies[0]["conversation_id"], replies[1]["conversation_id"]);
    let id = replies[0]["conversation_id"].as_str().expect("an id");
    assert_eq!(chat(&["--conversation", id], "Three\n").out, "This is Ada. You said: Three\n");
    let sent = recorded(&sandbox, "conversations.send");
    let begun = sent.iter().filter(|request| request["body"]["is_test_channel"] == true).count();
    assert_eq!((sent.len(), begun), (5, 2), "{sent:?}");
    let ran = finish(bimpe(Some(&sandbox)).args(["chat", "unknown"]), "Hello\n");
    assert!(ran.code == 1 && ran.out.is_empty() && ran.err.contains("Agent not found"), "{ran:?}");
}

#[test]
fn tail_prints_the_messages_of_one_conversation() {
    let sandbox = sandbox();
    let user = "5b1d0c1e-7d0b-4a53-9c1a-0f6f3f3f8f11";
    let id = say(&sandbox, "before", user);
    let tail = Following::start(&sandbox, &format!("tail {} {id} --json", sandbox.agent_id()));
    wait_for(&sandbox, "conversations.messages.stream", 1);
    say(&sandbox, "after", user);
    let message: Value = serde_json::from_str(&tail.line()).expect("JSON");
    assert_eq!(message["message"], "after");
    assert!(tail.line().contains("You said: after"));
}

#[test]
fn a_stream_prints_one_line_of_json_for_each_event() {
    let sandbox = sandbox();
    let user = "5b1d0c1e-7d0b-4a53-9c1a-0f6f3f3f8f11";
    let id = say(&sandbox, "before", user);
    let line = format!("conversations messages stream {} {id} --after 2026-01-01", sandbox.agent_id());
    let stream = Following::start(&sandbox, &line);
    for wanted in ["before", "This is Ada. You said: before"] {
        let message: Value = serde_json::from_str(&stream.line()).expect("JSON");
        assert_eq!(message["message"], wanted);
    }
}

#[test]
fn tail_prints_the_messages_of_all_conversations_once() {
    let sandbox = sandbox();
    let users = ["5b1d0c1e-7d0b-4a53-9c1a-0f6f3f3f8f11", "6b1d0c1e-7d0b-4a53-9c1a-0f6f3f3f8f12"];
    say(&sandbox, "before", users[0]);
    let tail = Following::start(&sandbox, &format!("tail {}", sandbox.agent_id()));
    wait_for(&sandbox, "conversations.list", 2);
    for round in ["one", "two"] {
        let ids: Vec<String> = users.iter().map(|user| say(&sandbox, round, user)).collect();
        let mut lines: Vec<String> = (0..4).map(|_| tail.line()).collect();
        lines.sort_by_key(|line| line.contains(&ids[1]));
        for (line, (id, text)) in lines.iter().zip(
            ids.iter().flat_map(|id| [(id, format!("user\t{round}")), (id, format!("You said: {round}"))]),
        ) {
            assert!(line.contains(id.as_str()) && line.ends_with(&text), "{lines:?}");
        }
    }
    assert!(tail.lines.try_recv().is_err(), "no message comes twice");
    let ran = run(&sandbox, &format!("tail {} --after yesterday", sandbox.agent_id()));
    assert!(ran.code == 64 && ran.err.contains("ISO 8601"), "{ran:?}");
}

#[test]
fn call_makes_a_test_call_and_waits_for_its_end() {
    let sandbox = sandbox();
    let call = |rest: &str| run(&sandbox, &format!("call {} +447700900456 {rest}", sandbox.agent_id()));
    assert_eq!(call("--test --json").json()["status"], "initiated");
    let ended = call("--test --wait --json");
    assert_eq!(ended.json()["status"], "ended", "{ended:?}");
    assert!(ended.json()["conversation_logs"].is_array());
    let ran = call("");
    assert!(ran.code == 64 && ran.err.contains("--yes"), "{ran:?}");
    assert_eq!(recorded(&sandbox, "calls.make").len(), 2);
}
