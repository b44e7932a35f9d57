//! Figures with a limit of their own.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};
use console::style;
use serde::Serialize;

use xtask::paths;
use xtask::task::log;
use xtask::text::{grouped, replace_marked_section, rounded};

/// A figure and its limit.
#[derive(Serialize)]
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    pub(super) value: f64,
    pub(super) limit: Limit,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Figure {
    fn met(&self) -> bool {
        match self.limit {
            Limit::AtMost(limit) => self.value <= limit,
            Limit::AtLeast(limit) => self.value >= limit,
        }
    }

    fn limit(&self) -> String {
        let (words, limit) = match self.limit {
            Limit::AtMost(limit) => ("at most", limit),
            Limit::AtLeast(limit) => ("at least", limit),
        };
        format!("{words} {}{}", number(limit), self.unit)
    }

    fn shown(&self) -> String {
        format!("{}{}", number(self.value), self.unit)
    }
}

/// Prints the figures, and writes them to a file of the target folder.
pub(super) fn show(figures: &[Figure], file: &str) -> Result<()> {
    let file = paths::target().join(file);
    fs::write(&file, serde_json::to_string_pretty(figures)?).context("cannot write the report")?;
    for figure in figures {
        let mark = if figure.met() { style("✓").green() } else { style("✗").red() };
        log(&format!("{:<58}{:>12}   {mark} {}", figure.name, figure.shown(), figure.limit()));
    }
    Ok(())
}

/// Writes the figures of a program to docs/performance.md, between two markers.
pub(super) fn write(program: &str, figures: &[Figure], begin: &str, end: &str) -> Result<()> {
    let mut text = format!("| | {program} | Limit |\n|---|---|---|\n");
    for figure in figures {
        let mark = if figure.met() { "✓" } else { "✗" };
        let _ = writeln!(text, "| {} | {} | {mark} {} |", figure.name, figure.shown(), figure.limit());
    }
    replace_marked_section("docs/performance.md", begin, end, &text)
}

fn number(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small positive numbers")]
    if value >= 1000.0 { grouped(value as u64) } else { rounded(value) }
}
