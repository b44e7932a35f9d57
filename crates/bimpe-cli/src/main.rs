//! The `bimpe` command.

#![forbid(unsafe_code)]

mod cli;
mod client;
mod completion;
mod doctor;
mod everyday;
mod failure;
mod files;
mod globals;
mod mcp;
mod note;
mod operations;
mod output;
mod plan;
mod profile;
mod profile_store;
mod prompt;
mod request_log;
mod running_sandbox;
mod runtime;
mod sandbox;
mod settings;
mod spec;
mod tools;

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    cli::run(&arguments).into()
}
