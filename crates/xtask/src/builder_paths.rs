//! The folders of this machine, which no package may name.

use std::env;
use std::path::PathBuf;

use crate::paths;

/// Returns flags that replace the folders in the output of a compiler. `option` is that of the compiler.
#[must_use]
pub fn replacing_flags(option: &str) -> Vec<String> {
    let mut names = vec![(paths::target(), "target"), (paths::root(), "bimpe"), (cargo_home(), "cargo")];
    let sources = cargo_home().join("registry/src").read_dir().into_iter().flatten().flatten();
    names.extend(sources.map(|source| (source.path(), "crates")));
    // The last that fits takes effect.
    names.iter().map(|(folder, name)| format!("{option}={}={name}", folder.display())).collect()
}

/// Returns the folders.
#[must_use]
pub fn folders() -> Vec<String> {
    let folders = [Some(paths::root()), Some(cargo_home()), env::home_dir()];
    folders.into_iter().flatten().map(|folder| folder.display().to_string()).collect()
}

fn cargo_home() -> PathBuf {
    let home = || env::home_dir().unwrap_or_default().join(".cargo");
    env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}
