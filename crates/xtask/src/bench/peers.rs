//! The peers, installed apart from the development tools, and the server that all of them talk to.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::metrics::{Metric, Runner};
use crate::paths::{self, npm, venv};
use crate::processes::Running;
use crate::steps::{Step, command};

const SCRIPTS: &str = "tests/bench";

/// What is needed to measure.
pub(super) struct Peers {
    url: String,
    node: PathBuf,
    /// Keeps the server and the clients on cores of their own, where there are two.
    pinned: bool,
    _server: Running,
}

impl Peers {
    /// Installs the peers and starts the server.
    pub(super) fn prepare() -> Result<Self> {
        let node = paths::target().join("bench/node");
        let server = server();
        Step {
            name: "bench server",
            inputs: &["Cargo.toml", "Cargo.lock", "tests/bench/server"],
            outputs: std::slice::from_ref(&server),
        }
        .run([command("cargo", &["build", "--release", "--locked", "--package", "bimpe-bench-server"])])?;
        let pip = venv("python");
        Step { name: "bench peers, Python", inputs: &["python/pyproject.toml"], outputs: &[] }.run([
            command(pip, &["-m", "pip", "install", "--quiet", "--group", "python/pyproject.toml:bench"]),
        ])?;
        let mut install =
            command(npm(), &["install", "--no-audit", "--no-fund", "--install-links=false", "--prefix"]);
        install.arg(&node);
        std::fs::create_dir_all(&node)?;
        for file in ["package.json", "measure.mjs"] {
            std::fs::copy(paths::root().join(SCRIPTS).join("node").join(file), node.join(file))?;
        }
        install.arg(paths::root().join("node"));
        Step {
            name: "bench peers, Node",
            inputs: &["tests/bench/node"],
            outputs: &[node.join("node_modules")],
        }
        .run([install])?;

        let pinned = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1)
            && Command::new("taskset")
                .args(["-c", "0", "true"])
                .status()
                .is_ok_and(|status| status.success());
        let mut run = pin(pinned, "0", &server.into());
        run.stdout(Stdio::piped());
        let mut running = Running(run.spawn().context("cannot start the bench server")?);
        let mut url = String::new();
        BufReader::new(running.0.stdout.take().expect("it is piped")).read_line(&mut url)?;
        Ok(Self { url: url.trim().to_owned(), node, pinned, _server: running })
    }

    /// Runs one client once, in a process of its own.
    pub(super) fn measure(&self, metric: &Metric, client: &str, calls: u64) -> Result<Value> {
        let mut run = if client == "rust socket" {
            let mut run = pin(self.pinned, "1", &server().into());
            run.args(["ask", self.url.trim_start_matches("http://"), "/api/v1/console/agents/cm1"]);
            run
        } else {
            let (program, script) = match metric.runner {
                Runner::Python => {
                    (venv("python").into(), paths::root().join(SCRIPTS).join("python/measure.py"))
                }
                Runner::Node => (OsString::from("node"), self.node.join("measure.mjs")),
            };
            let mut run = pin(self.pinned, "1", &program);
            run.arg(script).args([metric.case, client, &self.url]);
            run
        };
        let output = run.arg(calls.to_string()).output().context("cannot measure")?;
        let said = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "{} with {client} ended with {}: {complaint}",
            metric.name,
            output.status
        );
        serde_json::from_str(&said)
            .with_context(|| format!("{} with {client} said: {said}{complaint}", metric.name))
    }
}

fn server() -> PathBuf {
    paths::target().join("release").join(format!("bimpe-bench-server{}", std::env::consts::EXE_SUFFIX))
}

/// A command on one core.
fn pin(pinned: bool, core: &str, program: &OsString) -> Command {
    if !pinned {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", core]).arg(program);
    command
}
