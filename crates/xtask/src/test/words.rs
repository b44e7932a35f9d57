//! The words of STYLE.md: typos checks single words and spelling, git searches for phrases.

use anyhow::{Result, ensure};

use xtask::paths::venv;
use xtask::task::{command, log, print_output};

/// Files without sentences of this project.
const EXCLUDED: &[&str] = &[
    "**/*.lock",
    "**/*lock.json",
    "**/LICENSE",
    "**/THIRD_PARTY_LICENSES.txt",
    "tests/api/*.txt",
    "STYLE.md",
    "crates/xtask/phrases.txt",
    "**/*.min.js",
    "**/htmx-license.txt",
    "tests/vectors/**",
];

/// Checks the words of all files.
pub(super) fn run() -> Result<()> {
    print_output("Words", &mut command(venv("typos"), &["--config", "typos.toml"]))?;
    let mut grep =
        command("git", &["grep", "--untracked", "-nIE", "-f", "crates/xtask/phrases.txt", "--", "."]);
    let found = grep.args(EXCLUDED.iter().map(|path| format!(":(exclude,glob){path}"))).output()?;
    log(&String::from_utf8_lossy(&found.stdout));
    // Status 1 means "no match". Other statuses except 0 are errors of git.
    let error = String::from_utf8_lossy(&found.stderr);
    ensure!(found.status.code() == Some(1), "phrases that STYLE.md replaces {error}");
    Ok(())
}
