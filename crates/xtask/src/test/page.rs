//! Tests of the sandbox's pages in Chromium.

use anyhow::Result;

use super::bundlers::install_tools;
use xtask::task::{command, print_output};
use xtask::{paths, setup, system};

const FOLDER: &str = "tests/page";

/// Walks through the pages as a person does, or checks everything on each page as well.
pub(super) fn run(all: bool) -> Result<()> {
    let chromium = system::program("chromium", "chromium")?;
    let folder = paths::root().join(FOLDER);
    install_tools(FOLDER, &folder)?;
    let files: &[&str] = if all { &["walk.test.mjs", "pages.test.mjs"] } else { &["walk.test.mjs"] };
    let mut tests = command("node", &[&["--test"], files].concat());
    setup::name_servers(&mut tests);
    print_output("Sandbox page", tests.env("CHROMIUM", chromium).current_dir(folder))
}
