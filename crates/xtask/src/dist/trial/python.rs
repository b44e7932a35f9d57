//! Trials of wheels.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use xtask::processes::Sandbox;
use xtask::task::command;

use super::{empty, folder, last_line, package, roots, run_task, text, unpack};

/// Files of the suite that need no other library and start no interpreter.
const FILES: [&str; 6] = [
    "python/tests/test_errors.py",
    "python/tests/test_headers.py",
    "python/tests/test_keys.py",
    "python/tests/test_pages.py",
    "python/tests/test_raw.py",
    "python/tests/test_streams.py",
];

const PYTEST: [&str; 2] = ["pytest==9.2.0", "pytest-timeout==2.4.0"];
const SMOKE: &str = "crates/xtask/dist/smoke.py";

/// Runs the wheel on every `CPython` of this machine.
pub(super) fn linux_x64(sandbox: &Sandbox) -> Vec<(String, Result<String>)> {
    interpreters()
        .into_iter()
        .map(|(version, python)| (format!("CPython {version}"), on_interpreter(sandbox, &version, &python)))
        .collect()
}

fn on_interpreter(sandbox: &Sandbox, version: &str, python: &Path) -> Result<String> {
    let environment = empty(&format!("python-{version}"))?;
    run_task("environment", &mut command(python, &["-m", "venv", &text(&environment)]))?;
    let python = environment.join("bin/python");
    let wheel = text(wheel("manylinux_2_17_x86_64")?);
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", &wheel];
    run_task("pip install", command(&python, &install).args(PYTEST))?;
    last_line(sandbox, &mut command(&python, &["-I", SMOKE]))?;
    suite(sandbox, &mut command(&python, &[""; 0]))
}

/// Runs the wheel under qemu, on the interpreter of Debian.
pub(super) fn linux_arm64(sandbox: &Sandbox) -> Vec<(String, Result<String>)> {
    let run = || -> Result<String> {
        let root = roots::arm64()?;
        let unpacked = empty("wheel-arm64")?;
        unpack(&wheel("manylinux_2_17_aarch64")?, &unpacked)?;
        let pytest = folder().join("pytest");
        let target = text(&pytest);
        let install = ["-m", "pip", "install", "--quiet", "--upgrade", "--target", &target];
        run_task("pytest", command(super::super::toolchain::tool("python"), &install).args(PYTEST))?;
        let search = format!("PYTHONPATH={}:{target}", unpacked.display());
        let python = || {
            let mut qemu = roots::qemu(&root, &["-E", &search])?;
            qemu.arg(root.join("usr/bin/python3"));
            anyhow::Ok(qemu)
        };
        last_line(sandbox, python()?.arg(SMOKE))?;
        suite(sandbox, &mut python()?)
    };
    vec![("Debian 12, CPython 3.11, qemu-user".to_owned(), run())]
}

/// Returns the wheel of the library for a platform.
fn wheel(platform: &str) -> Result<PathBuf> {
    let start = format!("bimpe-{}-cp310-abi3-", env!("CARGO_PKG_VERSION"));
    package(&start, &format!("{platform}.whl"))
}

/// Runs the chosen files of the suite.
fn suite(sandbox: &Sandbox, python: &mut std::process::Command) -> Result<String> {
    python.args([
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        "python/pyproject.toml",
        "--rootdir",
        ".",
    ]);
    let line = last_line(sandbox, python.args(FILES))?;
    Ok(line.split(" in ").next().unwrap_or(&line).to_owned())
}

/// Returns the interpreters from 3.10, each with its version: those of pyenv and of the path.
fn interpreters() -> Vec<(String, PathBuf)> {
    let pyenv = std::env::home_dir().unwrap_or_default().join(".pyenv/versions");
    let mut found: Vec<PathBuf> = pyenv
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin/python"))
        .collect();
    found.extend(["3.10", "3.11", "3.12", "3.13", "3.14"].map(|version| format!("python{version}").into()));
    let mut versions: Vec<(String, PathBuf)> = Vec::new();
    for python in found {
        let Ok(version) = version(&python) else { continue };
        if !versions.iter().any(|(known, _)| *known == version) {
            versions.push((version, python));
        }
    }
    versions.sort_by_key(|(version, _)| {
        version.split('.').filter_map(|part| part.parse::<u32>().ok()).collect::<Vec<_>>()
    });
    versions
}

fn version(python: &Path) -> Result<String> {
    let check = "import sys, venv; assert sys.version_info >= (3, 10); print(sys.version.split()[0])";
    let output = std::process::Command::new(python).args(["-c", check]).output()?;
    output.status.success().then_some(()).context("too old")?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
