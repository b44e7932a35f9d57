//! `bimpe mcp`: the Console API for assistants.

mod handler;
mod request;
mod result;
mod schema;
mod serve;
mod tools;

use clap::Subcommand;

use crate::client::Globals;
use crate::failure::Failure;

/// The commands of `bimpe mcp`.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Offer the Console API to an assistant as an MCP server.
    Serve(serve::Options),
}

/// Runs a command.
pub(crate) fn run(command: Command, globals: &Globals) -> Result<(), Failure> {
    match command {
        Command::Serve(options) => serve::run(options, globals),
    }
}
