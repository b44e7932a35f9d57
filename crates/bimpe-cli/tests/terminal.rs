//! The command in a terminal: prompts, tables, colors and Ctrl-C.

#![cfg(target_os = "linux")]

mod common;

use std::process::Command;

use bimpe_sandbox::Sandbox;
use common::command::{bimpe, recorded};
use common::terminal::Terminal;

fn sandbox() -> Sandbox {
    Sandbox::start_blocking().expect("a sandbox")
}

fn command(sandbox: &Sandbox, line: &str) -> Command {
    let mut command = bimpe(Some(sandbox));
    command.args(line.split_whitespace());
    command
}

fn start(sandbox: &Sandbox, line: &str) -> Terminal {
    Terminal::start(&command(sandbox, line), 100)
}

#[test]
fn a_prompt_hides_the_secret() {
    let sandbox = sandbox();
    let line = format!("agents integrations bimpeai configure {} --type bumpa", sandbox.agent_id());
    let mut terminal = start(&sandbox, &line);
    terminal.expect("token: ");
    terminal.expect_echo(false);
    terminal.send("tk_canary\n");
    assert_eq!(terminal.end(), 0, "{}", terminal.text());
    assert!(
        terminal.text().contains("success") && !terminal.text().contains("canary"),
        "{}",
        terminal.text()
    );
}

#[test]
fn ctrl_c_at_a_prompt_ends_with_130_and_shows_input_again() {
    let sandbox = sandbox();
    let line = format!("agents integrations bimpeai configure {} --type bumpa", sandbox.agent_id());
    let mut terminal = start(&sandbox, &line);
    terminal.expect("token: ");
    terminal.expect_echo(false);
    terminal.send("\u{3}");
    assert_eq!(terminal.end(), 130, "{}", terminal.text());
    terminal.expect_echo(true);
    assert!(recorded(&sandbox, "agents.integrations.bimpeai.configure").is_empty());
}

#[test]
fn ctrl_c_ends_a_stream_a_chat_and_a_wait_with_130() {
    let sandbox = sandbox();
    let agent = sandbox.agent_id().to_owned();
    for (line, sign) in
        [(format!("chat {agent}"), "you>"), (format!("onboard {agent} google-calendar --no-open"), "Waiting")]
    {
        let mut terminal = start(&sandbox, &line);
        terminal.expect(sign);
        terminal.send("\u{3}");
        assert_eq!(terminal.end(), 130, "{line}: {}", terminal.text());
    }
    let mut terminal = start(&sandbox, &format!("tail {agent}"));
    while recorded(&sandbox, "conversations.list").len() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    terminal.send("\u{3}");
    assert_eq!(terminal.end(), 130, "{}", terminal.text());
}

#[test]
fn a_table_fits_into_the_terminal_and_begins_with_id_name_and_status() {
    let sandbox = sandbox();
    for width in [60, 100, 160] {
        let mut terminal = Terminal::start(&command(&sandbox, "agents list"), width);
        assert_eq!(terminal.end(), 0);
        let text = terminal.text();
        let lines: Vec<&str> = text.lines().collect();
        let words: Vec<&str> = lines[0].split_whitespace().collect();
        assert_eq!(words[..3], ["ID", "NAME", "STATUS"], "{text}");
        assert!(lines.iter().all(|line| console::measure_text_width(line) <= usize::from(width)), "{text}");
        assert!(lines[1].contains(sandbox.agent_id()) && text.contains("more fields"), "{text}");
    }
    let mut terminal = start(&sandbox, &format!("agents retrieve {}", sandbox.agent_id()));
    assert_eq!(terminal.end(), 0);
    assert!(terminal.text().contains("business_name"), "{}", terminal.text());
}

#[test]
fn a_chat_shows_who_speaks_and_ends_with_the_input() {
    let sandbox = sandbox();
    let mut terminal = start(&sandbox, &format!("chat {}", sandbox.agent_id()));
    terminal.expect("you>");
    terminal.send("Do you deliver?\n");
    terminal.expect("You said: Do you deliver?");
    terminal.send("\u{4}");
    assert_eq!(terminal.end(), 0, "{}", terminal.text());
    assert!(terminal.text().contains("Ada>") && terminal.text().contains("--conversation"));
}

#[test]
fn colors_follow_the_terminal_and_its_variables() {
    let sandbox = sandbox();
    let line = format!("test-code {}", sandbox.agent_id());
    let is_colored = |name: &str, value: &str| {
        let mut command = command(&sandbox, &line);
        command.env(name, value);
        let mut terminal = Terminal::start(&command, 100);
        assert_eq!(terminal.end(), 0);
        assert!(terminal.text().contains('█') && terminal.text().contains("wa.me"), "{}", terminal.text());
        terminal.text().contains('\u{1b}')
    };
    assert!(is_colored("LANG", "C.UTF-8"));
    assert!(!is_colored("NO_COLOR", "1"));
    assert!(!is_colored("TERM", "dumb"));
}

#[test]
fn a_real_call_asks_first() {
    let sandbox = sandbox();
    let line = format!("call {} +447700900456", sandbox.agent_id());
    let mut terminal = start(&sandbox, &line);
    terminal.expect("[y/N]");
    terminal.send("n\n");
    assert_eq!(terminal.end(), 1, "{}", terminal.text());
    assert!(recorded(&sandbox, "calls.make").is_empty());
    let mut terminal = start(&sandbox, &line);
    terminal.expect("[y/N]");
    terminal.send("y\n");
    terminal.end();
    assert_eq!(recorded(&sandbox, "calls.make").len(), 1);
}

#[test]
fn no_command_asks_in_ci_and_the_doctor_shows_each_fix() {
    let sandbox = sandbox();
    let mut command = command(&sandbox, "agents integrations bimpeai configure AGENT --type bumpa");
    command.env("CI", "true");
    let mut terminal = Terminal::start(&command, 100);
    assert_eq!(terminal.end(), 64, "{}", terminal.text());
    assert!(terminal.text().contains("the secret `token` is missing"), "{}", terminal.text());

    let mut doctor = bimpe(None);
    doctor.arg("doctor");
    let mut terminal = Terminal::start(&doctor, 60);
    assert_eq!(terminal.end(), 1, "{}", terminal.text());
    assert!(terminal.text().contains("Fix of settings: run `bimpe login`"), "{}", terminal.text());
}
