//! Copies of the sources, for builds and tools that write into them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use xtask::paths;
use xtask::task::command;

/// Copies the files that git knows, as they are now, into an empty folder.
pub(super) fn copy(folder: &Path) -> Result<()> {
    paths::clear(folder)?;
    let listed = command("git", &["ls-files", "-z"]).output().context("cannot run git")?;
    ensure!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
    let names = String::from_utf8(listed.stdout)?;
    let files = names.split_terminator('\0').map(|name| (paths::root().join(name), folder.join(name)));
    for (from, to) in files.filter(|(from, _)| from.exists()) {
        fs::create_dir_all(to.parent().context("a file has a folder")?)?;
        fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    Ok(())
}
