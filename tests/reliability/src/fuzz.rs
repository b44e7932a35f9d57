//! Runs the fuzzer if a nightly toolchain is installed.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::FullRun;
use super::results::TestResult;
use super::suites::{log_of, run_captured};
use xtask::paths::{self, venv};
use xtask::task::command;

/// The targets of `fuzz/`: name, guarantee, description, and number of inputs.
const TARGETS: [(&str, u64, &str, u64); 4] = [
    ("sse", 6, "Fuzzer: a stream of any bytes", 10_000_000),
    ("responses", 12, "Fuzzer: a response of any bytes", 1_000_000),
    ("ids", 1, "Fuzzer: ids of any text", 5_000_000),
    ("retry_after", 10, "Fuzzer: a Retry-After of any text", 5_000_000),
];
/// Time limit of each target in seconds.
const SECONDS: u64 = 600;
const QUICK_SECONDS: u64 = 10;

pub(super) fn run(run: &mut FullRun) -> Result<()> {
    let name = "Fuzzer";
    if !run.is_selected(name) {
        return run.load_results(name);
    }
    if !nightly(&["rustc", "--version"]).output().is_ok_and(|output| output.status.success()) {
        run.skip(name, "nightly toolchain missing; the property tests check the same invariants");
        return Ok(());
    }
    // The tested code has no `unsafe`, so a sanitizer would find nothing and slow the fuzzer down.
    let build = ["cargo", "fuzz", "build", "--sanitizer", "none"];
    if !run_captured(run, name, nightly(&build))? {
        run.skip(name, "build failed; the property tests check the same invariants");
        return Ok(());
    }
    let results = TARGETS.into_iter().map(|target| fuzz(run, target)).collect::<Result<_>>()?;
    run.save_results(name, results)
}

fn fuzz(run: &FullRun, (target, guarantee, test, runs): (&str, u64, &str, u64)) -> Result<TestResult> {
    let corpus = run.folder.join("corpus").join(target);
    // Keep the trailing separator, because the fuzzer uses the path as a prefix of file names.
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
    let runs = done.and_then(|number| number.trim().parse().ok()).unwrap_or_default();
    Ok(TestResult::of(guarantee, test, runs, "violations", passed))
}

/// Returns a command of the nightly toolchain.
fn nightly(arguments: &[&str]) -> Command {
    let mut command = command("rustup", &["run", "nightly"]);
    command.args(arguments).current_dir(paths::root().join("fuzz"));
    // Remove the variables of the stable cargo that runs this program.
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

/// Returns the path of the built target.
fn program(target: &str) -> Result<std::path::PathBuf> {
    let output = nightly(&["rustc", "-vV"]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("missing host in the output of `rustc -vV`")?;
    Ok(paths::target().join("fuzz").join(host).join("release").join(target))
}
