//! Programs from crates.io, installed into `target/cargo-tools`.

use std::path::PathBuf;
use std::slice;

use anyhow::Result;

use crate::paths;
use crate::task::{Task, command};

/// Returns the path of a program of this crate, version and features. Installs it if it is missing, which takes some minutes.
///
/// # Errors
/// If the installation fails.
pub fn program(name: &str, version: &str, features: &[&str]) -> Result<PathBuf> {
    let folder = paths::target().join("cargo-tools").join(format!("{name}-{version}"));
    let program = folder.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        let mut install = command("cargo", &["install", name, "--locked", "--version", version]);
        install.args(["--features", &features.join(","), "--root"]).arg(&folder);
        Task { name, inputs: &[], outputs: slice::from_ref(&program) }.run([install])?;
    }
    Ok(program)
}
