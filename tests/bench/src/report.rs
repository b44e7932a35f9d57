//! The table: medians, how many times less we need, and whether that is what was asked for.

use std::fmt::Write;

use anyhow::Result;
use console::style;
use serde_json::{Value, json};

use super::Job;
use super::metrics::Metric;
use xtask::text::{replace_marked_section, rounded};

const BEGIN: &str = "<!-- bench: written by `cargo xtask bench --docs` -->";
const END: &str = "<!-- /bench -->";
/// The rows that stand in the README.
const SUMMARY: [&str; 3] = ["Python, one call", "asyncio, 64 at a time", "Node 24, one call"];

/// All that was measured.
pub(super) struct Report {
    quick: bool,
    rounds: usize,
    rows: Vec<Row>,
}

struct Row {
    metric: &'static Metric,
    /// The metric's, with the version of Node.
    name: String,
    node: Option<String>,
    /// The median of each client, ours first.
    medians: Vec<(&'static str, f64)>,
}

/// What was asked of a figure, and what came of it.
struct Goal {
    /// If there is one.
    floor: Option<String>,
    aim: String,
    floor_met: bool,
    aim_met: bool,
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

    /// For a terminal.
    pub(super) fn table(&self) -> String {
        let mut text = format!("\n{:<40}{:>16}   {}\n", "median of one call", "bimpe", "ratio to bimpe");
        for row in &self.rows {
            let (ours, baselines) = row.compared();
            let figure = format!("{} {}", rounded(ours), row.metric.unit.name());
            let baselines: Vec<String> =
                baselines.iter().map(|(peer, ratio)| format!("{peer} {ratio:.1}x")).collect();
            let goals: Vec<String> = row
                .goals()
                .iter()
                .map(|goal| {
                    let mark = match (goal.floor_met, goal.aim_met) {
                        (_, true) => style("✓ aim").green(),
                        (true, false) if goal.floor.is_none() => style("–").yellow(),
                        (true, false) => style("✓ floor").yellow(),
                        (false, false) => style("✗").red(),
                    };
                    match &goal.floor {
                        Some(floor) => format!("{mark} {floor} (aim {})", goal.aim),
                        None => format!("{mark} (aim {})", goal.aim),
                    }
                })
                .collect();
            let _ = writeln!(
                text,
                "{:<40}{figure:>16}   {:<48} {}",
                row.name,
                baselines.join(", "),
                goals.join(", ")
            );
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        json!({ "quick": self.quick, "rounds": self.rounds, "metrics": rows })
    }

    /// Puts the tables between their marks in the pages.
    pub(super) fn write_pages(&self) -> Result<()> {
        replace_marked_section("README.md", BEGIN, END, &self.summary())?;
        replace_marked_section("docs/performance.md", BEGIN, END, &self.goals_table())
    }

    /// Every figure with what was asked of it, and what is not met.
    fn goals_table(&self) -> String {
        let kind = if self.quick { "quick" } else { "full" };
        let mut text = format!(
            "Medians of {} rounds of a {kind} run.\n\n| | `bimpe` | Ratio to `bimpe` | At least | Aim |\n|---|---|---|---|---|\n",
            self.rounds
        );
        let mark = |met: bool| if met { "✓" } else { "✗" };
        for row in &self.rows {
            let goals = row.goals();
            let floors = goals.iter().filter_map(|goal| {
                goal.floor.as_ref().map(|floor| format!("{} {floor}", mark(goal.floor_met)))
            });
            let aims = goals.iter().map(|goal| format!("{} {}", mark(goal.aim_met), goal.aim));
            let _ = writeln!(
                text,
                "{} {} | {} |",
                row.figures(),
                floors.collect::<Vec<_>>().join(", "),
                aims.collect::<Vec<_>>().join(", "),
            );
        }
        let missed: Vec<&str> = self
            .rows
            .iter()
            .filter(|row| row.goals().iter().any(|goal| !goal.floor_met))
            .map(|row| row.name.as_str())
            .collect();
        let _ = match missed.as_slice() {
            [] => writeln!(text, "\nEvery figure is at least as good as was asked for."),
            missed => writeln!(text, "\nNot as good as was asked for: {}.", missed.join("; ")),
        };
        text
    }

    /// The rows for the README.
    fn summary(&self) -> String {
        let mut text = "| | `bimpe` | Ratio to `bimpe` |\n|---|---|---|\n".to_owned();
        for row in self.rows.iter().filter(|row| SUMMARY.contains(&row.name.as_str())) {
            let _ = writeln!(text, "{}", row.figures());
        }
        text
    }
}

impl Row {
    /// Our figure, and how many times that each peer needs.
    fn compared(&self) -> (f64, Vec<(&'static str, f64)>) {
        let (_, ours) = self.medians[0];
        (ours, self.medians[1..].iter().map(|(peer, figure)| (*peer, figure / ours)).collect())
    }

    /// The first columns of a table: what was measured.
    fn figures(&self) -> String {
        let (ours, baselines) = self.compared();
        let baselines: Vec<String> =
            baselines.iter().map(|(peer, ratio)| format!("{peer} {ratio:.1}")).collect();
        let unit = self.metric.unit.name();
        format!("| {} | {} {unit} | {} |", self.name, rounded(ours), baselines.join(", "))
    }

    fn goals(&self) -> Vec<Goal> {
        let (ours, baselines) = self.compared();
        let against = self.metric.goals.iter().filter_map(|(peer, floor, aim)| {
            let ratio = baselines.iter().find(|(name, _)| name == peer)?.1;
            Some(Goal {
                floor: (*floor > 0.0).then(|| format!("{peer} {floor}")),
                aim: format!("{peer} {aim}"),
                floor_met: ratio >= *floor,
                aim_met: ratio >= *aim,
            })
        });
        let unit = self.metric.unit.name();
        let bound = self.metric.bound.iter().map(|(floor, aim)| Goal {
            floor: Some(format!("{floor} {unit}")),
            aim: format!("{aim} {unit}"),
            floor_met: ours <= *floor,
            aim_met: ours <= *aim,
        });
        against.chain(bound).collect()
    }

    fn json(&self) -> Value {
        let (_, baselines) = self.compared();
        let goals: Vec<Value> = self
            .goals()
            .into_iter()
            .map(|goal| json!({ "floor": goal.floor, "aim": goal.aim, "floor_met": goal.floor_met, "aim_met": goal.aim_met }))
            .collect();
        let medians: Value = self
            .medians
            .iter()
            .map(|(client, figure)| ((*client).to_owned(), json!(figure)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let ratios: Value = baselines
            .iter()
            .map(|(client, ratio)| ((*client).to_owned(), json!(ratio)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        json!({
            "name": self.name, "node": self.node, "case": self.metric.case, "unit": self.metric.unit.name(), "medians": medians,
            "ratios": ratios, "goals": goals,
        })
    }
}

pub(super) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
