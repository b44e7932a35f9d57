//! Why a command failed: the text, the next step, and the exit code.

use std::fmt;
use std::io;
use std::process::ExitCode;

use bimpe::ErrorKind;
use serde_json::{Map, Value, json};

use crate::note::note;

/// The exit codes, which docs/command.md lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Error = 1,
    Differences = 2,
    Pending = 3,
    /// The stages of `bimpe mcp doctor`.
    Dns = 10,
    Connect = 11,
    Tls = 12,
    Http = 13,
    Auth = 14,
    Transport = 15,
    Protocol = 16,
    Tools = 17,
    Usage = 64,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The fields of an error of the library that `--json` prints.
const FIELDS: [&str; 12] = [
    "kind",
    "message",
    "status",
    "code",
    "request_id",
    "method",
    "path",
    "field_errors",
    "retry_after",
    "attempts",
    "may_have_been_applied",
    "idempotency_key",
];

/// An error of a command.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
    hint: Option<String>,
    /// The fields of an error of the library.
    fields: Box<Map<String, Value>>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, kind: &str, message: impl Into<String>) -> Self {
        let mut fields = Map::new();
        fields.insert("kind".to_owned(), kind.into());
        Self { exit, message: message.into(), hint: None, fields: Box::new(fields) }
    }

    /// An error that is not one of the command line.
    pub(crate) fn error(message: impl Into<String>) -> Self {
        Self::new(Exit::Error, "error", message)
    }

    /// An error of the command line.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// A state that a person must change first.
    pub(crate) fn pending(message: impl Into<String>) -> Self {
        Self::new(Exit::Pending, "pending", message)
    }

    /// The end by Ctrl-C.
    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "interrupted", "interrupted")
    }

    /// An error that standard error shows already.
    pub(crate) fn reported(exit: Exit) -> Self {
        Self::new(exit, "reported", "")
    }

    /// Adds the next step.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn text(&self) -> &str {
        &self.message
    }

    pub(crate) fn next_step(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Replaces the text, and keeps the fields.
    pub(crate) fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Writes the error to standard error, unless no text is left: no process reads the output, or the text was written.
    pub(crate) fn report(&self, as_json: bool) {
        if !self.message.is_empty() {
            let text = if as_json { self.to_json().to_string() } else { format!("bimpe: {self}") };
            note(&text);
        }
    }

    fn to_json(&self) -> Value {
        let mut fields = (*self.fields).clone();
        fields.insert("message".to_owned(), self.message.clone().into());
        fields.insert("hint".to_owned(), self.hint.clone().into());
        fields.insert("exit_code".to_owned(), (self.exit as u8).into());
        json!({ "error": fields })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, "\n  {hint}"))
    }
}

impl From<bimpe::Error> for Failure {
    fn from(error: bimpe::Error) -> Self {
        let exit = if error.kind() == ErrorKind::User { Exit::Usage } else { Exit::Error };
        let mut fields = Map::new();
        if let Value::Object(mut all) = error.to_json() {
            fields.extend(FIELDS.iter().filter_map(|name| all.remove_entry(*name)));
        }
        let hint = (error.kind() == ErrorKind::NotFound)
            .then(|| "check the ids: the `list` commands show them, as in `bimpe agents list`".to_owned());
        Self { exit, message: error.to_string(), hint, fields: Box::new(fields) }
    }
}

impl From<bimpe_sandbox::Error> for Failure {
    fn from(error: bimpe_sandbox::Error) -> Self {
        Self::error(error.to_string())
    }
}

/// An error of standard input or output. A closed pipe is a quiet end.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // Ctrl-C while a prompt waits for a line.
            io::ErrorKind::Interrupted => Self::interrupted(),
            io::ErrorKind::BrokenPipe => Self::new(Exit::Done, "closed_pipe", ""),
            _ => Self::error(error.to_string()),
        }
    }
}
