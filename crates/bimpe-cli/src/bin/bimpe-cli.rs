//! A second name of the `bimpe` command, because `uvx` and `pipx` run the script that has the name of the package.

#![forbid(unsafe_code)]

use std::io;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            let text = format!("bimpe-cli: cannot run the `bimpe` command beside this one: {error}");
            // Nothing is left to do if stderr itself fails.
            let _ = console::Term::stderr().write_line(&text);
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<ExitCode> {
    let own = std::fs::canonicalize(std::env::current_exe()?)?;
    let mut command = Command::new(own.with_file_name(format!("bimpe{}", std::env::consts::EXE_SUFFIX)));
    command.args(std::env::args_os().skip(1));
    replace_process(command)
}

#[cfg(unix)]
fn replace_process(mut command: Command) -> io::Result<ExitCode> {
    Err(std::os::unix::process::CommandExt::exec(&mut command))
}

/// Windows has no `exec`. The console sends Ctrl-C to both processes.
#[cfg(not(unix))]
fn replace_process(mut command: Command) -> io::Result<ExitCode> {
    let status = command.status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
