//! `cargo xtask test`: set-up, then every suite and every check.

mod bundlers;
mod edge;
mod endpoint;
mod fidelity;
mod mcp_servers;
mod modules;
mod packages;
mod page;
mod platforms;
mod repository;
mod runtimes;
mod schemathesis;
mod shells;
mod words;
mod workers;

use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};
use console::style;

use crate::public_names;
use xtask::dependencies;
use xtask::paths::{self, npm, venv};
use xtask::setup;
use xtask::task::{command, log, print_output, run_tool};

const MYPY: [&str; 9] = [
    "--cache-dir",
    "target/mypy",
    "--config-file",
    "python/pyproject.toml",
    "python/bimpe",
    "python/pytest_bimpe",
    "crates/bimpe-cli/python",
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

/// A suite: its name, and its check.
struct Suite<'a> {
    name: &'static str,
    run: Box<dyn FnMut() -> Result<()> + 'a>,
}

/// Runs everything, or only the suites whose name contains `only`. Some bundlers, frameworks and runtimes are tested only with
/// `only`.
pub(crate) fn run(only: Option<&str>) -> Result<()> {
    let is_selected =
        |suite: &Suite<'_>| only.is_none_or(|only| suite.name.to_lowercase().contains(&only.to_lowercase()));
    let mut selected: Vec<Suite<'_>> = checks(only.is_some()).into_iter().filter(is_selected).collect();
    let tests: Vec<Suite<'_>> = tests(only.is_some()).into_iter().filter(is_selected).collect();
    setup::tools()?;
    if !tests.is_empty() {
        setup::run()?;
        setup::build_panic_test_modules()?;
    }
    selected.extend(tests);
    let mut results = Vec::new();
    for mut suite in selected {
        let started = Instant::now();
        let result = (suite.run)();
        results.push((suite.name, started.elapsed(), result));
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

fn suite<'a>(name: &'static str, run: impl FnMut() -> Result<()> + 'a) -> Suite<'a> {
    Suite { name, run: Box::new(run) }
}

/// A suite of one command.
fn program(name: &'static str, mut command: Command) -> Suite<'static> {
    setup::name_servers(&mut command);
    suite(name, move || print_output(name, &mut command))
}

fn cargo(name: &'static str, arguments: &[&str]) -> Suite<'static> {
    program(name, command("cargo", arguments))
}

fn python(name: &'static str, tool: &str, arguments: &[&str]) -> Suite<'static> {
    program(name, command(venv(tool), arguments))
}

fn node(name: &'static str, script: &str) -> Suite<'static> {
    program(name, command(npm(), &["run", "--silent", script, "--prefix", "node"]))
}

/// Returns the suites that need the tools, but no built package. `all` includes the parts that run only if they are named.
fn checks(all: bool) -> Vec<Suite<'static>> {
    let mut clippy =
        command("cargo", &["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"]);
    setup::for_python(&mut clippy);
    let without_default = ["check", "--locked", "--package", "bimpe", "--no-default-features"];
    let mut checks = vec![
        cargo("Rust format", &["fmt", "--all", "--check"]),
        program("Rust lints", clippy),
        cargo("Generated files", &["xtask", "codegen", "--check"]),
        cargo("Rust without network", &without_default),
        cargo("Rust with ring", &[&without_default[..], &["--features", "rustls-ring"]].concat()),
        program("Rust dependencies", dependencies::check()),
        python("Python format", "ruff", &["format", "--check", "python", "tests", "crates/bimpe-cli"]),
        python("Python lints", "ruff", &["check", "python", "tests", "crates/bimpe-cli"]),
        suite("Third-party licenses", crate::licenses::check),
        suite("Words", words::run),
        suite("Module imports", modules::run),
        suite("Repository files", repository::run),
        suite("Sandbox fidelity", fidelity::run),
    ];
    if cfg!(target_os = "linux") {
        checks.push(suite("Other platforms", move || platforms::run(all)));
    }
    checks
}

/// Returns the suites that need the packages. `all` includes those that run only if they are named.
fn tests<'a>(all: bool) -> Vec<Suite<'a>> {
    // Checks that all public names of the source tree have types.
    let mut complete =
        command(venv("pyright"), &["--verifytypes", "bimpe", "--ignoreexternal", "--pythonpath"]);
    complete.arg(venv("python")).env("PYTHONPATH", paths::root().join("python"));
    let mut suites = vec![
        cargo("Rust tests", &["test", "--locked"]),
        python("Python types", "pyright", &["--project", "python"]),
        program("Python types, complete", complete),
        python("Python types, mypy", "mypy", &MYPY),
        python("Python native stub", "stubtest", &["bimpe._native"]),
        python(
            "Python tests",
            "pytest",
            &["-q", "-c", "python/pyproject.toml", "--rootdir", ".", "python/tests", "tests"],
        ),
        python("Python public names", "python", &[public_names::PYTHON]),
        python("Node public names", "python", &[public_names::TYPESCRIPT]),
        node("Node lints", "lint"),
        node("Node types", "typecheck"),
        node("Node tests", "test"),
        program("Node cases", command("node", &NODE_CASES)),
        suite("Instruction counts", || run_tool("bimpe-bench", &["--instructions".to_owned()])),
        suite("A new endpoint", endpoint::run),
        suite("Generated requests", move || schemathesis::run(all)),
        suite("Packages", packages::run),
        suite("Test runners", bundlers::test_runners),
        suite("Bundlers", move || bundlers::run(all)),
        suite("Route handlers", move || bundlers::route_handlers(all)),
    ];
    // Their programs are packages of Debian.
    if cfg!(target_os = "linux") {
        suites.push(suite("Sandbox page", move || page::run(all)));
        suites.push(suite("Workers", workers::run));
        suites.push(suite("Command in shells", shells::run));
        suites.push(suite("Edge", move || edge::run(all)));
    }
    if all {
        suites.push(suite("MCP servers", mcp_servers::run));
    }
    if all && cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
        for (name, program, arguments) in runtimes::RUNTIMES {
            suites.push(suite(name, move || runtimes::run(name, program, arguments)));
        }
    }
    suites
}
