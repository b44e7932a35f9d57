//! `cargo xtask setup`: builds everything that the demo and the tests need.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::paths::{self, QUICK, npm, venv};
use crate::task::{Task, command};
use crate::wasm;

/// Sources of the native modules.
const CORE: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "crates/bimpe/Cargo.toml",
    "crates/bimpe/README.md",
    "crates/bimpe/src",
    "crates/bimpe-runtime",
];

/// Sources of the `bimpe` command and its packages.
const COMMAND: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    QUICK,
    "crates/bimpe/Cargo.toml",
    "crates/bimpe/src",
    "crates/bimpe-cli",
    "crates/bimpe-mcp",
    "crates/bimpe-plan",
    "crates/bimpe-sandbox",
];

/// Builds everything that is missing or out of date.
pub fn run() -> Result<()> {
    tools()?;
    bimpe_command()?;
    Task {
        name: "fault server",
        inputs: &["Cargo.toml", "Cargo.lock", QUICK, "tests/fault-server"],
        outputs: &[paths::fault_server()],
    }
    .run([command("cargo", &["build", "--release", "--config", QUICK, "--package", "bimpe-fault-server"])])?;
    wheels()?;
    npm_packages()
}

/// Builds the `bimpe` command for tests and the demo.
pub fn bimpe_command() -> Result<()> {
    Task { name: "bimpe command", inputs: COMMAND, outputs: &[paths::bimpe()] }
        .run([command("cargo", &["build", "--release", "--config", QUICK, "--package", "bimpe-cli"])])
}

/// Builds the `bimpe` command as the packages of a release carry it. Always runs cargo, because the command for tests has
/// the same path.
pub fn released_command() -> Result<()> {
    Task { name: "bimpe command of a release", inputs: &[], outputs: &[paths::bimpe()] }
        .run([command("cargo", &["build", "--release", "--locked", "--package", "bimpe-cli"])])
}

/// Builds native modules whose engine panics on demand. Always runs cargo, because an ordinary build overwrites them.
pub fn build_panic_test_modules() -> Result<()> {
    let packages = ["--package", "bimpe-python", "--package", "bimpe-node", "--features", "bimpe/__panics"];
    let mut build = command("cargo", &["build", "--locked"]);
    for_python(build.args(packages));
    let outputs = [paths::library("debug", "bimpe_python"), paths::library("debug", "bimpe_node")];
    Task { name: "native modules that panic", inputs: &[], outputs: &outputs }.run([build])
}

/// Sets the variables that let cargo build the Python extension module without maturin.
pub fn for_python(cargo: &mut Command) {
    cargo.env("PYO3_BUILD_EXTENSION_MODULE", "1").env("PYO3_PYTHON", venv("python"));
}

/// Installs the Python and Node tools.
pub fn tools() -> Result<()> {
    let python = python()?;
    node()?;
    let pip = venv("python");
    let environment = paths::target().join("venv");
    Task {
        name: "Python tools",
        inputs: &["python/pyproject.toml"],
        outputs: &[venv("ruff"), venv("maturin"), venv("pytest")],
    }
    .run([
        command(python, &["-m", "venv", "--clear", &environment.to_string_lossy()]),
        pip_install(&pip, &["--upgrade", "pip>=25.1"]),
        pip_install(&pip, &["--group", "python/pyproject.toml:dev"]),
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

/// Builds the wheels of the library and of the command, and installs them into the environment.
fn wheels() -> Result<()> {
    let files = ["bimpe", "pytest_bimpe", "pyproject.toml", "THIRD_PARTY_LICENSES.txt"]
        .map(|file| format!("python/{file}"));
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let library = [CORE, &["bindings/python"], &files].concat();
    let folder = paths::root().join("python");
    wheel("Python wheel", "bimpe", &library, &folder, &["--interpreter", &venv("python").to_string_lossy()])?;
    // With the same settings, maturin takes the programs that are there.
    let quick = paths::root().join(QUICK);
    let options = ["--config", &quick.to_string_lossy()];
    wheel(
        "Python wheel of the command",
        "bimpe_cli",
        COMMAND,
        &paths::root().join("crates/bimpe-cli"),
        &options,
    )
}

/// Builds the wheel of the project in the folder and installs it.
fn wheel(task: &str, package: &str, inputs: &[&str], folder: &Path, options: &[&str]) -> Result<()> {
    // The marker lies in the environment, so that a new environment gets the wheel again.
    let mark = venv("python").with_file_name(format!("{package}-wheel-installed"));
    let python = venv("python");
    let wheels = paths::wheels();
    let found = wheels.to_string_lossy();
    let mut build = command(venv("maturin"), &["build", "--release", "--locked", "--out", &found]);
    build.args(options).current_dir(folder);
    let options = ["--force-reinstall", "--no-deps", "--no-index", "--find-links", &found, package];
    let touch = format!(
        "import sys, pathlib; pathlib.Path(sys.executable).with_name('{package}-wheel-installed').touch()"
    );
    Task { name: task, inputs, outputs: &[mark, wheels.join(format!("{package}-*.whl"))] }.run([
        build,
        pip_install(&python, &options),
        command(&python, &["-c", &touch]),
    ])
}

/// Returns a command that installs packages into the environment of a Python.
pub fn pip_install(python: &Path, arguments: &[&str]) -> Command {
    command(python, &[&["-m", "pip", "install", "--quiet"], arguments].concat())
}

/// Creates a separate environment with the packages of a file. Returns the Python of the environment.
pub fn environment(task: &str, name: &str, requirements: &str) -> Result<PathBuf> {
    let folder = paths::target().join(name);
    let installed = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    Task { name: task, inputs: &[requirements], outputs: std::slice::from_ref(&installed) }.run([
        command(python()?, &["-m", "venv", "--clear", &folder.to_string_lossy()]),
        pip_install(&installed, &["--requirement", requirements]),
    ])?;
    Ok(installed)
}

/// Builds the npm packages: native module, TypeScript and the command. Packs them, and installs the command and the
/// package of the native module beside the library.
fn npm_packages() -> Result<()> {
    wasm::build_if_possible()?;
    let inputs = [CORE, &["bindings/node", "node"]].concat();
    let platform = paths::npm_platform();
    let node = paths::root().join("node");
    let native = node.join(format!("node_modules/bimpe-native-{platform}/package.json"));
    Task { name: "npm package", inputs: &inputs, outputs: &[node.join("dist"), native] }
        .run([command(npm(), &["run", "build", "--prefix", "node"])])?;
    let version = env!("CARGO_PKG_VERSION");
    let names = ["", "-cli", &format!("-native-{platform}"), &format!("-cli-{platform}")].map(str::to_owned);
    let mut outputs: Vec<_> =
        names.map(|name| paths::npm_packages().join(format!("bimpe{name}-{version}.tgz"))).into();
    outputs.push(node.join("node_modules/bimpe-cli"));
    let mut pack = command("node", &["node/scripts/pack.mjs"]);
    pack.arg(paths::bimpe()).arg(paths::npm_packages());
    Task { name: "npm tarballs", inputs: &[&inputs[..], COMMAND].concat(), outputs: &outputs }.run([pack])
}

/// Returns the command name of a Python of at least 3.10.
pub fn python() -> Result<String> {
    let named = std::env::var("PYTHON").ok();
    let candidates = named.iter().map(String::as_str).chain(["python3", "python"]);
    for candidate in candidates {
        let check = "import sys, venv; sys.exit(sys.version_info < (3, 10))";
        if Command::new(candidate).args(["-c", check]).output().is_ok_and(|output| output.status.success()) {
            return Ok(candidate.to_owned());
        }
    }
    bail!("missing Python 3.10 or newer with venv: install it, or set PYTHON to its path")
}

/// Checks that Node is new enough.
fn node() -> Result<()> {
    let output =
        Command::new("node").arg("--version").output().context("missing Node 20 or newer: install it")?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major: Option<u32> =
        version.trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.is_none_or(|major| major < 20) {
        bail!("unsupported Node {version}: install Node 20 or newer");
    }
    Ok(())
}

/// Sets the variables that name the servers and the panic test modules for the suites.
pub fn name_servers(command: &mut Command) {
    command.env("BIMPE_BIN", paths::bimpe()).env("MCP_SERVER", paths::mcp_server());
    command.env("FAULT_SERVER", paths::fault_server());
    command.env("PANICKING_PYTHON", paths::library("debug", "bimpe_python"));
    command.env("PANICKING_NODE", paths::library("debug", "bimpe_node"));
}
