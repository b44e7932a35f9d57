//! Lists of the public names of the packages, in `tests/api`.

use anyhow::Result;

use xtask::paths::venv;
use xtask::setup;
use xtask::task::{command, print_output};

/// Compares the names of the installed wheel with the list.
pub(crate) const PYTHON: &str = "tests/api/python_names.py";
/// Compares the declarations of the built npm package with the list.
pub(crate) const TYPESCRIPT: &str = "tests/api/typescript_names.py";

/// Writes the lists. Fails on a break that CHANGELOG.md does not announce.
pub(crate) fn write() -> Result<()> {
    setup::run()?;
    for script in [PYTHON, TYPESCRIPT] {
        print_output(script, &mut command(venv("python"), &[script, "--write"]))?;
    }
    Ok(())
}
