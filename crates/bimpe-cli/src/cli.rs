//! The command line: built-in commands, and those of the operations.

use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::{ArgMatches, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::failure::{Exit, Failure};
use crate::globals::Globals;
use crate::runtime::block_on;
use crate::{completion, doctor, everyday, mcp, operations, output, plan, profile, sandbox, tools};

/// Use the BimpeAI Console API, or a local sandbox of it.
#[derive(Parser)]
#[command(name = "bimpe", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: BuiltIn,
}

#[derive(Subcommand)]
enum BuiltIn {
    /// Run a local Console API with its own keys and state: no account needed.
    Sandbox(sandbox::Options),
    /// Check an API key and store it for the next commands.
    Login(profile::Login),
    /// Delete a stored API key.
    Logout(profile::Logout),
    /// Show the profile and the address in use, and check the key.
    Whoami(profile::Whoami),
    /// Show the settings.
    Config(profile::Config),
    /// Check the versions, the environment, the key and the network.
    Doctor(doctor::Doctor),
    /// Print the script that completes the words of `bimpe` in a shell.
    Completion(completion::Completion),
    /// Show the code, the links and the QR codes to test an agent on a phone.
    TestCode(everyday::TestCode),
    /// Connect a service on its page in the browser, and wait until it is connected.
    Onboard(everyday::Onboard),
    /// Talk to an agent in a test conversation.
    Chat(everyday::Chat),
    /// Print the messages of one conversation, or of all, as they arrive.
    Tail(everyday::Tail),
    /// Let an agent call a phone number.
    Call(everyday::Call),
    /// Offer the Console API to assistants, and examine MCP servers.
    #[command(subcommand)]
    Mcp(mcp::Command),
    /// Import tools of a custom API.
    #[command(subcommand)]
    Tools(tools::Command),
    /// Compare files that describe agents with the server. Exit code 2: they differ.
    Plan(plan::PlanOptions),
    /// Change the server to what files describe. Exit code 3: a person must finish a connection.
    Apply(plan::ApplyOptions),
    /// Write agents of the server as a file.
    Export(plan::ExportOptions),
    /// Write the JSON Schema of these files, for editors.
    Schema,
    /// Print the licenses of the libraries in this program.
    Licenses,
}

const LICENSES: &str = include_str!("../THIRD_PARTY_LICENSES.txt");

const EXIT_CODES: &str =
    "Exit codes: 0 done, 1 error, 2 differences, 3 pending, 64 wrong arguments or input, 130 interrupted";

/// Reads the command line, runs the command, and writes its error.
pub(crate) fn run(arguments: &[OsString]) -> Exit {
    // An error of the command line itself is JSON, too.
    let as_json = arguments.iter().any(|argument| argument == "--json");
    let outcome = parse(arguments, as_json).and_then(|matches| {
        let globals = Globals::from_arg_matches(&matches).map_err(|error| invalid(&error))?;
        dispatch(matches, &globals)
    });
    let Err(failure) = outcome else { return Exit::Done };
    failure.report(as_json);
    failure.exit
}

/// Reads the command line. Prints help texts, and errors with the usage.
fn parse(arguments: &[OsString], as_json: bool) -> Result<ArgMatches, Failure> {
    command(arguments).try_get_matches_from(arguments).map_err(|error| {
        if as_json && error.use_stderr() {
            return invalid(&error);
        }
        let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
        error.print().map_or_else(Failure::from, |()| Failure::reported(exit))
    })
}

/// Returns the command with its built-in subcommands, and with those of the operations if the first argument is none of
/// the built-in ones.
fn command(arguments: &[OsString]) -> Command {
    let command = Cli::command();
    let words: Vec<String> =
        arguments.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let is_built_in =
        |word: &String| command.find_subcommand(word).is_some() || word == "--version" || word == "-V";
    if words.first().is_some_and(is_built_in) {
        return command;
    }
    let words: BTreeSet<String> = words.into_iter().collect();
    with_operations(command, &words)
}

/// Adds the commands of the operations.
fn with_operations(command: Command, words: &BTreeSet<String>) -> Command {
    command.subcommand(operations::custom::command()).subcommands(operations::groups(words))
}

fn dispatch(matches: ArgMatches, globals: &Globals) -> Result<(), Failure> {
    let word = matches.subcommand_name().unwrap_or_default().to_owned();
    if word == operations::custom::NAME {
        let inner = matches.subcommand_matches(&word).cloned().unwrap_or_default();
        return block_on(operations::custom::run(inner, globals.clone()));
    }
    if !Cli::command().get_subcommands().any(|command| command.get_name() == word) {
        return block_on(operations::run(matches, globals.clone()));
    }
    match Cli::from_arg_matches(&matches).map_err(|error| invalid(&error))?.command {
        BuiltIn::Sandbox(options) => {
            sandbox::run(&options).map_err(|error| Failure::error(error.to_string()))
        }
        BuiltIn::Login(command) => block_on(command.run(globals)),
        BuiltIn::Logout(command) => block_on(command.run(globals)),
        BuiltIn::Whoami(command) => block_on(command.run(globals)),
        BuiltIn::Config(command) => block_on(command.run(globals)),
        BuiltIn::Doctor(command) => block_on(command.run(globals)),
        BuiltIn::Completion(command) => command.run(with_operations(Cli::command(), &operations::words())),
        BuiltIn::TestCode(command) => block_on(command.run(globals)),
        BuiltIn::Onboard(command) => block_on(command.run(globals)),
        BuiltIn::Chat(command) => block_on(command.run(globals)),
        BuiltIn::Tail(command) => block_on(command.run(globals)),
        BuiltIn::Call(command) => block_on(command.run(globals)),
        BuiltIn::Mcp(command) => mcp::run(command, globals),
        BuiltIn::Tools(command) => block_on(tools::run(command, globals.clone())),
        BuiltIn::Plan(options) => block_on(plan::plan(options, globals)),
        BuiltIn::Apply(options) => plan::apply(options, globals),
        BuiltIn::Export(options) => block_on(plan::export(options, globals)),
        BuiltIn::Schema => plan::schema(),
        BuiltIn::Licenses => output::line(LICENSES),
    }
}

fn invalid(error: &clap::Error) -> Failure {
    Failure::usage(error.to_string().trim_start_matches("error: ").trim_end())
}
