//! `cargo xtask bench`: the packages against their peers, interleaved in one run against one server.

mod bridge;
pub(crate) mod instructions;
mod metrics;
mod peers;
mod report;

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use self::metrics::{METRICS, Metric};
use self::peers::Peers;
use self::report::Report;
use crate::paths;
use crate::setup;
use crate::steps::say;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Fewer rounds of fewer calls, which takes minutes and is rougher
    #[arg(long)]
    quick: bool,
    /// Only the metrics whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// Also measure the asyncio bridge against pyo3-async-runtimes
    #[arg(long)]
    bridge: bool,
    /// Count the instructions of the engine's parts instead, and compare them with the committed table
    #[arg(long)]
    instructions: bool,
    /// Write the counted instructions into the committed table
    #[arg(long, requires = "instructions")]
    write: bool,
    /// Write the table into README.md, too
    #[arg(long)]
    readme: bool,
}

const ROUNDS: usize = 5;
const QUICK_ROUNDS: usize = 3;
/// Quick runs make this part of the calls.
const QUICK_SHARE: u64 = 5;

/// What one client needed in the rounds of one metric, by the client's name.
type Measured = BTreeMap<&'static str, Vec<f64>>;

/// Measures every metric in rounds in which the clients take turns.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.instructions {
        return instructions::run(arguments.write);
    }
    setup::run()?;
    let peers = Peers::prepare()?;
    let wanted = |metric: &&Metric| {
        arguments.only.as_ref().is_none_or(|only| metric.name.to_lowercase().contains(&only.to_lowercase()))
    };
    let metrics: Vec<&Metric> = METRICS.iter().filter(wanted).collect();
    let rounds = if arguments.quick { QUICK_ROUNDS } else { ROUNDS };
    let started = Instant::now();
    let style = ProgressStyle::with_template("{spinner:.cyan} {pos}/{len} {msg} {elapsed:.dim}")?;
    let steps = metrics.iter().map(|metric| metric.clients.len() as u64).sum::<u64>() * rounds as u64;
    let bar = ProgressBar::new(steps).with_style(style);
    let mut results: Vec<Measured> = vec![Measured::new(); metrics.len()];
    for _ in 0..rounds {
        for (metric, result) in metrics.iter().zip(&mut results) {
            for (client, calls) in metric.clients {
                bar.set_message(format!("{}: {client}", metric.name));
                let calls = if arguments.quick { (calls / QUICK_SHARE).max(1) } else { *calls };
                let sample = peers.measure(metric, client, calls)?;
                result.entry(client).or_default().push(metric.figure(&sample)?);
                bar.inc(1);
            }
        }
    }
    bar.finish_and_clear();

    let report = Report::new(arguments.quick, rounds, metrics, results);
    let file = paths::target().join("bench.json");
    fs::write(&file, serde_json::to_string_pretty(&report.json())?).context("cannot write the report")?;
    say(&report.table());
    say(&format!(
        "{} rounds in {:.0} s; all figures: {}",
        rounds,
        started.elapsed().as_secs_f32(),
        file.display()
    ));
    if arguments.readme {
        report.write_readme()?;
    }
    if arguments.bridge { bridge::run() } else { Ok(()) }
}
