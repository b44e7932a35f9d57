//! Input of a person, of files, of the environment and of standard input. All of it blocks.

use std::io::{self, IsTerminal, Read};
use std::{env, fs};

use console::Term;
use tokio::task::spawn_blocking;

use crate::failure::Failure;

/// The sources of a secret, for help texts and errors.
pub(crate) const SOURCES: &str = "@FILE, env:NAME or - for standard input";

/// Runs a function that blocks in a separate thread, so that Ctrl-C ends the command meanwhile.
pub(crate) async fn wait<T: Send + 'static>(
    blocking: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    spawn_blocking(blocking).await.unwrap_or_else(|error| Err(Failure::error(error.to_string())))
}

/// Returns whether a person can be asked. Some CI systems run commands in a terminal that no person sees.
pub(crate) fn is_attended() -> bool {
    let is_ci = env::var_os("CI").is_some_and(|value| !value.is_empty());
    !is_ci && io::stdin().is_terminal() && Term::stderr().is_term()
}

/// Reads a text from `@FILE`, `env:NAME` or `-`. Returns nothing for another text.
pub(crate) fn read(source: &str) -> Result<Option<String>, Failure> {
    let text = if source == "-" {
        let mut text = String::new();
        let read = io::stdin().lock().read_to_string(&mut text);
        read.map_err(|error| Failure::usage(format!("cannot read standard input: {error}")))?;
        text
    } else if let Some(path) = source.strip_prefix('@') {
        let text = fs::read_to_string(path);
        text.map_err(|error| Failure::usage(format!("cannot read the file `{path}`: {error}")))?
    } else if let Some(name) = source.strip_prefix("env:") {
        env::var(name).map_err(|_| Failure::usage(format!("the variable `{name}` is not set")))?
    } else {
        return Ok(None);
    };
    Ok(Some(text))
}

/// Reads the secret of an option.
pub(crate) fn secret_option(option: &str, source: &str, insecure: bool) -> Result<String, Failure> {
    match read(source)? {
        Some(text) => Ok(text.trim_end_matches(['\n', '\r']).to_owned()),
        None if insecure => Ok(source.to_owned()),
        None => Err(in_arguments(option)),
    }
}

/// Refuses a secret in the arguments.
pub(crate) fn in_arguments(name: &str) -> Failure {
    let text = format!("`{name}` is a secret, which other users can read in the arguments");
    Failure::usage(text).hint(format!("pass {SOURCES}; some commands permit it with --insecure-args"))
}

/// Asks for a secret on standard error, without showing it. `option` is the other way to pass it.
pub(crate) fn secret(name: &str, option: &str) -> Result<String, Failure> {
    if !is_attended() {
        let failure = Failure::usage(format!("the secret `{name}` is missing"));
        return Err(
            failure.hint(format!("pass --{option} with {SOURCES}; a terminal asks for it, if CI is not set"))
        );
    }
    echo::save();
    let terminal = Term::stderr();
    terminal.write_str(&format!("{name}: "))?;
    match terminal.read_secure_line()? {
        text if text.is_empty() => Err(Failure::usage(format!("the secret `{name}` is empty"))),
        text => Ok(text),
    }
}

/// Asks for a confirmation. `option` is the other way to say yes.
pub(crate) fn confirm(question: &str, option: &str) -> Result<(), Failure> {
    if !is_attended() {
        return Err(Failure::usage(format!("{question} No person can be asked"))
            .hint(format!("pass --{option} to confirm")));
    }
    let terminal = Term::stderr();
    terminal.write_str(&format!("{question} [y/N] "))?;
    match terminal.read_line()?.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::error("not confirmed, so nothing was done")),
    }
}

/// Shows input again, after a prompt that Ctrl-C ended.
pub(crate) fn restore_terminal() {
    echo::restore();
}

#[cfg(unix)]
mod echo {
    use std::io;
    use std::sync::OnceLock;

    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

    /// The mode of the terminal before the first prompt.
    static BEFORE: OnceLock<Termios> = OnceLock::new();

    pub(super) fn save() {
        if let Ok(mode) = tcgetattr(io::stdin()) {
            BEFORE.get_or_init(|| mode);
        }
    }

    pub(super) fn restore() {
        if let Some(mode) = BEFORE.get() {
            // Nothing is left to do if the terminal is gone.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, mode);
        }
    }
}

/// The console of Windows shows input again by itself.
#[cfg(not(unix))]
mod echo {
    pub(super) fn save() {}
    pub(super) fn restore() {}
}
