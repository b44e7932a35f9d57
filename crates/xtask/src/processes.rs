//! Servers for the demo and the tests. Dropping a server stops its process.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::paths;

const START_TIMEOUT: Duration = Duration::from_secs(15);

/// A running sandbox.
pub struct Sandbox {
    /// The line that the sandbox printed when it was ready.
    pub ready: ReadyLine,
    process: ChildProcess,
}

/// The line that `bimpe sandbox --json` prints.
#[derive(Deserialize)]
pub struct ReadyLine {
    /// Base URL of the sandbox.
    pub url: String,
    /// An API key with all scopes.
    pub api_key: String,
    /// Id of the first agent.
    pub agent_id: String,
}

impl Sandbox {
    /// Starts the built `bimpe sandbox` on a free port.
    pub fn start() -> Result<Self> {
        Self::start_with(Command::new(paths::bimpe()), &[])
    }

    /// Starts a sandbox on a free port with a command and more options.
    pub fn start_with(mut command: Command, options: &[&str]) -> Result<Self> {
        command.args(["sandbox", "--port", "0", "--json", "--quiet"]).args(options);
        let (process, line) = ChildProcess::announced(command, "the sandbox")?;
        let ready = serde_json::from_str(&line)
            .with_context(|| format!("unexpected output of the sandbox: {line}"))?;
        Ok(Self { ready, process })
    }

    /// Returns the resident memory of the process in KiB.
    pub fn resident_memory(&self) -> Result<u64> {
        let file = format!("/proc/{}/status", self.process.0.id());
        let status = fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
        line.and_then(|number| number.parse().ok()).with_context(|| format!("missing VmRSS in {file}"))
    }
}

/// A running MCP server from npm, over streamable HTTP.
pub struct McpServer {
    /// URL of its endpoint.
    pub url: String,
    _process: ChildProcess,
}

impl McpServer {
    /// Starts the server on a free port.
    pub fn start() -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new("node");
        command.arg(paths::mcp_server()).arg("streamableHttp").env("PORT", port.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = ChildProcess(command.spawn().context("cannot start the MCP server")?);
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = process.0.try_wait()? {
                bail!("the MCP server ended with {status}");
            }
            if started.elapsed() > START_TIMEOUT {
                bail!("the MCP server did not listen on port {port} in time");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { url: format!("http://127.0.0.1:{port}/mcp"), _process: process })
    }
}

/// A process that is killed when the value is dropped.
pub struct ChildProcess(pub Child);

impl ChildProcess {
    /// Starts a server. Returns the line that it prints when it is ready.
    pub fn announced(mut command: Command, name: &str) -> Result<(Self, String)> {
        let mut process =
            Self(command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {name}"))?);
        let output = process.0.stdout.take().expect("stdout is piped");
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        Ok((process, line.trim().to_owned()))
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        // Fails if the process has ended already, which needs no handling.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
