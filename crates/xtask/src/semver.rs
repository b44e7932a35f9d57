//! Breaks of the Rust API since a release.

use anyhow::{Context, Result};

use xtask::cargo_tools;
use xtask::task::{command, log, print_output};

const VERSION: &str = "0.51.0";

/// Compares the public items of libraries with those of a commit, or of the release before this version if the commit is
/// empty. Fails on a break that the version does not announce.
pub(crate) fn check(commit: &str, version: &str, libraries: &[String]) -> Result<()> {
    let Some(base) = (if commit.is_empty() { last_release(version)? } else { Some(commit.to_owned()) })
    else {
        log("semver     no earlier release to compare with");
        return Ok(());
    };
    let program = cargo_tools::program("cargo-semver-checks", VERSION, &[])?;
    let mut check = command(program, &["semver-checks", "--baseline-rev", &base]);
    for name in libraries {
        check.args(["--package", name]);
    }
    print_output(&format!("semver since {base}"), &mut check)
}

/// Returns the last tag before that of the version, if there is one.
fn last_release(version: &str) -> Result<Option<String>> {
    let options = ["describe", "--tags", "--abbrev=0", "--match", "v*", "--exclude"];
    let output = command("git", &options).arg(format!("v{version}")).output().context("cannot run git")?;
    let tag = String::from_utf8(output.stdout)?.trim().to_owned();
    Ok((output.status.success() && !tag.is_empty()).then_some(tag))
}
