//! Figures with a limit of their own.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};
use console::{Color, style};
use serde::Serialize;

use xtask::paths;
use xtask::task::log;
use xtask::text::{grouped, replace_marked_section, rounded};

/// A figure and its limit.
#[derive(Serialize)]
pub(super) struct Figure {
    name: &'static str,
    unit: &'static str,
    value: f64,
    limit: Limit,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Figure {
    pub(super) fn at_most(name: &'static str, value: f64, unit: &'static str, limit: f64) -> Self {
        Self { name, unit, value, limit: Limit::AtMost(limit) }
    }

    pub(super) fn at_least(name: &'static str, value: f64, limit: f64) -> Self {
        Self { name, unit: "", value, limit: Limit::AtLeast(limit) }
    }

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

/// Prints the figures of a program, and writes them to a file of the target folder. With `docs`, also writes them to
/// docs/performance.md, between two markers.
pub(super) fn show(name: &str, program: &str, figures: &[Figure], docs: bool) -> Result<()> {
    let file = paths::target().join(format!("{name}.json"));
    fs::write(&file, serde_json::to_string_pretty(figures)?).context("cannot write the report")?;
    let mut text = format!("| | {program} | Limit |\n|---|---|---|\n");
    for figure in figures {
        let (mark, color) = if figure.met() { ("✓", Color::Green) } else { ("✗", Color::Red) };
        let (name, shown, limit) = (figure.name, figure.shown(), figure.limit());
        log(&format!("{name:<58}{shown:>12}   {} {limit}", style(mark).fg(color)));
        let _ = writeln!(text, "| {name} | {shown} | {mark} {limit} |");
    }
    if !docs {
        return Ok(());
    }
    let begin = format!("<!-- {name}: written by `cargo xtask bench --{name} --docs` -->");
    replace_marked_section("docs/performance.md", &begin, &format!("<!-- /{name} -->"), &text)
}

fn number(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small positive numbers")]
    if value >= 1000.0 { grouped(value as u64) } else { rounded(value) }
}
