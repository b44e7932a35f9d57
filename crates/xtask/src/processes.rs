//! Servers for the demo and the tests. Dropping a server stops its process.

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
    _process: ChildProcess,
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
        let mut command = Command::new(paths::bimpe());
        command.args(["sandbox", "--port", "0", "--json", "--quiet"]).stdout(Stdio::piped());
        let mut process = ChildProcess(command.spawn().context("cannot start the sandbox")?);
        let output = process.0.stdout.take().expect("stdout is piped");
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let ready = serde_json::from_str(&line)
            .with_context(|| format!("unexpected output of the sandbox: {line}"))?;
        Ok(Self { ready, _process: process })
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

impl Drop for ChildProcess {
    fn drop(&mut self) {
        // Fails if the process has ended already, which needs no handling.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
