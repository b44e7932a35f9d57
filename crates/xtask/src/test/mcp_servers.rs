//! The MCP client against servers of Python libraries, which other tests do not need.

use anyhow::Result;

use xtask::setup;
use xtask::task::{command, print_output};

const REQUIREMENTS: &str = "tests/peers/requirements.txt";

pub(super) fn run() -> Result<()> {
    let python = setup::environment("MCP libraries", "mcp-servers", REQUIREMENTS)?;
    let arguments = ["test", "--locked", "--package", "bimpe-mcp", "--test", "client", "--", "--ignored"];
    print_output("MCP servers", command("cargo", &arguments).env("MCP_PYTHON", &python))
}
