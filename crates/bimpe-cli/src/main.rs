//! The `bimpe` command.

#![forbid(unsafe_code)]

mod request_log;
mod sandbox;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tools for the BimpeAI Console API.
#[derive(Parser)]
#[command(name = "bimpe", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a local Console API with its own keys and state: no account needed.
    Sandbox(sandbox::Options),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Sandbox(options) => sandbox::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            warn(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Writes a line to standard error.
fn warn(text: &str) {
    // Ignores an error of standard error itself, because no other place for it exists.
    let _ = console::Term::stderr().write_line(&format!("bimpe: {text}"));
}
