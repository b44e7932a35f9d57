//! The table of the sandbox's behavior: each row names tests, and each named test exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use walkdir::WalkDir;

use xtask::paths;
use xtask::task::log;

const TABLE: &str = "crates/bimpe-sandbox/FIDELITY.md";
/// Folders with the tests of the sandbox.
const FOLDERS: [&str; 3] =
    ["crates/bimpe-sandbox/src", "crates/bimpe-sandbox/tests", "crates/bimpe-cli/tests"];

/// Checks all rows of the table.
pub(super) fn run() -> Result<()> {
    let mut tests = BTreeSet::new();
    for folder in FOLDERS {
        collect_tests(&paths::root().join(folder), &mut tests)?;
    }
    let table = fs::read_to_string(paths::root().join(TABLE)).context("cannot read the table")?;
    let errors = check(&table, &tests);
    log(&errors.join("\n"));
    ensure!(
        errors.is_empty(),
        "{} rows of {TABLE} name no test, or a test that does not exist",
        errors.len()
    );
    Ok(())
}

fn check(table: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let is_head = |row: &&str| {
        row.starts_with("| Behavior |") || row.starts_with("| Path |") || row.starts_with("| ---")
    };
    let rows = table.lines().filter(|line| line.starts_with("| ")).filter(|row| !is_head(row));
    let mut errors = Vec::new();
    for row in rows {
        let named = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap_or_default();
        let unknown = named.split(", ").find(|name| !tests.contains(name.trim_matches('`')));
        errors.extend(unknown.map(|name| format!("no test {name} for: {row}")));
    }
    errors
}

/// Adds the tests of all files as `file::function`.
fn collect_tests(folder: &Path, tests: &mut BTreeSet<String>) -> Result<()> {
    for entry in WalkDir::new(folder) {
        let path = entry?.into_path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let file = if path.ends_with("mod.rs") { path.parent().unwrap_or(&path) } else { &path };
            let file = file.file_stem().unwrap_or_default().to_string_lossy();
            let text = fs::read_to_string(&path)?;
            tests.extend(functions(&text).map(|function| format!("{file}::{function}")));
        }
    }
    Ok(())
}

/// Returns the names of the functions with a test attribute.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    let attributes = text.split("#[test]").skip(1).chain(text.split("#[tokio::test").skip(1));
    attributes.filter_map(|after| Some(after.split_once("fn ")?.1.split_once('(')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_finds_rows_without_an_existing_test() {
        let text =
            "#[test]\nfn one() {}\n#[tokio::test(start_paused = true)]\nasync fn two() {}\nfn helper() {}";
        let tests = functions(text).map(|name| format!("file::{name}")).collect();
        let row = |tests: &str| {
            format!("| Behavior | Tag | Test |\n| --- | --- | --- |\n| Pages | documented | {tests} |")
        };
        assert!(check(&row("`file::one`, `file::two`"), &tests).is_empty());
        for missing in ["`file::helper`", "`file::one`, `other::two`", "", " "] {
            assert_eq!(check(&row(missing), &tests).len(), 1, "{missing}");
        }
    }
}
