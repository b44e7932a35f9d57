//! The `bimpe` command.

#![forbid(unsafe_code)]

mod cli;
mod client;
mod completion;
mod doctor;
mod everyday;
mod failure;
mod files;
mod mcp;
mod operations;
mod output;
mod plan;
mod profile;
mod prompt;
mod request_log;
mod running_sandbox;
mod sandbox;
mod settings;
mod spec;
mod tools;

use std::ffi::OsString;
use std::process::ExitCode;

use output::note;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    cli::run(&arguments).into()
}

/// Writes a warning to standard error.
fn warn(text: &str) {
    note(&format!("bimpe: {text}"));
}
