//! The progress of many agents: counts, and a bar if standard error is a terminal.

use bimpe_plan::{AgentOutcome, AgentResult};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::note::note;

/// The results, in the order of a summary.
const RESULTS: [AgentResult; 6] = [
    AgentResult::Planned,
    AgentResult::Done,
    AgentResult::Unchanged,
    AgentResult::Pending,
    AgentResult::Failed,
    AgentResult::Stopped,
];

/// Counts the agents of a run.
pub(crate) struct Progress {
    bar: ProgressBar,
    counts: [u64; RESULTS.len()],
    /// The number of selected agents.
    total: u64,
}

impl Progress {
    pub(crate) fn new(verb: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let template = format!("{{bar:30}} {{pos}}/{{len}} agents {verb} {{msg}} {{elapsed}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        Self { bar, counts: [0; RESULTS.len()], total: 0 }
    }

    pub(crate) fn add(&mut self, outcome: &AgentOutcome, total: u64) {
        if let Some(position) = RESULTS.iter().position(|result| *result == outcome.result) {
            self.counts[position] += 1;
        }
        self.total = total;
        self.bar.set_length(total);
        let counted = [AgentResult::Pending, AgentResult::Failed].map(|result| (self.count(result), result));
        let counted = counted.iter().filter(|(count, _)| *count > 0);
        let message: Vec<String> = counted.map(|(count, result)| format!("{count} {result}")).collect();
        self.bar.set_message(message.join(", "));
        self.bar.inc(1);
    }

    pub(crate) fn count(&self, result: AgentResult) -> u64 {
        RESULTS.iter().zip(self.counts).find(|(other, _)| **other == result).map_or(0, |(_, count)| count)
    }

    /// The number of agents that no run has ended.
    pub(crate) fn left(&self, earlier: u64) -> u64 {
        let ended: u64 = self.counts.iter().sum();
        self.total.saturating_sub(ended + earlier) + self.count(AgentResult::Stopped)
    }

    /// Writes a line above the bar.
    pub(crate) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// Writes the number of agents of each result. `earlier` agents are those that an earlier run finished.
    pub(crate) fn summary(&self, earlier: u64, is_plan: bool) {
        let counts = RESULTS.iter().zip(self.counts).filter(|(_, count)| *count > 0);
        let counts = counts.filter(|(result, _)| **result != AgentResult::Stopped);
        let mut parts: Vec<String> = counts
            .map(|(result, count)| match result {
                AgentResult::Planned => format!("{count} to change"),
                _ => format!("{count} {result}"),
            })
            .collect();
        if earlier > 0 {
            parts.push(format!("{earlier} finished earlier"));
        }
        if !is_plan && self.left(earlier) > 0 {
            parts.push(format!("{} left", self.left(earlier)));
        }
        let text = if parts.is_empty() { "none".to_owned() } else { parts.join(", ") };
        note(&format!("Agents: {text}."));
    }
}
