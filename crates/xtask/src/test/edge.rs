//! Tests of the npm package as WebAssembly, in Node and workerd. Those in Deno, Bun, Chromium and Next.js run on demand.

use anyhow::Result;

use super::bundlers::install_tools;
use super::packages::{clear, install_tarballs};
use xtask::task::{command, print_output};
use xtask::{paths, setup, system, wasm};

const FOLDER: &str = "tests/edge";
/// The folder of Deno and Bun.
const MORE: &str = "tests/edge/more";

/// The case tables that do not depend on connections and certificates.
const CASES: [&str; 7] = [
    "--test",
    "tests/cases.test.mjs",
    "tests/cursors.test.mjs",
    "tests/faults.test.mjs",
    "tests/lenient.test.mjs",
    "tests/fault-sweeps.test.mjs",
    "tests/faulted-writes.test.mjs",
];

/// Runs the case tables in Node, and most of them in workerd, or also in the other runtimes.
pub(super) fn run(all: bool) -> Result<()> {
    // The set-up has built the module, unless a compiler is missing.
    wasm::build()?;
    let mut cases = command("node", &CASES);
    setup::name_servers(&mut cases);
    print_output("cases over WebAssembly", cases.env("BIMPE_ENTRY", "dist/wasm/browser.mjs"))?;

    let folder = paths::root().join(FOLDER);
    install_tools(FOLDER, &folder)?;
    let build = folder.join(".build");
    clear(&build)?;
    install_tarballs(&build)?;
    if all {
        wasm::build_released(&build.join("node_modules/bimpe/dist/wasm"))?;
    }
    let test = |files: &[&str]| {
        let mut tests = command("node", &[&["--test"], files].concat());
        setup::name_servers(&mut tests);
        tests.current_dir(&folder);
        tests
    };
    print_output("edge", &mut test(&["engine.test.mjs", "workerd.test.mjs"]))?;
    if all { more(&mut test(&["more.test.mjs", "pages.test.mjs", "panics.test.mjs"])) } else { Ok(()) }
}

/// Runs the tests of the other runtimes.
fn more(tests: &mut std::process::Command) -> Result<()> {
    for tools in [MORE, "tests/page"] {
        install_tools(tools, &paths::root().join(tools))?;
    }
    tests.env("CHROMIUM", system::program("chromium", "chromium")?);
    tests.env("PANICKING_WASM", wasm::build_panicking()?);
    print_output("runtimes", tests)
}
