//! The chores of this repository: `cargo xtask COMMAND`.

mod bench;
mod codegen;
mod demo;
mod paths;
mod processes;
mod reliability;
mod setup;
mod steps;
mod test;
mod text;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The chores of this repository")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Set up, then configure an agent's integrations from every language and show its test code
    Demo,
    /// Set up, then run every suite and every check
    Test {
        /// Only the suites whose name contains this
        #[arg(long)]
        only: Option<String>,
    },
    /// Set up, then try what the library promises under all that can go wrong, and show the figures
    Reliability(reliability::Arguments),
    /// Set up, then measure the packages against their peers, interleaved in one run
    Bench(bench::Arguments),
    /// Build the command, the Python environment and the npm package
    Setup,
    /// Generate the operation table, the typed surfaces and the bundle from api/*.yaml
    Codegen(codegen::Arguments),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Demo => demo::run(),
        Command::Test { only } => test::run(only.as_deref()),
        Command::Reliability(arguments) => reliability::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Setup => setup::run(),
        Command::Codegen(arguments) => codegen::run(&arguments),
    };
    let Err(error) = result else { return ExitCode::SUCCESS };
    #[expect(clippy::print_stderr, reason = "a command speaks to a person")]
    {
        eprintln!("error: {error:#}");
    }
    ExitCode::FAILURE
}
