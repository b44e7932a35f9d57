//! The fuzzer, where there is one: it needs a nightly toolchain.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Map, json};

use super::FullRun;
use super::results::Figure;
use super::suites::{log_of, run_captured};
use xtask::paths::{self, venv};
use xtask::task::command;

/// A target of `fuzz/`: which promise it tries, what it is about, and how often it is to run in a run.
const TARGETS: [(&str, u64, &str, u64); 4] = [
    ("sse", 6, "Fuzzer: a stream of any bytes", 10_000_000),
    ("answers", 12, "Fuzzer: an answer of any bytes", 1_000_000),
    ("ids", 1, "Fuzzer: ids of any text", 5_000_000),
    ("retry_after", 10, "Fuzzer: a Retry-After of any text", 5_000_000),
];
/// No target takes longer, however slow the machine is.
const SECONDS: u64 = 600;
const QUICK_SECONDS: u64 = 10;

pub(super) fn run(run: &mut FullRun) -> Result<()> {
    let name = "Fuzzer";
    if !run.is_selected(name) {
        return run.load_results(name);
    }
    if !nightly(&["rustc", "--version"]).output().is_ok_and(|output| output.status.success()) {
        run.skip(name, "there is no nightly toolchain; its laws are tried by the property tests");
        return Ok(());
    }
    // It runs code without `unsafe`, which a sanitizer would only slow down.
    let build = ["cargo", "fuzz", "build", "--sanitizer", "none"];
    if !run_captured(run, name, nightly(&build))? {
        run.skip(name, "it could not be built; its laws are tried by the property tests");
        return Ok(());
    }
    let found = TARGETS.into_iter().map(|target| one(run, target)).collect::<Result<_>>()?;
    run.save_results(name, found)
}

fn one(run: &FullRun, (target, promise, what, runs): (&str, u64, &str, u64)) -> Result<Figure> {
    let corpus = run.folder.join("corpus").join(target);
    // With its last separator, since this is the beginning of the files' names.
    let artifacts = run.folder.join("artifacts").join(target).join("");
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder)?;
    }
    let mut command = Command::new(program(target)?);
    command.arg(&corpus).current_dir(&run.folder);
    command.args(["-print_final_stats=1", "-max_len=4096", "-timeout=10"]);
    command.arg(format!("-artifact_prefix={}", artifacts.display()));
    command.arg(format!("-dict={}", paths::root().join(format!("fuzz/dictionaries/{target}.txt")).display()));
    let seconds = if run.quick { QUICK_SECONDS } else { SECONDS };
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-runs={runs}"));
    let passed = run_captured(run, target, command)?;
    let log = fs::read_to_string(log_of(run, target))?;
    let done = log.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    Ok(Figure {
        promise,
        what: what.to_owned(),
        face: "Rust".to_owned(),
        runs: done.and_then(|number| number.trim().parse().ok()).unwrap_or_default(),
        figures: Map::from_iter([("violations".to_owned(), json!(u8::from(!passed)))]),
        goal: Map::from_iter([("violations".to_owned(), json!(0))]),
        met: passed,
    })
}

/// A command of the nightly toolchain.
fn nightly(arguments: &[&str]) -> Command {
    let mut command = command("rustup", &["run", "nightly"]);
    command.args(arguments).current_dir(paths::root().join("fuzz"));
    // What the stable cargo, which runs this, says of itself.
    for name in ["CARGO", "RUSTC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(name);
    }
    let tools = venv("cargo-fuzz");
    let mut folders = vec![tools.parent().expect("it lies in a folder").to_owned()];
    folders.extend(
        std::env::var_os("PATH").iter().flat_map(|path| std::env::split_paths(path).collect::<Vec<_>>()),
    );
    if let Ok(path) = std::env::join_paths(folders) {
        command.env("PATH", path);
    }
    command.env("CARGO_TARGET_DIR", paths::target().join("fuzz"));
    command
}

/// The built target.
fn program(target: &str) -> Result<std::path::PathBuf> {
    let output = nightly(&["rustc", "-vV"]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    Ok(paths::target().join("fuzz").join(host).join("release").join(target))
}
