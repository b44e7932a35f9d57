//! The examples of docs/command.md, and the picture of its tour.

#![cfg(target_os = "linux")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use anstyle_svg::Term;
use bimpe_sandbox::Sandbox;
use common::command::{bimpe, finish};
use common::terminal::Terminal;

/// The commands of the tour.
const TOUR: [&str; 4] = [
    "bimpe agents list",
    "bimpe agents update $AGENT --persona loud",
    "echo 'Do you deliver?' | bimpe chat $AGENT",
    "bimpe test-code $AGENT --channel whatsapp",
];
const WIDTH: u16 = 90;

fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

/// A shell that finds the command first, and the ids of the sandbox.
fn shell(sandbox: &Sandbox, folder: &Path) -> Command {
    let found = Path::new(env!("CARGO_BIN_EXE_bimpe")).parent().expect("a folder").to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([found].into_iter().chain(std::env::split_paths(&path))).expect("a path");
    let mut shell = Command::new("sh");
    shell.env("PATH", path).env("AGENT", sandbox.agent_id()).current_dir(folder);
    for (name, value) in bimpe(Some(sandbox)).get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.env("XDG_CONFIG_HOME", folder).env("KEY_OF_THE_TEAM", sandbox.api_key());
    shell
}

#[test]
fn every_example_of_the_page_runs() {
    let page = std::fs::read_to_string(docs("command.md")).expect("a page");
    let blocks: Vec<&str> =
        page.split("```sh\n").skip(1).filter_map(|block| block.split("```").next()).collect();
    assert!(blocks.len() > 5, "{blocks:?}");
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    let folder = tempfile::tempdir().expect("a folder");
    for block in blocks {
        let ran = finish(shell(&sandbox, folder.path()).args(["-e", "-c", block]), "");
        assert_eq!(ran.code, 0, "{block}\n{ran:?}");
        assert!(!ran.out.is_empty() || block.contains("> "), "{block}\n{ran:?}");
    }
}

#[test]
fn the_page_lists_every_option_and_exit_code() {
    let page = std::fs::read_to_string(docs("command.md")).expect("a page");
    let help = finish(bimpe(None).arg("--help"), "").out;
    let global = help.split("Global options:").nth(1).expect("a part");
    for option in global.split_whitespace().filter(|word| word.starts_with("--")) {
        assert!(page.contains(&format!("`{option}")), "{option}");
    }
    for code in help.split("Exit codes: ").nth(1).expect("a part").trim().split(", ") {
        let number = code.split(' ').next().expect("a number");
        assert!(page.contains(&format!("\n| {number} | ")), "{code}");
    }
}

/// With `UPDATE_TOUR=1`, the test writes the picture.
#[test]
fn the_picture_of_the_tour_is_what_the_command_prints() {
    let sandbox = Sandbox::builder().seed(18).start_blocking().expect("a sandbox");
    let folder = tempfile::tempdir().expect("a folder");
    let mut text = String::new();
    for line in TOUR {
        let shown = line.replace("$AGENT", sandbox.agent_id());
        let mut shell = shell(&sandbox, folder.path());
        shell.args(["-c", &shown]);
        let mut terminal = Terminal::start(&shell, WIDTH);
        terminal.end();
        let shown = format!("\u{1b}[1m$ {shown}\u{1b}[0m\n");
        text = [text, shown, terminal.text().replace('\r', ""), "\n".to_owned()].concat();
    }
    let picture = Term::new().render_svg(&text);
    let path = docs("command.svg");
    if std::env::var_os("UPDATE_TOUR").is_some() {
        std::fs::write(&path, &picture).expect("a file");
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == picture, "run this test with UPDATE_TOUR=1; the tour is now:\n{text}");
}
