//! The script for fish. One function finds the command of the line, however many words it has.

use std::fmt::Write;

use clap::{Arg, Command};

const FUNCTIONS: &str = r#"
# Prints the words that can stand at the cursor, each with its description.
function __bimpe_complete
    set -l tokens (commandline -opc)
    set -e tokens[1]
    # The words of the command, and the option whose value is missing.
    set -l path
    set -l option
    for token in $tokens
        if set -q option[1]
            set -e option
        else if string match -q -- '-*' $token
            if contains -- $token (__bimpe_valued "$path")
                set option $token
            end
        else if __bimpe_is_command $path $token
            set path $path $token
        end
    end
    set -l current (commandline -ct)
    set -l prefix ''
    if not set -q option[1]; and string match -qr -- '^--[^=]+=' $current
        set option (string split -m 1 -- = $current)[1]
        set prefix "$option="
    end
    if not set -q option[1]
        __bimpe_words "$path"
        return
    end
    set -l values (__bimpe_values "$path $option")
    if set -q values[1]
        printf '%s\n' $prefix$values
    else
        __fish_complete_path (string replace -- "$prefix" '' $current)
    end
end

complete -c bimpe -f -a '(__bimpe_complete)'
"#;

/// The parts of the script that list all commands.
#[derive(Default)]
struct Lists {
    /// The words of each command.
    commands: String,
    /// The words that can follow, by command.
    words: String,
    /// The options that take a value, by command.
    valued: String,
    /// The possible values, by command and option.
    values: String,
}

/// Returns the script for the command with its subcommands.
pub(super) fn script(mut command: Command) -> String {
    command.build();
    let mut lists = Lists::default();
    lists.add(&command, "");
    let Lists { commands, words, valued, values } = lists;
    format!(
        "# Completion of bimpe for fish\n\n\
         function __bimpe_is_command\n    contains -- \"$argv\"{commands}\nend\n\n\
         function __bimpe_words\n    switch $argv[1]\n{words}    end\nend\n\n\
         function __bimpe_valued\n    switch $argv[1]\n{valued}    end\nend\n\n\
         function __bimpe_values\n    switch $argv[1]\n{values}    end\nend\n{FUNCTIONS}"
    )
}

impl Lists {
    fn add(&mut self, command: &Command, path: &str) {
        let options: Vec<&Arg> = command.get_opts().filter(|option| !option.is_hide_set()).collect();
        let flags = command.get_arguments().filter(|argument| {
            !argument.is_hide_set() && !argument.is_positional() && !argument.get_action().takes_values()
        });
        let subcommands: Vec<&Command> =
            command.get_subcommands().filter(|inner| !inner.is_hide_set()).collect();
        let mut words: Vec<String> =
            subcommands.iter().map(|inner| described(inner.get_name(), inner.get_about())).collect();
        words.extend(command.get_positionals().flat_map(possible));
        for argument in options.iter().copied().chain(flags) {
            words.extend(names(argument).map(|name| described(&name, argument.get_help())));
        }
        let valued: Vec<String> = options.iter().flat_map(|option| names(option)).collect();
        case(&mut self.words, path, &words);
        case(&mut self.valued, path, &valued.iter().map(|name| quoted(name)).collect::<Vec<_>>());
        for option in options {
            let choices = possible(option);
            for name in names(option).filter(|_| !choices.is_empty()) {
                case(&mut self.values, &format!("{path} {name}"), &choices);
            }
        }
        for inner in subcommands {
            let path = format!("{path} {}", inner.get_name());
            let path = path.trim_start();
            let _ = write!(self.commands, " {}", quoted(path));
            // `help` repeats all commands.
            if inner.get_name() != "help" {
                self.add(inner, path);
            }
        }
    }
}

fn case(list: &mut String, path: &str, words: &[String]) {
    if !words.is_empty() {
        let _ =
            writeln!(list, "        case {}\n            printf '%s\\n' {}", quoted(path), words.join(" "));
    }
}

/// Returns the long and the short name of an option.
fn names(argument: &Arg) -> impl Iterator<Item = String> {
    let long = argument.get_long().map(|name| format!("--{name}"));
    let short = argument.get_short().map(|name| format!("-{name}"));
    long.into_iter().chain(short)
}

fn possible(argument: &Arg) -> Vec<String> {
    let values = argument.get_possible_values();
    values
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| described(value.get_name(), value.get_help()))
        .collect()
}

/// Returns a word with the first line of its description, as one argument of a command.
fn described(word: &str, text: Option<&clap::builder::StyledStr>) -> String {
    let text = text.map(ToString::to_string).unwrap_or_default();
    match text.lines().next() {
        Some(line) => quoted(&format!("{word}\t{line}")),
        None => quoted(word),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
