//! Runs the suites that record results, in all three languages.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use console::style;
use indicatif::{ProgressBar, ProgressStyle};

use super::FullRun;
use super::results::{TestResult, read};
use xtask::paths::{self, npm, venv};
use xtask::task::{command, last_lines};
use xtask::{dependencies, setup};

/// Lines to show of a failed suite's log.
const SHOWN_LOG_LINES: usize = 60;

/// The value of checks that pass or fail as a whole.
const FAILED: &str = "checks failed";

pub(super) fn run(run: &mut FullRun) -> Result<()> {
    let rust = rust_tests(&["--package", "bimpe", "--tests", "--no-fail-fast"]);
    suite(run, "Rust", rust)?;

    let mut pytest = command(venv("pytest"), &["-q", "-c", "python/pyproject.toml", "--rootdir", "."]);
    pytest.args(["-o", "timeout=3600"]);
    suite(
        run,
        "Python",
        with_files(pytest, &["python/tests", "tests"], ".py", "import results|from results")?,
    )?;

    if !run.is_selected("Node") || compile(run)? {
        let node = command("node", &["--test"]);
        let files = with_files(node, &["node/.build", "tests"], ".test.mjs|.test.js", "/results.")?;
        suite(run, "Node", files)?;
    }
    sandbox(run)?;
    dependencies(run)
}

/// Returns the command that runs optimized tests, without the slow link of a release.
fn rust_tests(arguments: &[&str]) -> Command {
    let mut tests = command("cargo", &["test", "--release", "--locked", "--config", paths::QUICK]);
    tests.args(arguments);
    tests
}

/// Kills the sandbox during writes, and looks for writes that got a response and are lost.
fn sandbox(run: &mut FullRun) -> Result<()> {
    let name = "Sandbox";
    if !run.is_selected(name) {
        return run.load_results(name);
    }
    let kills: u64 = if run.quick { 5 } else { 200 };
    let mut tests = rust_tests(&["--package", "bimpe-cli", "--test", "durability"]);
    tests.env("BIMPE_SANDBOX_KILLS", kills.to_string());
    let passed = run_captured(run, name, tests)?;
    run.save_results(
        name,
        vec![TestResult::of(23, "Writes of the sandbox before a kill", kills, FAILED, passed)],
    )
}

/// Compiles the Node package's tests to JavaScript.
fn compile(run: &mut FullRun) -> Result<bool> {
    let node = paths::root().join("node");
    let built = node.join(".build");
    if built.exists() {
        fs::remove_dir_all(&built)?;
    }
    let mut compiler = command(npm(), &["exec", "--", "tsc", "-p", "test"]);
    compiler.current_dir(node);
    let name = "TypeScript";
    let passed = run_captured(run, name, compiler)?;
    if !passed {
        run.failed.push(name.to_owned());
    }
    Ok(passed)
}

/// Adds all files with one of the endings that contain one of the words. Returns `None` without such files.
fn with_files(mut command: Command, folders: &[&str], ends: &str, words: &str) -> Result<Option<Command>> {
    let mut files = Vec::new();
    for folder in folders {
        let folder = paths::root().join(folder);
        let entries = if folder.exists() { Some(fs::read_dir(folder)?) } else { None };
        for entry in entries.into_iter().flatten() {
            let path = entry?.path();
            let fits = path.is_file() && ends.split('|').any(|end| path.to_string_lossy().ends_with(end));
            if fits
                && fs::read_to_string(&path)
                    .is_ok_and(|text| words.split('|').any(|word| text.contains(word)))
            {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok((!files.is_empty()).then(|| {
        command.args(files);
        command
    }))
}

/// Runs a suite and reads its results. Returns whether the suite passed.
fn suite(run: &mut FullRun, name: &str, command: impl Into<Option<Command>>) -> Result<bool> {
    if !run.is_selected(name) {
        return run.load_results(name).map(|()| true);
    }
    let Some(mut command) = command.into() else {
        run.skip(name, "no test records results");
        return Ok(true);
    };
    let file = run.results_file(name);
    if file.exists() {
        fs::remove_file(&file)?;
    }
    setup::name_servers(&mut command);
    command.env(if run.quick { "BIMPE_RESULTS" } else { "BIMPE_FULL_RUN" }, &file);
    let passed = run_captured(run, name, command)?;
    run.results.extend(read(&file)?);
    if !passed {
        run.failed.push(name.to_owned());
    }
    Ok(passed)
}

/// Runs a command with its output in a log file. Shows the end of the log if the command fails.
pub(super) fn run_captured(run: &FullRun, name: &str, mut command: Command) -> Result<bool> {
    let log = log_of(run, name);
    let sink = File::create(&log)?;
    command.stdin(Stdio::null()).stdout(sink.try_clone()?).stderr(sink);
    let started = Instant::now();
    let bar = ProgressBar::new_spinner().with_message(name.to_owned());
    bar.set_style(ProgressStyle::with_template("{spinner:.cyan} {msg} {elapsed:.dim}").expect("valid"));
    bar.enable_steady_tick(Duration::from_millis(100));
    let status = command.status().with_context(|| format!("cannot run {name}"))?;
    bar.finish_and_clear();
    let mark = if status.success() { style("✓").green() } else { style("✗").red() };
    progress(&format!("{mark} {name} {:.0} s", started.elapsed().as_secs_f32()));
    if !status.success() {
        progress(&last_lines(&log, SHOWN_LOG_LINES));
    }
    Ok(status.success())
}

pub(super) fn log_of(run: &FullRun, name: &str) -> PathBuf {
    run.folder.join(format!("{}.log", name.replace(' ', "-")))
}

/// Prints progress to standard error, because standard output has the report.
pub(super) fn progress(text: &str) {
    #[expect(clippy::print_stderr, reason = "the command reports progress to the terminal")]
    {
        eprintln!("{text}");
    }
}

/// Checks the dependencies by the rules of this repository, and for known vulnerabilities.
fn dependencies(run: &mut FullRun) -> Result<()> {
    let name = "Dependencies";
    if !run.is_selected(name) {
        return run.load_results(name);
    }
    let lock = fs::read_to_string(paths::root().join("Cargo.lock"))?;
    let crates = u64::try_from(lock.matches("[[package]]").count())?;
    let passed = run_captured(run, name, dependencies::check())?;
    let mut results =
        vec![TestResult::of(22, "Licenses, bans and sources of all dependencies", crates, FAILED, passed)];
    let known = "Vulnerabilities";
    let passed = run_captured(run, known, dependencies::advisories())?;
    let log = fs::read_to_string(log_of(run, known))?;
    if passed || !log.contains("failed to fetch advisory database") {
        results.push(TestResult::of(22, "Known vulnerabilities of all dependencies", crates, FAILED, passed));
    } else {
        run.skip("Known vulnerabilities of all dependencies", "cannot download the advisory database");
    }
    run.save_results(name, results)
}
