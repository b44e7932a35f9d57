//! The table: medians, how many times less we need, and whether that is what was asked for.

use std::fmt::Write;

use anyhow::Result;
use console::style;
use serde_json::{Value, json};

use super::Measured;
use super::metrics::Metric;
use crate::text::{rounded, write_between};

const BEGIN: &str = "<!-- bench: written by `cargo xtask bench --readme` -->";
const END: &str = "<!-- /bench -->";

/// All that was measured.
pub(super) struct Report {
    quick: bool,
    rounds: usize,
    rows: Vec<Row>,
}

struct Row {
    metric: &'static Metric,
    /// The median of each client, ours first.
    medians: Vec<(&'static str, f64)>,
}

/// What was asked of a figure, and what came of it.
struct Goal {
    text: String,
    floor_met: bool,
    aim_met: bool,
}

impl Report {
    pub(super) fn new(
        quick: bool,
        rounds: usize,
        metrics: Vec<&'static Metric>,
        results: Vec<Measured>,
    ) -> Self {
        let rows = metrics.into_iter().zip(results).map(|(metric, mut measured)| {
            let clients = metric.clients.iter();
            let medians = clients
                .filter_map(|(client, _)| Some((*client, median(measured.get_mut(client)?))))
                .collect();
            Row { metric, medians }
        });
        Self { quick, rounds, rows: rows.collect() }
    }

    /// For a terminal.
    pub(super) fn table(&self) -> String {
        let mut text =
            format!("\n{:<40}{:>16}   {}\n", "median of one call", "bimpe", "times what ours needs");
        for row in &self.rows {
            let (ours, peers) = row.compared();
            let figure = format!("{} {}", rounded(ours), row.metric.unit.name());
            let peers: Vec<String> =
                peers.iter().map(|(peer, ratio)| format!("{peer} {ratio:.1}x")).collect();
            let goals: Vec<String> = row
                .goals()
                .iter()
                .map(|goal| {
                    let mark = match (goal.floor_met, goal.aim_met) {
                        (_, true) => style("✓ aim").green(),
                        (true, false) => style("✓ floor").yellow(),
                        (false, false) => style("✗").red(),
                    };
                    format!("{mark} {}", goal.text)
                })
                .collect();
            let _ = writeln!(
                text,
                "{:<40}{figure:>16}   {:<48} {}",
                row.metric.name,
                peers.join(", "),
                goals.join(", ")
            );
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        json!({ "quick": self.quick, "rounds": self.rounds, "metrics": rows })
    }

    /// Puts the table between its marks in README.md.
    pub(super) fn write_readme(&self) -> Result<()> {
        write_between("README.md", BEGIN, END, &self.markdown())
    }

    fn markdown(&self) -> String {
        let mut text = "| | `bimpe` | Times what `bimpe` needs |\n|---|---|---|\n".to_owned();
        for row in &self.rows {
            let (ours, peers) = row.compared();
            let peers: Vec<String> = peers.iter().map(|(peer, ratio)| format!("{peer} {ratio:.1}")).collect();
            let _ = writeln!(
                text,
                "| {} | {} {} | {} |",
                row.metric.name,
                rounded(ours),
                row.metric.unit.name(),
                peers.join(", ")
            );
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

    fn goals(&self) -> Vec<Goal> {
        let (ours, peers) = self.compared();
        let against = self.metric.goals.iter().filter_map(|(peer, floor, aim)| {
            let ratio = peers.iter().find(|(name, _)| name == peer)?.1;
            let text = if *floor > 0.0 {
                format!("{floor}x (aim {aim}x) of {peer}")
            } else {
                format!("aim {aim}x of {peer}")
            };
            Some(Goal { text, floor_met: ratio >= *floor, aim_met: ratio >= *aim })
        });
        let bound = self.metric.bound.iter().map(|(floor, aim)| Goal {
            text: format!("at most {floor} (aim {aim}) {}", self.metric.unit.name()),
            floor_met: ours <= *floor,
            aim_met: ours <= *aim,
        });
        against.chain(bound).collect()
    }

    fn json(&self) -> Value {
        let (_, peers) = self.compared();
        let goals: Vec<Value> = self
            .goals()
            .into_iter()
            .map(|goal| json!({ "goal": goal.text, "floor_met": goal.floor_met, "aim_met": goal.aim_met }))
            .collect();
        let medians: Value = self
            .medians
            .iter()
            .map(|(client, figure)| ((*client).to_owned(), json!(figure)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let ratios: Value = peers
            .iter()
            .map(|(client, ratio)| ((*client).to_owned(), json!(ratio)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        json!({
            "name": self.metric.name, "case": self.metric.case, "unit": self.metric.unit.name(), "medians": medians,
            "ratios": ratios, "goals": goals,
        })
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
