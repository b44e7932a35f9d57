//! Tests of the npm package in each runtime: the cases of all languages, and parts of the suite of Node.

use std::env;
use std::path::PathBuf;

use anyhow::Result;

use super::bundlers::install_tools;
use xtask::task::{command, print_output};
use xtask::{paths, setup};

const FOLDER: &str = "tests/runtimes";

/// The runtimes, each with the path of its program below `node_modules` and the arguments before the test files.
pub(super) const RUNTIMES: [(&str, &str, &[&str]); 6] = [
    ("Runtimes, Node 20", "node-20/bin/node", &["--test"]),
    ("Runtimes, Node 22", "node-22/bin/node", &["--test"]),
    ("Runtimes, Node 24", "node-24/bin/node", &["--test"]),
    ("Runtimes, Node 26", "node-26/bin/node", &["--test"]),
    ("Runtimes, Bun", "@oven/bun-linux-x64-baseline/bin/bun", &["test", "--timeout", "60000"]),
    ("Runtimes, Deno", "@deno/linux-x64-glibc/deno", &["test", "--allow-all", "--no-check"]),
];

/// Files that run in every runtime.
const COMMON: [&str; 6] = [
    "./tests/cases.test.mjs",
    "./tests/cursors.test.mjs",
    "./tests/faults.test.mjs",
    "./tests/lenient.test.mjs",
    "./tests/connections.test.mjs",
    "./tests/runtimes/stacks.test.mjs",
];

/// Files of the suite of Node.
const NODE: [&str; 9] = [
    "abort",
    "diagnostics-channel",
    "hooks",
    "lifecycle-exit",
    "lifecycle-workers",
    "loading",
    "logging",
    "otel",
    "streams",
];

/// Runs the tests in one runtime.
pub(super) fn run(name: &str, program: &str, arguments: &[&str]) -> Result<()> {
    let folder = paths::root().join(FOLDER);
    install_tools(FOLDER, &folder)?;
    let program = folder.join("node_modules").join(program);
    let mut tests = command(&program, arguments);
    tests.args(COMMON);
    if arguments == ["--test"] {
        let mut compile =
            command("node", &["node/node_modules/typescript/bin/tsc", "--project", "node/test"]);
        print_output("Node tests as JavaScript", &mut compile)?;
        tests.args(NODE.map(|test| format!("node/.build/{test}.test.js")));
        // Tests start further processes by the name of the runtime.
        let mut folders: Vec<PathBuf> = program.parent().map(Into::into).into_iter().collect();
        folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        tests.env("PATH", env::join_paths(folders)?);
    }
    setup::name_servers(&mut tests);
    print_output(name, &mut tests)
}
