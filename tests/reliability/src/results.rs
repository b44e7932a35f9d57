//! What was measured, and how it is shown.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use console::{pad_str, style};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use xtask::text::grouped;

/// One line that a suite has written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Figure {
    pub(super) promise: u64,
    pub(super) what: String,
    pub(super) face: String,
    pub(super) runs: u64,
    pub(super) figures: Map<String, Value>,
    pub(super) goal: Map<String, Value>,
    pub(super) met: bool,
}

/// Something that could not be tried here.
#[derive(Debug, Serialize)]
pub(super) struct Skipped {
    pub(super) what: String,
    pub(super) why: String,
}

/// All of a run.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) quick: bool,
    pub(super) figures: Vec<Figure>,
    pub(super) skipped: Vec<Skipped>,
}

/// The lines of a file; none if nothing was written.
pub(super) fn read(file: &Path) -> Result<Vec<Figure>> {
    if !file.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(file)?;
    text.lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("no figure: {line}")))
        .collect()
}

impl Figure {
    /// What was seen, each with its bound where that is not zero.
    pub(super) fn seen(&self) -> String {
        let one = |(name, seen): (&String, &Value)| match self.goal.get(name).and_then(Value::as_f64) {
            Some(goal) if goal != 0.0 => {
                format!("{name} {} (at most {})", short(seen), short(&self.goal[name]))
            }
            _ => format!("{name} {}", short(seen)),
        };
        self.figures.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

impl Report {
    pub(super) fn new(quick: bool, mut figures: Vec<Figure>, skipped: Vec<Skipped>) -> Self {
        let face = |name: &str| ["Rust", "Python", "Node"].iter().position(|face| *face == name);
        figures.sort_by(|one, other| {
            let key = |figure: &Figure| (figure.promise, figure.what.clone(), face(&figure.face));
            key(one).cmp(&key(other))
        });
        Self { quick, figures, skipped }
    }

    pub(super) fn met(&self) -> bool {
        self.figures.iter().all(|figure| figure.met)
    }

    /// The table for a terminal; coloured only there.
    pub(super) fn table(&self) -> String {
        let mut text = String::new();
        let widest = self.figures.iter().map(|figure| figure.what.chars().count()).max().unwrap_or_default();
        for figure in &self.figures {
            let mark = if figure.met { style("✓").green() } else { style("✗").red() };
            let _ = writeln!(
                text,
                "{mark} {:>2}  {}  {:<6} {:>11}  {}",
                figure.promise,
                pad_str(&figure.what, widest, console::Alignment::Left, None),
                figure.face,
                grouped(figure.runs),
                figure.seen(),
            );
        }
        for skipped in &self.skipped {
            let _ = writeln!(text, "{}     {}: skipped, {}", style("–").yellow(), skipped.what, skipped.why);
        }
        text
    }
}

/// A number without digits that say nothing.
fn short(value: &Value) -> String {
    match value.as_f64() {
        Some(number) if number.fract() != 0.0 => format!("{number:.2}"),
        Some(number) => format!("{number}"),
        None => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn figure(promise: u64, face: &str, met: bool) -> Figure {
        let line = json!({"promise": promise, "what": "x", "face": face, "runs": 1_234_567, "met": met,
                          "figures": {"lost": 0, "seconds": 0.123}, "goal": {"lost": 0, "seconds": 0.25}});
        serde_json::from_value(line).expect("a figure")
    }

    #[test]
    fn figures_are_sorted_and_shown_with_their_bounds() {
        let lines = vec![figure(4, "Node", true), figure(4, "Rust", true), figure(1, "Python", true)];
        let report = Report::new(false, lines, Vec::new());
        let faces: Vec<&str> = report.figures.iter().map(|figure| figure.face.as_str()).collect();
        assert_eq!(faces, ["Python", "Rust", "Node"]);
        assert!(report.met() && report.table().contains("1,234,567  lost 0, seconds 0.12 (at most 0.25)"));
        assert!(!Report::new(false, vec![figure(1, "Rust", false)], Vec::new()).met());
    }
}
