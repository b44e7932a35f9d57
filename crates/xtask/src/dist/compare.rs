//! A second build of rows in another folder.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use xtask::paths;
use xtask::task::{Task, command};

use super::sources;
use super::table::Row;

/// Builds the row from a copy of the sources, and checks that each package is equal byte for byte.
pub(super) fn with_second_build(row: Row, packages: &[PathBuf]) -> Result<()> {
    let (copy, target) = (folder().join("sources"), folder().join("target"));
    sources::copy(&copy)?;
    // A repository, because the list of crates needs `git ls-files`.
    let git = |arguments: &[&str]| {
        let mut git = command("git", arguments);
        git.current_dir(&copy);
        git
    };
    let repository = [git(&["init", "--quiet"]), git(&["add", "--all"])];
    let name = row.name();
    let mut build = command(env::current_exe()?, &["dist", "--only", &name]);
    build.env("CARGO_MANIFEST_DIR", copy.join("crates/xtask")).env("CARGO_TARGET_DIR", &target);
    let task = format!("dist second {name}");
    Task { name: &task, inputs: &[], outputs: &[] }.run(repository.into_iter().chain([build]))?;
    for package in packages {
        let second = target.join("dist").join(package.file_name().context("a package has a name")?);
        let is_equal = fs::read(package)? == fs::read(&second)?;
        ensure!(is_equal, "{} and {} differ", package.display(), second.display());
    }
    Ok(())
}

/// Removes the second builds, which take some gigabytes.
pub(super) fn remove() -> Result<()> {
    Ok(fs::remove_dir_all(folder())?)
}

fn folder() -> PathBuf {
    paths::target().join("dist-compare")
}
