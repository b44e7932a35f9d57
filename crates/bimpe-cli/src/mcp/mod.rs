//! `bimpe mcp`: the Console API for assistants.

mod doctor;
mod handler;
mod lint;
mod request;
mod result;
mod schema;
mod serve;
mod tools;

use clap::Subcommand;

use crate::failure::Failure;
use crate::globals::Globals;
use crate::prompt;
use crate::runtime::block_on;

/// The commands of `bimpe mcp`.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Offer the Console API to an assistant as an MCP server.
    Serve(serve::Options),
    /// Find out why an MCP server does not work.
    ///
    /// Checks from this machine, in this order: dns, connect, tls, http, auth, transport, protocol, tools. Reports one
    /// cause and one fix. The exit code is 10 for the first stage, and 17 for the last.
    Doctor(doctor::Options),
}

/// Runs a command.
pub(crate) fn run(command: Command, globals: &Globals) -> Result<(), Failure> {
    match command {
        Command::Serve(options) => serve::run(options, globals),
        Command::Doctor(options) => block_on(doctor::run(options, globals)),
    }
}

/// Reads a secret, which never stands in the arguments, because other processes see those.
fn secret(option: &str, source: &str) -> Result<String, Failure> {
    let text = prompt::read(source)?.ok_or_else(|| {
        Failure::usage(format!("{option} takes no secret itself")).hint(format!("Pass {}.", prompt::SOURCES))
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
