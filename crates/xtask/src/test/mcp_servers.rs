//! The MCP client against servers of Python libraries, which other tests do not need.

use anyhow::Result;

use xtask::paths::{self, venv};
use xtask::task::{Task, command, print_output};

const REQUIREMENTS: &str = "tests/peers/requirements.txt";

pub(super) fn run() -> Result<()> {
    let folder = paths::target().join("mcp-servers");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    Task { name: "MCP libraries", inputs: &[REQUIREMENTS], outputs: std::slice::from_ref(&python) }.run([
        command(venv("python"), &["-m", "venv", "--clear", &folder.to_string_lossy()]),
        command(&python, &["-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS]),
    ])?;
    let arguments = ["test", "--locked", "--package", "bimpe-mcp", "--test", "client", "--", "--ignored"];
    print_output("MCP servers", command("cargo", &arguments).env("MCP_PYTHON", &python))
}
