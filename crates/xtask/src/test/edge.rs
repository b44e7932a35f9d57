//! Tests of the npm package as WebAssembly, in Node, workerd, Deno, Bun and Chromium. They run on demand.

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

/// Runs the case tables in Node, and most of them in the other runtimes.
pub(super) fn run() -> Result<()> {
    wasm::build()?;
    // Copies the module into the package, which may have been built without it.
    print_output("entries", &mut command("node", &["node/scripts/wasm-entries.mjs"]))?;
    let mut cases = command("node", &CASES);
    setup::name_servers(&mut cases);
    print_output("cases over WebAssembly", cases.env("BIMPE_ENTRY", "dist/wasm/browser.mjs"))?;

    let folder = paths::root().join(FOLDER);
    for tools in [FOLDER, MORE, "tests/page"] {
        install_tools(tools, &paths::root().join(tools))?;
    }
    let build = folder.join(".build");
    clear(&build)?;
    install_tarballs(&build)?;
    let mut tests = command("node", &["--test", "workerd.test.mjs", "more.test.mjs"]);
    setup::name_servers(&mut tests);
    tests.env("CHROMIUM", system::program("chromium", "chromium")?);
    print_output("runtimes", tests.current_dir(&folder))
}
