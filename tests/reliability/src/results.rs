//! Test results and their report.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use console::{pad_str, style};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use xtask::text::grouped;

/// One line of a suite's results file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct TestResult {
    pub(super) guarantee: u64,
    pub(super) test: String,
    pub(super) language: String,
    pub(super) runs: u64,
    pub(super) values: Map<String, Value>,
    pub(super) limits: Map<String, Value>,
    pub(super) met: bool,
}

/// A test that cannot run on this machine.
#[derive(Debug, Serialize)]
pub(super) struct Skipped {
    pub(super) test: String,
    pub(super) reason: String,
}

/// The report of a run.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) quick: bool,
    pub(super) results: Vec<TestResult>,
    pub(super) skipped: Vec<Skipped>,
}

/// Reads a results file. Returns an empty list if the file does not exist.
pub(super) fn read(file: &Path) -> Result<Vec<TestResult>> {
    if !file.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(file)?;
    text.lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("invalid result: {line}")))
        .collect()
}

impl TestResult {
    /// Returns the result of a test in Rust that counts only whether it failed.
    pub(super) fn of(guarantee: u64, test: &str, runs: u64, count: &str, met: bool) -> Self {
        let counted = |number: u8| Map::from_iter([(count.to_owned(), number.into())]);
        let (test, language) = (test.to_owned(), "Rust".to_owned());
        Self { guarantee, test, language, runs, values: counted((!met).into()), limits: counted(0), met }
    }

    /// Returns the values, each with its limit unless the limit is zero.
    pub(super) fn summary(&self) -> String {
        let one = |(name, value): (&String, &Value)| match self.limits.get(name).and_then(Value::as_f64) {
            Some(limit) if limit != 0.0 => {
                format!("{name} {} (at most {})", short(value), short(&self.limits[name]))
            }
            _ => format!("{name} {}", short(value)),
        };
        self.values.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

impl Report {
    pub(super) fn new(quick: bool, mut results: Vec<TestResult>, skipped: Vec<Skipped>) -> Self {
        let language = |name: &str| ["Rust", "Python", "Node"].iter().position(|language| *language == name);
        results.sort_by(|one, other| {
            let key =
                |result: &TestResult| (result.guarantee, result.test.clone(), language(&result.language));
            key(one).cmp(&key(other))
        });
        Self { quick, results, skipped }
    }

    pub(super) fn met(&self) -> bool {
        self.results.iter().all(|result| result.met)
    }

    /// Returns the table for a terminal, with colors if the output is a terminal.
    pub(super) fn table(&self) -> String {
        let mut text = String::new();
        let widest = self.results.iter().map(|result| result.test.chars().count()).max().unwrap_or_default();
        for result in &self.results {
            let mark = if result.met { style("✓").green() } else { style("✗").red() };
            let _ = writeln!(
                text,
                "{mark} {:>2}  {}  {:<6} {:>11}  {}",
                result.guarantee,
                pad_str(&result.test, widest, console::Alignment::Left, None),
                result.language,
                grouped(result.runs),
                result.summary(),
            );
        }
        for skipped in &self.skipped {
            let _ =
                writeln!(text, "{}     {}: skipped, {}", style("–").yellow(), skipped.test, skipped.reason);
        }
        text
    }
}

/// Formats a number with at most two decimals.
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

    fn result(guarantee: u64, language: &str, met: bool) -> TestResult {
        let line = json!({"guarantee": guarantee, "test": "x", "language": language, "runs": 1_234_567, "met": met,
                          "values": {"lost": 0, "seconds": 0.123}, "limits": {"lost": 0, "seconds": 0.25}});
        serde_json::from_value(line).expect("a valid result")
    }

    #[test]
    fn table_sorts_results_and_shows_their_limits() {
        let lines = vec![result(4, "Node", true), result(4, "Rust", true), result(1, "Python", true)];
        let report = Report::new(false, lines, Vec::new());
        let languages: Vec<&str> = report.results.iter().map(|result| result.language.as_str()).collect();
        assert_eq!(languages, ["Python", "Rust", "Node"]);
        assert!(report.met() && report.table().contains("1,234,567  lost 0, seconds 0.12 (at most 0.25)"));
        assert!(!Report::new(false, vec![result(1, "Rust", false)], Vec::new()).met());
    }
}
