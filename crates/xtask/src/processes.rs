//! The servers that the demo and the tests talk to, stopped when they go out of scope.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::paths;

const PATIENCE: Duration = Duration::from_secs(15);

/// The sandbox, and what it told when it was ready.
pub(crate) struct Sandbox {
    pub(crate) ready: Ready,
    _process: Running,
}

/// The line that `bimpe sandbox --json` prints.
#[derive(Deserialize)]
pub(crate) struct Ready {
    pub(crate) url: String,
    pub(crate) api_key: String,
    pub(crate) agent_id: String,
}

impl Sandbox {
    /// Starts the built `bimpe sandbox` on a free port.
    pub(crate) fn start() -> Result<Self> {
        let mut command = Command::new(paths::bimpe());
        command.args(["sandbox", "--port", "0", "--json"]).stdout(Stdio::piped());
        let mut process = Running(command.spawn().context("cannot start the sandbox")?);
        let output = process.0.stdout.take().expect("it is piped");
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let ready = serde_json::from_str(&line).with_context(|| format!("the sandbox said: {line}"))?;
        Ok(Self { ready, _process: process })
    }
}

/// An MCP server of somebody else, over streamable HTTP.
pub(crate) struct McpServer {
    pub(crate) url: String,
    _process: Running,
}

impl McpServer {
    /// Starts it on a free port.
    pub(crate) fn start() -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new("node");
        command.arg(paths::mcp_server()).arg("streamableHttp").env("PORT", port.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = Running(command.spawn().context("cannot start the MCP server")?);
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = process.0.try_wait()? {
                bail!("the MCP server ended with {status}");
            }
            if started.elapsed() > PATIENCE {
                bail!("the MCP server did not listen on port {port} in time");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { url: format!("http://127.0.0.1:{port}/mcp"), _process: process })
    }
}

pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
