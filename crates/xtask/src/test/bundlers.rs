//! Tests of the npm packages in bundles, under other runtimes and in test runners.

use std::path::Path;

use anyhow::Result;

use super::packages::{clear, install_tarballs, with};
use xtask::paths::{self, npm};
use xtask::processes::Sandbox;
use xtask::task::{Task, command, print_output};

/// The folder of the tools that each run tests.
const COMMON: &str = "tests/bundlers";

/// The folder of the tools that only `--only` tests.
const MORE: &str = "tests/bundlers/more";

/// The folder of the test runners.
const RUNNERS: &str = "tests/runners";

/// The folder of the web frameworks.
const FRAMEWORKS: &str = "tests/frameworks";

/// The folder of the framework that only `--only` tests, because its build takes a minute.
const NEXT: &str = "tests/frameworks/next";

/// Tests the common bundlers, or all.
pub(super) fn run(all: bool) -> Result<()> {
    let sandbox = Sandbox::start()?;
    test(COMMON, "bundlers.test.mjs", &sandbox)?;
    if all { test(MORE, "bundlers.test.mjs", &sandbox) } else { Ok(()) }
}

/// Tests `bimpe/testing` in test runners. The tests start sandboxes themselves.
pub(super) fn test_runners() -> Result<()> {
    test(RUNNERS, "runners.test.mjs", &Sandbox::start()?)
}

/// Tests route handlers that forward a stream, in the common frameworks, or also in Next.js.
pub(super) fn route_handlers(all: bool) -> Result<()> {
    let sandbox = Sandbox::start()?;
    test(FRAMEWORKS, "frameworks.test.mjs", &sandbox)?;
    if all { test(NEXT, "next.test.mjs", &sandbox) } else { Ok(()) }
}

/// Installs the tools of a folder and the npm packages, and runs the tests.
fn test(folder: &str, file: &str, sandbox: &Sandbox) -> Result<()> {
    let path = paths::root().join(folder);
    install_tools(folder, &path)?;
    let build = path.join(".build");
    clear(&build)?;
    install_tarballs(&build)?;
    let mut tests = with(sandbox, command("node", &["--test", file]));
    print_output(folder, tests.current_dir(&path))
}

pub(super) fn install_tools(folder: &str, path: &Path) -> Result<()> {
    let inputs = [format!("{folder}/package.json"), format!("{folder}/package-lock.json")];
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let name = format!("npm ci of {}", folder.replace('/', " "));
    let mut ci = command(npm(), &["ci", "--no-audit", "--no-fund"]);
    ci.current_dir(path);
    Task { name: &name, inputs: &inputs, outputs: &[path.join("node_modules")] }.run([ci])
}
