//! Programs of the system that some suites need.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::task::{Task, command};

/// Returns the path of a program. With `CI` set, installs its Debian package if it is missing.
pub fn program(name: &str, package: &str) -> Result<PathBuf> {
    installed(package, name, || find(name))
}

/// Checks that a file exists. With `CI` set, installs its Debian package if it is missing.
pub fn file(path: &Path, package: &str) -> Result<PathBuf> {
    installed(package, &path.to_string_lossy(), || path.exists().then(|| path.to_owned()))
}

fn installed(package: &str, name: &str, find: impl Fn() -> Option<PathBuf>) -> Result<PathBuf> {
    if let Some(path) = find() {
        return Ok(path);
    }
    let install = format!("apt-get install -y --no-install-recommends {package}");
    if installs() {
        let update = command("apt-get", &["update", "-q"]);
        let words: Vec<&str> = install.split(' ').collect();
        let task = format!("Debian package {package}");
        Task { name: &task, inputs: &[], outputs: &[] }.run([update, command(words[0], &words[1..])])?;
    }
    find().with_context(|| format!("missing {name}: run `{install}`"))
}

/// Returns whether missing programs are installed.
pub fn installs() -> bool {
    env::var_os("CI").is_some()
}

fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
