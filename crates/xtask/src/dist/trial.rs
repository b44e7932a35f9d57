//! Runs built packages on the systems that this machine has or emulates.

mod node;
mod python;
mod roots;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use xtask::paths;
use xtask::processes::Sandbox;
use xtask::setup;
use xtask::task::{Task, command, log};

/// A trial: the row, the system, and the results.
pub(super) struct Trial {
    pub(super) row: &'static str,
    pub(super) system: String,
    pub(super) result: Result<String>,
}

/// Runs the trials of the rows that fit and whose packages exist.
pub(super) fn run(fits: &dyn Fn(&str) -> bool) -> Result<Vec<Trial>> {
    fs::create_dir_all(folder())?;
    setup::bimpe_command()?;
    let sandbox = Sandbox::start()?;
    let mut trials = Vec::new();
    for (row, try_row) in [
        ("wheel-linux-x64", python::linux_x64 as fn(&Sandbox) -> Vec<(String, Result<String>)>),
        ("wheel-linux-arm64", python::linux_arm64),
        ("module-linux-x64", node::linux_x64),
        ("module-linux-arm64", node::linux_arm64),
        ("module-musl-x64", node::musl_x64),
        ("module-windows-x64", node::windows_x64),
        ("command-musl-x64", node::command_musl_x64),
        ("command-musl-arm64", node::command_musl_arm64),
        ("command-windows-x64", node::command_windows_x64),
    ] {
        if !fits(row) {
            continue;
        }
        for (system, result) in try_row(&sandbox) {
            match &result {
                Ok(text) => log(&format!("✓ {row} on {system}: {text}")),
                Err(error) => log(&format!("✗ {row} on {system}: {error:#}")),
            }
            trials.push(Trial { row, system, result });
        }
    }
    Ok(trials)
}

/// Returns the folder of the trials.
fn folder() -> PathBuf {
    paths::target().join("dist-try")
}

/// Returns the only package in `target/dist` whose name has this beginning and end.
fn package(start: &str, end: &str) -> Result<PathBuf> {
    let found = paths::matching(&super::build::folder().join(format!("{start}*{end}")));
    let [file] = &found[..] else {
        anyhow::bail!("expected one package {start}*{end} in target/dist, found {}", found.len())
    };
    Ok(file.clone())
}

/// Creates an empty folder of the trials.
fn empty(name: &str) -> Result<PathBuf> {
    let folder = folder().join(name);
    paths::clear(&folder)?;
    Ok(folder)
}

/// Unpacks a wheel, or the tarball of an npm package, into a folder.
fn unpack(archive: &Path, target: &Path) -> Result<()> {
    fs::create_dir_all(target)?;
    if archive.extension().is_some_and(|end| end == "whl") {
        run_task(
            "unpack",
            command(super::toolchain::tool("python"), &["-m", "zipfile", "-e"]).arg(archive).arg(target),
        )
    } else {
        let mut tar = command("tar", &["-xzf"]);
        run_task("unpack", tar.arg(archive).args(["--strip-components=1", "-C"]).arg(target))
    }
}

/// Runs a command of a set-up, with its output in a log.
fn run_task(name: &str, command: &mut Command) -> Result<()> {
    let owned = std::mem::replace(command, Command::new("true"));
    Task { name: &format!("try {name}"), inputs: &[], outputs: &[] }.run([owned])
}

/// Gives a command the key and the address of the sandbox, and runs it. Returns the last line of its output.
fn last_line(sandbox: &Sandbox, command: &mut Command) -> Result<String> {
    command.env("BIMPEAI_API_KEY", &sandbox.ready.api_key).env("BIMPEAI_BASE_URL", &sandbox.ready.url);
    setup::name_servers(command);
    // Wine cannot write to a pipe of this process.
    let (out, errors) = (folder().join("out"), folder().join("errors"));
    command
        .stdin(std::process::Stdio::null())
        .stdout(fs::File::create(&out)?)
        .stderr(fs::File::create(&errors)?);
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("cannot run {program}"))?;
    let read = |file: &Path| fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let (out, errors) = (read(&out)?, read(&errors)?);
    let tail = |text: &str| {
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    };
    ensure!(status.success(), "{program}: {status}\n{}\n{}", tail(&out), tail(&errors));
    Ok(out.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned())
}

/// Runs a file with tests for Node, and returns the number of tests that passed.
fn node_summary(sandbox: &Sandbox, command: &mut Command) -> Result<u32> {
    last_line(sandbox, command)?;
    let text = fs::read_to_string(folder().join("out"))?;
    let line = text.lines().find_map(|line| line.trim_start_matches(['#', 'ℹ', ' ']).strip_prefix("pass "));
    line.and_then(|count| count.trim().parse().ok()).context("node wrote no summary")
}

/// Returns an argument for a path.
fn text(path: impl AsRef<OsStr>) -> String {
    path.as_ref().to_string_lossy().into_owned()
}
