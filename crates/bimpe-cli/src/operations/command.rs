//! The commands of the operations, built from the table.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use bimpe::schema::{ResponseShape, Type};
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, ValueParser};
use clap::{Arg, ArgAction, Args, Command};

use crate::globals::Globals;
use crate::prompt;
use crate::spec::{self, Input, Operation};

/// The names of the options that all commands have.
static GLOBALS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let command = Globals::augment_args(Command::new("bimpe"));
    let names = command.get_arguments().map(|arg| arg.get_id().to_string());
    names.chain(["help".to_owned(), "version".to_owned()]).collect()
});

/// Returns the id of the option of a field. It is `body.NAME` if all commands have an option of that name.
pub(super) fn id(path: &str) -> String {
    if is_taken(path) { format!("body.{path}") } else { path.to_owned() }
}

/// Returns whether all commands have an option of that name.
pub(super) fn is_taken(path: &str) -> bool {
    GLOBALS.contains(path)
}

/// Returns the commands of the resources. Only those whose words are among the given ones have all their parts, because the
/// others are not needed to read the command line.
pub(crate) fn groups(given: &BTreeSet<String>) -> Vec<Command> {
    let all: Vec<Operation> = spec::operations().collect();
    children("", &all, given)
}

/// Returns the words of all operations.
pub(crate) fn words() -> BTreeSet<String> {
    let all = spec::operations().flat_map(|operation| operation.table.id.split('.'));
    all.map(spec::words).collect()
}

fn children(parent: &str, all: &[Operation], given: &BTreeSet<String>) -> Vec<Command> {
    let below = |operation: &Operation| {
        let rest = if parent.is_empty() {
            Some(operation.table.id)
        } else {
            operation.table.id.strip_prefix(parent)?.strip_prefix('.')
        };
        rest.and_then(|rest| rest.split('.').next())
    };
    let names: BTreeSet<&str> = all.iter().filter_map(below).collect();
    names
        .into_iter()
        .map(|name| {
            let id = if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
            let word = spec::words(name);
            let is_given = given.contains(&word);
            match all.iter().find(|operation| operation.table.id == id) {
                Some(operation) if is_given => leaf(*operation, word),
                Some(operation) => Command::new(word).about(operation.summary()),
                None => {
                    let group = Command::new(word).about(spec::resource(&id));
                    let group = group.subcommand_required(true).arg_required_else_help(true);
                    if is_given { group.subcommands(children(&id, all, given)) } else { group }
                }
            }
        })
        .collect()
}

fn leaf(operation: Operation, word: String) -> Command {
    let about = format!("{}\n\n{}", operation.summary(), operation.description());
    let mut command = Command::new(word).about(operation.summary()).long_about(about.trim().to_owned());
    for (name, description) in operation.ids() {
        let arg =
            Arg::new(name).required(true).help(description).value_parser(NonEmptyStringValueParser::new());
        command =
            command.arg(arg.value_name(spec::words(name.strip_suffix("_id").unwrap_or(name)).to_uppercase()));
    }
    let is_page = matches!(operation.table.response, ResponseShape::Page(_));
    for input in operation.query() {
        let arg = option(&input, input.name);
        let arg = if is_page && input.name == "limit" {
            arg.help("Most items to print, over as many pages as it takes")
        } else {
            arg
        };
        command = command.arg(arg);
    }
    if is_page {
        let all = Arg::new("all").long("all").action(ArgAction::SetTrue).conflicts_with("limit");
        command = command.arg(all.help("Print the items of all pages"));
    }
    if operation.table.body.is_none() {
        return command;
    }
    command = options(command, &operation.body(), "");
    command.arg(body()).arg(insecure())
}

/// Returns the option for a whole body.
pub(super) fn body() -> Arg {
    let help =
        "Body as JSON, from a file with @FILE, or from standard input with -. Options replace its fields";
    Arg::new("body").long("body").value_name("JSON").help(help).allow_hyphen_values(true)
}

/// Returns the option that permits secrets in the arguments.
pub(super) fn insecure() -> Arg {
    let help = "Permit secrets in the arguments, which other users of this machine can read";
    Arg::new("insecure-args").long("insecure-args").action(ArgAction::SetTrue).help(help)
}

/// Adds an option for each field, and for the fields of objects.
fn options(mut command: Command, inputs: &[Input], parent: &str) -> Command {
    for input in inputs {
        let path = if parent.is_empty() { input.name.to_owned() } else { format!("{parent}.{}", input.name) };
        command = command.arg(option(input, &path));
        command = options(command, &input.fields, &path);
    }
    command
}

fn option(input: &Input, path: &str) -> Arg {
    let id = id(path);
    let arg = Arg::new(id.clone()).long(spec::words(&id)).allow_hyphen_values(true);
    if input.secret {
        let help = format!("{} [secret: {}]", input.description, prompt::SOURCES);
        return arg.value_name("SOURCE").help(help.trim().to_owned());
    }
    let arg = match input.ty {
        Type::Nullable(_) => arg.help(format!("{} [null removes it]", input.description).trim().to_owned()),
        _ => arg.help(input.description),
    };
    if input.values.is_empty() {
        return typed(arg, input.ty);
    }
    let null = matches!(input.ty, Type::Nullable(_)).then_some("null");
    arg.value_name("WORD").value_parser(PossibleValuesParser::new(input.values.iter().copied().chain(null)))
}

fn typed(arg: Arg, ty: &'static Type) -> Arg {
    match ty {
        Type::String(_) => arg.value_name("TEXT"),
        Type::Integer { unit, .. } => {
            arg.value_name(unit.unwrap_or("NUMBER").to_uppercase()).value_parser(number())
        }
        Type::Number { .. } => arg.value_name("NUMBER").value_parser(number()),
        Type::Boolean => {
            let parser = PossibleValuesParser::new(["true", "false"]);
            arg.value_name("BOOL")
                .value_parser(parser)
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("true")
        }
        Type::Array(Type::String(_)) => arg.value_name("TEXT").action(ArgAction::Append),
        Type::Nullable(inner) => typed(arg, inner),
        Type::Array(_) | Type::Object(_) | Type::Union(_) | Type::Map(_) | Type::Any => {
            arg.value_name("JSON")
        }
    }
}

/// Checks a number, and keeps its text, because JSON has more digits than a float.
fn number() -> ValueParser {
    let parse = |text: &str| match serde_json::from_str::<serde_json::Number>(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) if text == "null" => Ok(text.to_owned()),
        Err(_) => Err("must be a number"),
    };
    ValueParser::from(parse)
}
