//! `cargo xtask reliability`: tries what the library promises under all that can go wrong, and shows the figures.

mod docs;
mod fuzz;
mod results;
mod suites;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Parser;

use self::results::{Figure, Report, Skipped};
use xtask::paths;
use xtask::setup;
use xtask::task::log;

#[derive(Parser)]
#[command(name = "cargo xtask reliability", about = "Test the reliability guarantees")]
pub(crate) struct Arguments {
    /// Try only as much as an ordinary test run does, which takes minutes instead of an hour
    #[arg(long)]
    quick: bool,
    /// Write the table into docs/reliability.md
    #[arg(long)]
    docs: bool,
    /// Only the suites whose name contains this; of the others, the figures of their last run are shown
    #[arg(long)]
    only: Option<String>,
}

/// Where the suites write what they measure.
struct FullRun {
    quick: bool,
    only: Option<String>,
    folder: PathBuf,
    figures: Vec<Figure>,
    skipped: Vec<Skipped>,
    failed: Vec<String>,
}

impl FullRun {
    fn is_selected(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.to_lowercase().contains(&only.to_lowercase()))
    }

    /// Where the figures of a suite are written.
    fn figures_of(&self, suite: &str) -> PathBuf {
        let kind = if self.quick { "quick" } else { "full" };
        self.folder.join(format!("{suite}-{kind}.jsonl"))
    }

    /// Adds what a suite has found, and writes it down for runs that leave the suite out.
    fn save_results(&mut self, suite: &str, figures: Vec<Figure>) -> Result<()> {
        let lines: Vec<String> = figures.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        fs::write(self.figures_of(suite), lines.join("\n"))?;
        self.figures.extend(figures);
        Ok(())
    }

    /// Adds what a suite found when it last ran.
    fn load_results(&mut self, suite: &str) -> Result<()> {
        self.figures.extend(results::read(&self.figures_of(suite))?);
        Ok(())
    }

    fn skip(&mut self, what: &str, why: impl Into<String>) {
        self.skipped.push(Skipped { what: what.to_owned(), why: why.into() });
    }
}

/// Runs all suites that record figures, and fails if a suite does, or if a figure is beyond its goal.
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
        figures: Vec::new(),
        skipped: Vec::new(),
        failed: Vec::new(),
    };
    suites::run(&mut run)?;
    fuzz::run(&mut run)?;

    let report = Report::new(arguments.quick, run.figures, run.skipped);
    let file = paths::target().join("reliability.json");
    fs::write(&file, serde_json::to_string_pretty(&report)?).context("cannot write the report")?;
    log(&report.table());
    if arguments.docs {
        docs::write(&report)?;
    }
    let failed = run.failed;
    ensure!(failed.is_empty(), "these suites failed: {}", failed.join(", "));
    ensure!(!report.figures.is_empty(), "nothing was measured");
    ensure!(report.met(), "not all figures are within their goals");
    Ok(())
}
