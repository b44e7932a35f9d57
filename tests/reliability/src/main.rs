//! `cargo xtask reliability`: tests the reliability guarantees under faults, and shows the results.

mod docs;
mod fuzz;
mod results;
mod suites;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Parser;

use self::results::{Report, Skipped, TestResult};
use xtask::paths;
use xtask::setup;
use xtask::task::log;

#[derive(Parser)]
#[command(name = "cargo xtask reliability", about = "Test the reliability guarantees")]
pub(crate) struct Arguments {
    /// Try only as many cases as an ordinary test run; takes minutes instead of an hour
    #[arg(long)]
    quick: bool,
    /// Write the table to docs/reliability.md
    #[arg(long)]
    docs: bool,
    /// Run only the suites whose name contains this text; show the last results of the others
    #[arg(long)]
    only: Option<String>,
}

/// A run of the suites: its options, and its results so far.
struct FullRun {
    quick: bool,
    only: Option<String>,
    folder: PathBuf,
    results: Vec<TestResult>,
    skipped: Vec<Skipped>,
    failed: Vec<String>,
}

impl FullRun {
    fn is_selected(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.to_lowercase().contains(&only.to_lowercase()))
    }

    /// Returns the file with the results of a suite.
    fn results_file(&self, suite: &str) -> PathBuf {
        let kind = if self.quick { "quick" } else { "full" };
        self.folder.join(format!("{suite}-{kind}.jsonl"))
    }

    /// Adds the results of a suite. Saves them for later runs that omit the suite.
    fn save_results(&mut self, suite: &str, results: Vec<TestResult>) -> Result<()> {
        let lines: Vec<String> = results.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        fs::write(self.results_file(suite), lines.join("\n"))?;
        self.results.extend(results);
        Ok(())
    }

    /// Adds the results of a suite's last run.
    fn load_results(&mut self, suite: &str) -> Result<()> {
        self.results.extend(results::read(&self.results_file(suite))?);
        Ok(())
    }

    fn skip(&mut self, test: &str, reason: impl Into<String>) {
        self.skipped.push(Skipped { test: test.to_owned(), reason: reason.into() });
    }
}

/// Runs all suites that record results. Fails if a suite fails, or if a value exceeds its limit.
fn main() -> Result<()> {
    run(&Arguments::parse())
}

fn run(arguments: &Arguments) -> Result<()> {
    setup::run()?;
    setup::build_panic_test_modules()?;
    let folder = paths::target().join("reliability");
    fs::create_dir_all(&folder)?;
    let mut run = FullRun {
        quick: arguments.quick,
        only: arguments.only.clone(),
        folder,
        results: Vec::new(),
        skipped: Vec::new(),
        failed: Vec::new(),
    };
    suites::run(&mut run)?;
    fuzz::run(&mut run)?;

    let report = Report::new(arguments.quick, run.results, run.skipped);
    let file = paths::target().join("reliability.json");
    fs::write(&file, serde_json::to_string_pretty(&report)?).context("cannot write the report")?;
    log(&report.table());
    if arguments.docs {
        docs::write(&report)?;
    }
    let failed = run.failed;
    ensure!(failed.is_empty(), "failed suites: {}", failed.join(", "));
    ensure!(!report.results.is_empty(), "no suite recorded results");
    ensure!(report.met(), "some results exceed their limits");
    Ok(())
}
