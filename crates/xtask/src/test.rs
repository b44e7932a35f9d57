//! `cargo xtask test`: set-up, then every suite and every check.

mod bundlers;
mod endpoint;
mod packages;
mod words;

use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};
use console::style;

use xtask::dependencies;
use xtask::paths::{self, npm, venv};
use xtask::setup;
use xtask::task::{command, log, print_output, run_tool};

const MYPY: [&str; 7] = [
    "--cache-dir",
    "target/mypy",
    "--config-file",
    "python/pyproject.toml",
    "python/bimpe",
    "python/examples",
    "python/typing_tests",
];

const NODE_CASES: [&str; 10] = [
    "--test",
    "tests/cases.test.mjs",
    "tests/cursors.test.mjs",
    "tests/faults.test.mjs",
    "tests/lenient.test.mjs",
    "tests/mocks.test.mjs",
    "tests/fault-sweeps.test.mjs",
    "tests/faulted-writes.test.mjs",
    "tests/connections.test.mjs",
    "tests/observers.test.mjs",
];

/// A check: its name and its command.
struct Suite {
    name: &'static str,
    command: Command,
}

/// A suite of more than one command.
type TestFunction<'a> = &'a dyn Fn() -> Result<()>;

/// Runs everything, or only the suites whose name contains `only`. Some bundlers are tested only with `only`.
pub(crate) fn run(only: Option<&str>) -> Result<()> {
    let wanted = |name: &str| only.is_none_or(|only| name.to_lowercase().contains(&only.to_lowercase()));
    setup::run()?;
    setup::build_panic_test_modules()?;
    let mut results = Vec::new();
    for mut suite in suites() {
        if !wanted(suite.name) {
            continue;
        }
        let started = Instant::now();
        let result = print_output(suite.name, &mut suite.command);
        results.push((suite.name, started.elapsed(), result));
    }
    let more: [(&str, TestFunction<'_>); 5] = [
        ("Words", &words::run),
        ("Instruction counts", &|| run_tool("bimpe-bench", &["--instructions".to_owned()])),
        ("A new endpoint", &endpoint::run),
        ("Packages", &packages::run),
        ("Bundlers", &|| bundlers::run(only.is_some())),
    ];
    for (name, run) in more {
        if wanted(name) {
            let started = Instant::now();
            let result = run();
            results.push((name, started.elapsed(), result));
        }
    }

    if results.is_empty() {
        bail!("no suite has `{}` in its name", only.unwrap_or_default());
    }
    log("");
    let mut failed = 0;
    for (name, elapsed, result) in &results {
        let mark = if result.is_ok() { style("✓").green() } else { style("✗").red() };
        log(&format!("{mark} {name:<24} {:>6.1} s", elapsed.as_secs_f32()));
        if let Err(error) = result {
            failed += 1;
            log(&format!("  {error:#}"));
        }
    }
    anyhow::ensure!(failed == 0, "{failed} of {} suites failed", results.len());
    Ok(())
}

fn suites() -> Vec<Suite> {
    let cargo = |arguments: &[&str]| command("cargo", arguments);
    let tool = |program: &str, arguments: &[&str]| command(venv(program), arguments);
    let node = |script: &str| command(npm(), &["run", "--silent", script, "--prefix", "node"]);
    let mut clippy =
        cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"]);
    setup::for_python(&mut clippy);
    // Checks that all public names of the source tree have types.
    let mut complete = tool("pyright", &["--verifytypes", "bimpe", "--ignoreexternal", "--pythonpath"]);
    complete.arg(venv("python")).env("PYTHONPATH", paths::root().join("python"));
    let mut list = vec![
        ("Rust format", cargo(&["fmt", "--all", "--check"])),
        ("Rust lints", clippy),
        ("Generated files", cargo(&["xtask", "codegen", "--check"])),
        ("Rust tests", cargo(&["test", "--locked"])),
        (
            "Rust without network",
            cargo(&["check", "--locked", "--package", "bimpe", "--no-default-features"]),
        ),
        (
            "Rust with ring",
            cargo(&[
                "check",
                "--locked",
                "--package",
                "bimpe",
                "--no-default-features",
                "--features",
                "rustls-ring",
            ]),
        ),
        ("Rust dependencies", dependencies::check()),
        ("Python format", tool("ruff", &["format", "--check", "python", "tests"])),
        ("Python lints", tool("ruff", &["check", "python", "tests"])),
        ("Python types", tool("pyright", &["--project", "python"])),
        ("Python types, complete", complete),
        ("Python types, mypy", tool("mypy", &MYPY)),
        ("Python native stub", tool("stubtest", &["bimpe._native"])),
        (
            "Python tests",
            tool("pytest", &["-q", "-c", "python/pyproject.toml", "--rootdir", ".", "python/tests", "tests"]),
        ),
        ("Node lints", node("lint")),
        ("Node types", node("typecheck")),
        ("Node tests", node("test")),
        ("Node cases", command("node", &NODE_CASES)),
    ];
    for (_, command) in &mut list {
        setup::name_servers(command);
    }
    list.into_iter().map(|(name, command)| Suite { name, command }).collect()
}
