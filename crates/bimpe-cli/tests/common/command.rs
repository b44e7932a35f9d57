//! Runs of the `bimpe` command.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use bimpe_sandbox::Sandbox;
use serde_json::Value;

/// The `bimpe` command against a sandbox, without settings of the person who runs the tests.
pub(crate) fn bimpe(sandbox: Option<&Sandbox>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bimpe"));
    for name in bimpe::ENVIRONMENT.into_iter().chain(["BIMPEAI_PROFILE"]) {
        command.env_remove(name);
    }
    // No profiles, and no keychain.
    for name in ["XDG_CONFIG_HOME", "APPDATA"] {
        command.env(name, "/no/such/folder");
    }
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/such/socket");
    if let Some(sandbox) = sandbox {
        command.env("BIMPEAI_API_KEY", sandbox.api_key()).env("BIMPEAI_BASE_URL", sandbox.url());
    }
    command.stdin(Stdio::null());
    command
}

/// The output of a run of the command, and its exit code.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Returns standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

/// Runs the command with the words of a line.
pub(crate) fn run(sandbox: &Sandbox, line: &str) -> Ran {
    finish(bimpe(Some(sandbox)).args(line.split_whitespace()), "")
}

/// Runs a command with this standard input.
pub(crate) fn finish(command: &mut Command, input: &str) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // A command that reads no input may have ended.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the command ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ran { code: status.code().expect("an exit code"), out: text(stdout), err: text(stderr) }
}

/// Returns the recorded requests of an operation, oldest first.
pub(crate) fn recorded(sandbox: &Sandbox, operation: &str) -> Vec<Value> {
    sandbox.requests(Some(operation)).expect("a journal")
}
