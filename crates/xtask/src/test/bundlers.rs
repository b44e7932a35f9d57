//! The npm package in bundles and under other runtimes: built, moved to another folder, and run there.

use std::path::Path;

use anyhow::Result;

use super::packages::{clear, install_tarball, with};
use xtask::paths::{self, npm};
use xtask::processes::Sandbox;
use xtask::task::{Task, command, print_output};

/// Those that are tried on each run.
const SOME: &str = "tests/bundlers";

/// Those that are tried if somebody asks for them.
const MORE: &str = "tests/bundlers/more";

/// Tries some of the bundlers, or all.
pub(super) fn run(all: bool) -> Result<()> {
    let sandbox = Sandbox::start()?;
    test(SOME, &sandbox)?;
    if all { test(MORE, &sandbox) } else { Ok(()) }
}

/// Installs the tools of a folder, and runs its tests.
fn test(folder: &str, sandbox: &Sandbox) -> Result<()> {
    let place = paths::root().join(folder);
    install_tools(folder, &place)?;
    let build = place.join(".build");
    clear(&build)?;
    install_tarball(&build)?;
    let mut tests = with(sandbox, command("node", &["--test", "bundlers.test.mjs"]));
    print_output(folder, tests.current_dir(&place))
}

fn install_tools(folder: &str, place: &Path) -> Result<()> {
    let inputs = [format!("{folder}/package.json"), format!("{folder}/package-lock.json")];
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let name = format!("npm ci of {}", folder.replace('/', " "));
    let mut ci = command(npm(), &["ci", "--no-audit", "--no-fund"]);
    ci.current_dir(place);
    Task { name: &name, inputs: &inputs, outputs: &[place.join("node_modules")] }.run([ci])
}
