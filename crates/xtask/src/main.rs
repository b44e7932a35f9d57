//! Development tasks: `cargo xtask COMMAND`.

mod codegen;
mod demo;
mod dist;
mod licenses;
mod public_names;
mod release;
mod semver;
mod test;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use xtask::setup;
use xtask::task::run_tool;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Development tasks of this repository")]
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
    /// Set up, then test the reliability guarantees under faults (`--help` shows its options)
    #[command(disable_help_flag = true)]
    Reliability(ToolArguments),
    /// Set up, then measure the packages against other clients (`--help` shows its options)
    #[command(disable_help_flag = true)]
    Bench(ToolArguments),
    /// Build the command, the Python environment and the npm package
    Setup,
    /// Build and check the packages for all platforms, in target/dist
    Dist(dist::Arguments),
    /// Write the license texts of the linked crates
    Licenses,
    /// Write the lists of public names, which fail a test on a break that CHANGELOG.md does not announce
    Api,
    /// Check the versions, and show what a release publishes
    Release(release::Arguments),
    /// Generate the operation table, the typed methods and the bundle from api/*.yaml
    Codegen(codegen::Arguments),
}

/// Options that are passed on to a separate tool.
#[derive(Args)]
struct ToolArguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl ToolArguments {
    fn run(&self, package: &str) -> Result<()> {
        run_tool(package, &self.arguments)
    }
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Demo => demo::run(),
        Command::Test { only } => test::run(only.as_deref()),
        Command::Reliability(tool) => tool.run("bimpe-reliability"),
        Command::Bench(tool) => tool.run("bimpe-bench"),
        Command::Setup => setup::run(),
        Command::Dist(arguments) => dist::run(&arguments),
        Command::Licenses => licenses::write(),
        Command::Api => public_names::write(),
        Command::Release(arguments) => release::run(&arguments),
        Command::Codegen(arguments) => codegen::run(&arguments),
    };
    let Err(error) = result else { return ExitCode::SUCCESS };
    #[expect(clippy::print_stderr, reason = "the command reports errors to the terminal")]
    {
        eprintln!("error: {error:#}");
    }
    ExitCode::FAILURE
}
