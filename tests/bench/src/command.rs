//! `cargo xtask bench --command`: start and size of the `bimpe` command.

use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Arguments;
use super::baselines::{can_pin, set_cpu_affinity};
use super::figures::{self, Figure};
use super::report::median;
use xtask::paths;
use xtask::processes::Sandbox;

/// Runs of each command in a round.
const RUNS: usize = 10;
const BYTES_PER_MEGABYTE: f64 = 1e6;

/// Measures all figures and shows them.
pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let pinned = can_pin();
    let sandbox = Sandbox::start_with(set_cpu_affinity(pinned, "0", paths::bimpe().as_os_str()), &[])?;
    let bench = Bench { pinned, sandbox, home: paths::target().join("bench/command") };
    fs::create_dir_all(&bench.home)?;
    let runs = arguments.rounds() * RUNS;
    let mut version = Vec::new();
    let mut list = Vec::new();
    let mut tools = Vec::new();
    for _ in 0..runs {
        version.push(bench.time_command(&["--version"])?);
        list.push(bench.time_command(&["agents", "list"])?);
        tools.push(bench.time_tools()?);
    }
    let milliseconds =
        |name, mut seconds: Vec<f64>, most| Figure::at_most(name, median(&mut seconds) * 1e3, " ms", most);
    let figures = [
        milliseconds("`bimpe --version`", version, 10.0),
        milliseconds("`bimpe agents list` against the sandbox", list, 40.0),
        milliseconds("`bimpe mcp serve`, start to the list of tools", tools, 100.0),
        Figure::at_most("Size of the binary", megabytes()?, " MB", 20.0),
    ];
    figures::show("command", "`bimpe`", &figures, arguments.docs)
}

/// Runs the command on one core, and the sandbox on another.
struct Bench {
    pinned: bool,
    sandbox: Sandbox,
    /// A folder without profiles.
    home: PathBuf,
}

impl Bench {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = set_cpu_affinity(self.pinned, "1", paths::bimpe().as_os_str());
        let ready = &self.sandbox.ready;
        command.args(arguments).env("BIMPEAI_API_KEY", &ready.api_key).env("BIMPEAI_BASE_URL", &ready.url);
        command.env("XDG_CONFIG_HOME", &self.home).env_remove("BIMPEAI_PROFILE").stderr(Stdio::inherit());
        command
    }

    /// Returns the seconds from the start of a command to its end.
    fn time_command(&self, arguments: &[&str]) -> Result<f64> {
        let mut command = self.command(arguments);
        let started = Instant::now();
        let output = command.output()?;
        let elapsed = started.elapsed().as_secs_f64();
        ensure!(output.status.success(), "{arguments:?} ended with {}", output.status);
        Ok(elapsed)
    }

    /// Returns the seconds from the start of the MCP server to its list of tools.
    fn time_tools(&self) -> Result<f64> {
        let mut command = self.command(&["mcp", "serve"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let started = Instant::now();
        let mut child = command.spawn()?;
        let mut input = child.stdin.take().context("stdin is piped")?;
        let mut output = BufReader::new(child.stdout.take().context("stdout is piped")?);
        let client = json!({"name": "bench", "version": "1"});
        let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
        let mut response = String::new();
        writeln!(input, "{}", json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}))?;
        output.read_line(&mut response)?;
        writeln!(input, "{}", json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))?;
        writeln!(input, "{}", json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}))?;
        response.clear();
        output.read_line(&mut response)?;
        let elapsed = started.elapsed().as_secs_f64();
        drop(input);
        let status = child.wait()?;
        let listed: Value = serde_json::from_str(&response)?;
        let has_tools = listed["result"]["tools"].as_array().is_some_and(|tools| !tools.is_empty());
        ensure!(status.success() && has_tools, "the MCP server ended with {status}: {response}");
        Ok(elapsed)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rounded figure")]
fn megabytes() -> Result<f64> {
    Ok(fs::metadata(paths::bimpe())?.len() as f64 / BYTES_PER_MEGABYTE)
}
