//! Checks of the files of the repository: workflows, templates for issues, tables of tests, versions, sizes.

use std::fs;

use anyhow::{Context, Result, ensure};

use xtask::paths::{self, venv};
use xtask::task::{command, print_output};

/// Schemas of `check-jsonschema`, each with its files.
const SCHEMAS: &[&[&str]] = &[
    &[
        "--builtin-schema",
        "vendor.github-workflows",
        ".github/workflows/ci.yml",
        ".github/workflows/release.yml",
    ],
    &["--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"],
    &["--builtin-schema", "vendor.github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"],
    &[
        "--builtin-schema",
        "vendor.github-issue-forms",
        ".github/ISSUE_TEMPLATE/bug_report.yml",
        ".github/ISSUE_TEMPLATE/feature_request.yml",
    ],
    &["--schemafile", "tests/cases/faults.schema.json", "tests/cases/faults.json"],
];

/// Limit of a file that people write. Files of data and lists of names have none.
const MAX_LINES: usize = 400;
const UNLIMITED: &[&str] =
    &["**/*.lock", "**/*lock.json", "**/*.txt", "**/*.png", "tests/vectors/**", "**/bimpe.schema.json"];

/// Checks the files without network.
pub(super) fn run() -> Result<()> {
    print_output("actionlint", &mut command(venv("actionlint"), &[""; 0]))?;
    print_output("zizmor", &mut command(venv("zizmor"), &["--offline", "--quiet", ".github"]))?;
    for arguments in SCHEMAS {
        print_output(arguments[1], &mut command(venv("check-jsonschema"), arguments))?;
    }
    crate::release::check_versions(env!("CARGO_PKG_VERSION"))?;
    check_lines()
}

fn check_lines() -> Result<()> {
    let mut list = command("git", &["ls-files", "--", ".", ":(exclude,attr:linguist-generated)"]);
    let files = list.args(UNLIMITED.iter().map(|path| format!(":(exclude,glob){path}"))).output()?;
    ensure!(files.status.success(), "git: {}", String::from_utf8_lossy(&files.stderr));
    let mut long = Vec::new();
    for file in String::from_utf8(files.stdout)?.lines() {
        let text =
            fs::read_to_string(paths::root().join(file)).with_context(|| format!("cannot read {file}"))?;
        let lines = text.lines().count();
        if lines > MAX_LINES {
            long.push(format!("{file} has {lines} lines"));
        }
    }
    ensure!(long.is_empty(), "the limit is {MAX_LINES} lines: {}", long.join(", "));
    Ok(())
}
