//! `bimpe completion`: the script that completes words in a shell.

mod fish;

use clap::{Args, Command, ValueEnum};
use clap_complete::{Shell, generate};

use crate::failure::Failure;
use crate::output;

#[derive(Args)]
pub(crate) struct Completion {
    /// The shell
    shell: Supported,
}

#[derive(Clone, Copy, ValueEnum)]
enum Supported {
    Bash,
    Zsh,
    Fish,
}

impl Completion {
    /// Prints the script for all commands, those of the operations included.
    pub(crate) fn run(self, mut command: Command) -> Result<(), Failure> {
        let shell = match self.shell {
            Supported::Bash => Shell::Bash,
            Supported::Zsh => Shell::Zsh,
            // The generator of the library stops at the third word.
            Supported::Fish => return output::line(fish::script(command).trim_end()),
        };
        let mut script = Vec::new();
        generate(shell, &mut command, "bimpe", &mut script);
        output::line(String::from_utf8_lossy(&script).trim_end())
    }
}
