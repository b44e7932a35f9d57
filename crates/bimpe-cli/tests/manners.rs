//! Behavior of all commands: exit codes, pipes, completion and the doctor.

mod common;

use std::io::Read;
use std::process::{Command, Stdio};

use bimpe_sandbox::Sandbox;
use common::command::{bimpe, finish, run};
use serde_json::Value;

fn sandbox() -> Sandbox {
    Sandbox::start_blocking().expect("a sandbox")
}

/// Returns the checks of the doctor by their names, and its exit code.
fn doctor(command: &mut Command) -> (i32, Vec<(String, bool, String)>) {
    let ran = finish(command.args(["doctor", "--json"]), "");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = ran.json().as_array().expect("rows").clone();
    let checks = rows.iter().map(|row| (text(&row["check"]), row["ok"] == true, text(&row["fix"])));
    (ran.code, checks.collect())
}

#[test]
fn a_closed_pipe_ends_a_command_quietly() {
    let sandbox = sandbox();
    for line in ["agents list --json", "agents --help", "test-code AGENT"] {
        let line = line.replace("AGENT", sandbox.agent_id());
        let mut command = bimpe(Some(&sandbox));
        let mut child = command
            .args(line.split(' '))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        drop(child.stdout.take());
        let mut text = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut text).expect("UTF-8");
        let code = child.wait().expect("it ends").code();
        assert_eq!((code, text.as_str()), (Some(0), ""), "{line}");
    }
}

#[test]
fn licenses_has_the_text_of_each_license() {
    let text = finish(bimpe(None).arg("licenses"), "").out;
    for words in
        ["- aws-lc-sys ", "- rusqlite ", "- tokio ", "Apache License", "Permission is hereby granted"]
    {
        assert!(text.contains(words), "{words}");
    }
}

#[test]
fn each_kind_of_end_has_its_exit_code() {
    let sandbox = sandbox();
    for (line, code) in [
        ("agents list", 0),
        ("--version", 0),
        ("agents list --help", 0),
        ("agents retrieve unknown", 1),
        ("agents retrieve", 64),
        ("agents", 64),
        ("agents list --limit x", 64),
        ("sandbox --port x", 64),
    ] {
        let ran = run(&sandbox, line);
        assert_eq!(ran.code, code, "{line}: {ran:?}");
        assert_eq!(ran.out.is_empty(), code != 0, "{line}: an error leaves standard output empty");
    }
    let ran = run(&sandbox, "agents list --searchh x --json");
    let error: Value = serde_json::from_str(&ran.err).expect("an error as one line of JSON");
    assert_eq!((ran.code, &error["error"]["kind"]), (64, &Value::from("usage")), "{ran:?}");
    assert!(error["error"]["message"].as_str().is_some_and(|text| text.starts_with("unexpected argument")));
    let ran = finish(bimpe(None).args(["agents", "list", "--json"]), "");
    let error: Value = serde_json::from_str(&ran.err).expect("an error as one line of JSON");
    assert_eq!((ran.code, &error["error"]["exit_code"]), (1, &Value::from(1)));
    assert!(ran.err.contains("bimpe login"), "{ran:?}");
}

#[test]
fn usual_mistakes_name_the_next_step() {
    let sandbox = sandbox();
    for (line, code, expected) in [
        ("agents lst", 64, "'list'"),
        ("agents update AGENT --names x", 64, "--name"),
        ("agents update AGENT", 64, "pass an option for each field"),
        ("agents retrieve cm1", 1, "`bimpe agents list`"),
        ("api GET /agents/cm1", 1, "check the path"),
        ("agents list --base-url localhost:1", 1, "the address came from --base-url"),
        ("agents list --max-retries x", 64, "must be a whole number"),
        ("mcp serve --http 80x", 64, "from 0 to 65535"),
        ("plan --file /no/such/file", 1, "bimpe export --all"),
        ("test-code AGENT --svg /no/such/folder/code.svg", 1, "its folder does not exist"),
        ("onboard AGENT google --no-wait", 0, "google-calendar"),
    ] {
        let ran = run(&sandbox, &line.replace("AGENT", sandbox.agent_id()));
        assert_eq!(ran.code, code, "{line}: {ran:?}");
        assert!(ran.err.contains(expected), "{line}: {ran:?}");
    }
}

#[test]
fn text_of_a_server_cannot_change_the_terminal() {
    let sandbox = sandbox();
    let mut command = bimpe(Some(&sandbox));
    command.args(["agents", "update", sandbox.agent_id(), "--name", "Ada\u{1b}[2J\u{7}"]);
    assert_eq!(finish(&mut command, "").code, 0);
    for line in ["agents list", "agents retrieve AGENT"] {
        let ran = run(&sandbox, &line.replace("AGENT", sandbox.agent_id()));
        assert!(ran.out.contains("Ada") && !ran.out.contains(['\u{1b}', '\u{7}']), "{ran:?}");
    }
}

#[test]
fn completion_knows_every_command_and_option() {
    let words = ["update-live-status", "test-code", "idempotency-key", "url-template", "streamable_http"];
    for shell in ["bash", "zsh", "fish"] {
        let ran = finish(bimpe(None).args(["completion", shell]), "");
        for word in words {
            assert!(ran.out.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn the_doctor_names_what_is_wrong_and_a_fix() {
    let sandbox = sandbox();
    let (code, checks) = doctor(&mut bimpe(Some(&sandbox)));
    assert!(code == 0 && checks.iter().all(|(_, ok, _)| *ok) && checks.len() == 5, "{checks:?}");

    let failed = |command: &mut Command| {
        let (code, checks) = doctor(command);
        let failed: Vec<(String, bool, String)> = checks.into_iter().filter(|(_, ok, _)| !ok).collect();
        assert_eq!((code, failed.len()), (1, 1), "{failed:?}");
        (failed[0].0.clone(), failed[0].2.clone())
    };
    let (name, fix) = failed(&mut bimpe(None));
    assert!(name == "settings" && fix.contains("bimpe login"), "{fix}");
    let (name, fix) = failed(bimpe(Some(&sandbox)).env("BIMPEAI_API_KEY", "sk_sandbox_wrong"));
    assert!(name == "key" && fix.contains("BIMPEAI_API_KEY"), "{fix}");
    let (name, fix) = failed(
        bimpe(Some(&sandbox)).env("BIMPEAI_BASE_URL", "http://127.0.0.1:9").args(["--max-retries", "0"]),
    );
    assert!(name == "network" && !fix.is_empty(), "{fix}");
}
