//! The report: medians, the ratios of the baselines to ours, and the limits.

use std::fmt::Write;

use anyhow::Result;
use console::style;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Job;
use super::metrics::Metric;
use xtask::text::{replace_marked_section, rounded};

const BEGIN: &str = "<!-- bench: written by `cargo xtask bench --docs` -->";
const END: &str = "<!-- /bench -->";
/// Rows of the README.
const SUMMARY: [&str; 3] = ["Python, one request", "asyncio, 64 at a time", "Node 24, one request"];

/// All results.
pub(super) struct Report {
    quick: bool,
    rounds: usize,
    rows: Vec<Row>,
}

struct Row {
    metric: &'static Metric,
    /// Name of the metric, with the version of Node.
    name: String,
    node: Option<String>,
    /// Median of each client, ours first.
    medians: Vec<(&'static str, f64)>,
}

/// A limit of a value, and whether the value meets it.
#[derive(Serialize)]
struct Limit {
    /// The required value. `None` if only a target exists.
    minimum: Option<String>,
    target: String,
    minimum_met: bool,
    target_met: bool,
}

impl Report {
    pub(super) fn new(quick: bool, rounds: usize, jobs: Vec<Job<'_>>) -> Self {
        let rows = jobs.into_iter().map(|Job { metric, node, mut measured }| {
            let clients = metric.clients.iter();
            let medians = clients
                .filter_map(|(client, _)| Some((*client, median(measured.get_mut(client)?))))
                .collect();
            let name = node.map_or_else(
                || metric.name.to_owned(),
                |node| metric.name.replacen("Node", &format!("Node {}", node.major()), 1),
            );
            Row { metric, name, node: node.map(|node| node.version.clone()), medians }
        });
        Self { quick, rounds, rows: rows.collect() }
    }

    /// Returns the report for a terminal.
    pub(super) fn table(&self) -> String {
        let mut text = format!("\n{:<40}{:>16}   {}\n", "median per request", "bimpe", "ratio to bimpe");
        for row in &self.rows {
            let (ours, baselines) = row.compared();
            let value = format!("{} {}", rounded(ours), row.metric.unit.name());
            let baselines: Vec<String> =
                baselines.iter().map(|(name, ratio)| format!("{name} {ratio:.1}x")).collect();
            let limits: Vec<String> = row
                .limits()
                .iter()
                .map(|limit| {
                    let mark = match (limit.minimum_met, limit.target_met) {
                        (_, true) => style("✓ target").green(),
                        (true, false) if limit.minimum.is_none() => style("–").yellow(),
                        (true, false) => style("✓ minimum").yellow(),
                        (false, false) => style("✗").red(),
                    };
                    match &limit.minimum {
                        Some(minimum) => format!("{mark} {minimum} (target {})", limit.target),
                        None => format!("{mark} (target {})", limit.target),
                    }
                })
                .collect();
            let _ = writeln!(
                text,
                "{:<40}{value:>16}   {:<48} {}",
                row.name,
                baselines.join(", "),
                limits.join(", ")
            );
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        json!({ "quick": self.quick, "rounds": self.rounds, "metrics": rows })
    }

    /// Writes the tables to the marked sections of the pages.
    pub(super) fn write_pages(&self) -> Result<()> {
        replace_marked_section("README.md", BEGIN, END, &self.summary())?;
        replace_marked_section("docs/performance.md", BEGIN, END, &self.limits_table())
    }

    /// Returns the table of all values with their limits, and the list of missed minimums.
    fn limits_table(&self) -> String {
        let kind = if self.quick { "quick" } else { "full" };
        let mut text = format!(
            "Medians of {} rounds of a {kind} run.\n\n| | `bimpe` | Ratio to `bimpe` | Minimum | Target |\n|---|---|---|---|---|\n",
            self.rounds
        );
        let mark = |met: bool| if met { "✓" } else { "✗" };
        for row in &self.rows {
            let limits = row.limits();
            let minimums = limits.iter().filter_map(|limit| {
                limit.minimum.as_ref().map(|minimum| format!("{} {minimum}", mark(limit.minimum_met)))
            });
            let targets = limits.iter().map(|limit| format!("{} {}", mark(limit.target_met), limit.target));
            let _ = writeln!(
                text,
                "{} {} | {} |",
                row.values(),
                minimums.collect::<Vec<_>>().join(", "),
                targets.collect::<Vec<_>>().join(", "),
            );
        }
        let missed: Vec<&str> = self
            .rows
            .iter()
            .filter(|row| row.limits().iter().any(|limit| !limit.minimum_met))
            .map(|row| row.name.as_str())
            .collect();
        let _ = match missed.as_slice() {
            [] => writeln!(text, "\nAll rows meet their minimums."),
            missed => writeln!(text, "\nBelow the minimum: {}.", missed.join("; ")),
        };
        text
    }

    /// Returns the table for the README.
    fn summary(&self) -> String {
        let mut text = "| | `bimpe` | Ratio to `bimpe` |\n|---|---|---|\n".to_owned();
        for row in self.rows.iter().filter(|row| SUMMARY.contains(&row.name.as_str())) {
            let _ = writeln!(text, "{}", row.values());
        }
        text
    }
}

impl Row {
    /// Returns our value, and the ratio of each baseline's value to ours.
    fn compared(&self) -> (f64, Vec<(&'static str, f64)>) {
        let (_, ours) = self.medians[0];
        (ours, self.medians[1..].iter().map(|(name, value)| (*name, value / ours)).collect())
    }

    /// Returns the first columns of a table.
    fn values(&self) -> String {
        let (ours, baselines) = self.compared();
        let baselines: Vec<String> =
            baselines.iter().map(|(name, ratio)| format!("{name} {ratio:.1}")).collect();
        let unit = self.metric.unit.name();
        format!("| {} | {} {unit} | {} |", self.name, rounded(ours), baselines.join(", "))
    }

    fn limits(&self) -> Vec<Limit> {
        let (ours, baselines) = self.compared();
        let ratios = self.metric.limits.iter().filter_map(|(baseline, minimum, target)| {
            let ratio = baselines.iter().find(|(name, _)| name == baseline)?.1;
            Some(Limit {
                minimum: (*minimum > 0.0).then(|| format!("{baseline} {minimum}")),
                target: format!("{baseline} {target}"),
                minimum_met: ratio >= *minimum,
                target_met: ratio >= *target,
            })
        });
        let unit = self.metric.unit.name();
        let maximum = self.metric.maximum.iter().map(|(maximum, target)| Limit {
            minimum: Some(format!("{maximum} {unit}")),
            target: format!("{target} {unit}"),
            minimum_met: ours <= *maximum,
            target_met: ours <= *target,
        });
        ratios.chain(maximum).collect()
    }

    fn json(&self) -> Value {
        let object = |values: &[(&str, f64)]| -> Map<String, Value> {
            values.iter().map(|(client, value)| ((*client).to_owned(), json!(value))).collect()
        };
        json!({
            "name": self.name, "node": self.node, "case": self.metric.case, "unit": self.metric.unit.name(),
            "medians": object(&self.medians), "ratios": object(&self.compared().1), "limits": self.limits(),
        })
    }
}

pub(super) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
