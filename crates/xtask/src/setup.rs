//! `cargo xtask setup`: everything that the demo and the tests need, built from this checkout.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::paths::{self, npm, venv};
use crate::task::{Task, command};

/// What the native parts are made from.
const CORE: &[&str] =
    &["Cargo.toml", "Cargo.lock", "crates/bimpe/Cargo.toml", "crates/bimpe/README.md", "crates/bimpe/src"];

/// Builds what is not built yet.
pub fn run() -> Result<()> {
    let python = python()?;
    node()?;
    Task {
        name: "bimpe command",
        inputs: &["Cargo.toml", "Cargo.lock", "crates/bimpe-cli", "crates/bimpe-sandbox"],
        outputs: &[paths::bimpe()],
    }
    .run([command("cargo", &["build", "--release", "--package", "bimpe-cli"])])?;
    Task {
        name: "fault server",
        inputs: &["Cargo.toml", "Cargo.lock", "tests/fault-server"],
        outputs: &[paths::fault_server()],
    }
    .run([command("cargo", &["build", "--release", "--package", "bimpe-fault-server"])])?;
    tools(&python)?;
    wheel()?;
    package()
}

/// Builds the native modules with an engine that panics when it is asked to, beside those that are published. Cargo
/// itself knows whether they are fresh: an ordinary build puts its own in their place.
pub fn build_panic_test_modules() -> Result<()> {
    let packages = ["--package", "bimpe-python", "--package", "bimpe-node", "--features", "bimpe/__panics"];
    let mut build = command("cargo", &["build", "--locked"]);
    for_python(build.args(packages));
    let outputs = [paths::library("debug", "bimpe_python"), paths::library("debug", "bimpe_node")];
    Task { name: "native modules that panic", inputs: &[], outputs: &outputs }.run([build])
}

/// Lets cargo build what a Python loads, without the tools that make a wheel of it.
pub fn for_python(cargo: &mut Command) {
    cargo.env("PYO3_BUILD_EXTENSION_MODULE", "1").env("PYO3_PYTHON", venv("python"));
}

/// The Python and Node tools, without anything that is built from this checkout.
fn tools(python: &str) -> Result<()> {
    let pip = venv("python");
    let pip = pip.to_string_lossy();
    let environment = paths::target().join("venv");
    Task {
        name: "Python tools",
        inputs: &["python/pyproject.toml"],
        outputs: &[venv("ruff"), venv("maturin"), venv("pytest")],
    }
    .run([
        command(python, &["-m", "venv", "--clear", &environment.to_string_lossy()]),
        command(&*pip, &["-m", "pip", "install", "--quiet", "--upgrade", "pip>=25.1"]),
        command(&*pip, &["-m", "pip", "install", "--quiet", "--group", "python/pyproject.toml:dev"]),
    ])?;
    let ci = |folder: &str| {
        let mut command = command(npm(), &["ci", "--no-audit", "--no-fund"]);
        command.current_dir(paths::root().join(folder));
        command
    };
    Task {
        name: "Node tools",
        inputs: &["node/package.json", "node/package-lock.json"],
        outputs: &[paths::root().join("node/node_modules")],
    }
    .run([ci("node")])?;
    Task {
        name: "MCP test server",
        inputs: &["tests/peers/package.json", "tests/peers/package-lock.json"],
        outputs: &[paths::mcp_server()],
    }
    .run([ci("tests/peers")])
}

/// The Python wheel, installed into the environment.
fn wheel() -> Result<()> {
    let wheels = paths::target().join("wheels");
    let folder = wheels.to_string_lossy();
    let inputs = [CORE, &["bindings/python", "python/bimpe", "python/pyproject.toml"]].concat();
    // Lies in the environment, so that a new environment gets the wheel again.
    let mark = venv("python").with_file_name("bimpe-wheel-installed");
    let python = venv("python");
    let mut build = command(venv("maturin"), &["build", "--release", "--locked", "--out", &folder]);
    build.arg("--interpreter").arg(&python).current_dir(paths::root().join("python"));
    Task { name: "Python wheel", inputs: &inputs, outputs: &[mark] }.run([
        build,
        command(&python, &["-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps", "--no-index", "--find-links", &folder, "bimpe"]),
        command(&python, &["-c", "import sys, pathlib; pathlib.Path(sys.executable).with_name('bimpe-wheel-installed').touch()"]),
    ])
}

/// The npm package, native module and TypeScript.
fn package() -> Result<()> {
    let inputs = [CORE, &["bindings/node", "node"]].concat();
    Task { name: "npm package", inputs: &inputs, outputs: &[paths::root().join("node/dist")] }
        .run([command(npm(), &["run", "build", "--prefix", "node"])])
}

/// A Python of at least 3.10, by the name that runs it.
fn python() -> Result<String> {
    let named = std::env::var("PYTHON").ok();
    let candidates = named.iter().map(String::as_str).chain(["python3", "python"]);
    for candidate in candidates {
        let check = "import sys, venv; sys.exit(sys.version_info < (3, 10))";
        if Command::new(candidate).args(["-c", check]).output().is_ok_and(|output| output.status.success()) {
            return Ok(candidate.to_owned());
        }
    }
    bail!(
        "Python 3.10 or newer (with venv) is needed and was not found; install it, or name it with PYTHON=…"
    )
}

/// Checks that Node is new enough.
fn node() -> Result<()> {
    let output = Command::new("node")
        .arg("--version")
        .output()
        .context("Node 20 or newer is needed and was not found")?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major: Option<u32> =
        version.trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.is_none_or(|major| major < 20) {
        bail!("Node 20 or newer is needed; this is {version}");
    }
    Ok(())
}

/// Names the servers that the suites talk to, and the modules that they let panic.
pub fn name_servers(command: &mut Command) {
    command.env("BIMPE_BIN", paths::bimpe()).env("MCP_SERVER", paths::mcp_server());
    command.env("FAULT_SERVER", paths::fault_server());
    command.env("PANICKING_PYTHON", paths::library("debug", "bimpe_python"));
    command.env("PANICKING_NODE", paths::library("debug", "bimpe_node"));
}
