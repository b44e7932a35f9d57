//! `cargo xtask bench`: measures the packages against other clients, interleaved in one run against one server.

mod asyncio_bridge;
mod baselines;
mod decision_benchmarks;
mod instructions;
mod metrics;
mod profile;
mod report;
mod scaling;
mod scaling_curves;
mod scaling_plot;

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use self::baselines::{Baselines, Node};
use self::metrics::{METRICS, Metric};
use self::report::Report;
use xtask::paths;
use xtask::setup;
use xtask::task::log;

#[derive(Parser)]
#[command(name = "cargo xtask bench", about = "Measure the packages against other clients")]
#[expect(clippy::struct_excessive_bools, reason = "they are the switches of a command line")]
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
    /// Also measure reqwest against hyper's own client
    #[arg(long)]
    transports: bool,
    /// Also measure streams that are read ahead against those that are read when somebody waits
    #[arg(long)]
    read_ahead: bool,
    /// Measure how the cost grows with the size of the work instead
    #[arg(long, conflicts_with_all = ["instructions", "profile"])]
    growth: bool,
    /// Show where the time of our own packages goes instead, as `perf` samples it
    #[arg(long, conflicts_with = "instructions")]
    profile: bool,
    /// Count the instructions of the engine's parts instead, and compare them with the committed table
    #[arg(long)]
    instructions: bool,
    /// Write the counted instructions into the committed table
    #[arg(long, requires = "instructions")]
    write: bool,
    /// Write the figures into README.md and docs/
    #[arg(long)]
    docs: bool,
}

const ROUNDS: usize = 7;
const QUICK_ROUNDS: usize = 3;
/// Quick runs make this part of the calls.
const QUICK_SHARE: u64 = 5;

/// What one client needed in the rounds of one metric, by the client's name.
type Measured = BTreeMap<&'static str, Vec<f64>>;

/// A metric, measured with one program.
struct Job<'a> {
    metric: &'static Metric,
    node: Option<&'a Node>,
    measured: Measured,
}

fn main() -> Result<()> {
    run(&Arguments::parse())
}

fn run(arguments: &Arguments) -> Result<()> {
    if arguments.instructions {
        return instructions::run(arguments.write);
    }
    setup::run()?;
    let baselines = Baselines::prepare()?;
    if arguments.growth {
        return scaling::run(&baselines, arguments);
    }
    if arguments.profile {
        return profile::run(&baselines, arguments);
    }
    compare(&baselines, arguments)?;
    if arguments.bridge {
        asyncio_bridge::run()?;
    }
    if arguments.transports {
        decision_benchmarks::run(&baselines, decision_benchmarks::TRANSPORTS)?;
    }
    if arguments.read_ahead {
        decision_benchmarks::run(&baselines, decision_benchmarks::STREAMS)?;
    }
    Ok(())
}

impl Arguments {
    fn is_selected(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.to_lowercase().contains(&only.to_lowercase()))
    }

    fn rounds(&self) -> usize {
        if self.quick { QUICK_ROUNDS } else { ROUNDS }
    }

    /// How many calls are made of those of a full run.
    fn share(&self, calls: u64) -> u64 {
        if self.quick { (calls / QUICK_SHARE).max(1) } else { calls }
    }

    /// Progress over so many samples of each round.
    fn progress(&self, samples: usize) -> Result<ProgressBar> {
        let style = ProgressStyle::with_template("{spinner:.cyan} {pos}/{len} {msg} {elapsed:.dim}")?;
        Ok(ProgressBar::new((samples * self.rounds()) as u64).with_style(style))
    }
}

/// Measures every metric in rounds in which the clients take turns.
fn compare(baselines: &Baselines, arguments: &Arguments) -> Result<()> {
    let started = Instant::now();
    let wanted = METRICS.iter().filter(|metric| arguments.is_selected(metric.name));
    let mut jobs: Vec<Job<'_>> = wanted
        .flat_map(|metric| {
            let variants = baselines.variants(metric.runner).into_iter();
            variants.map(move |node| Job { metric, node, measured: Measured::new() })
        })
        .collect();
    let bar = arguments.progress(jobs.iter().map(|job| job.metric.clients.len()).sum())?;
    for _ in 0..arguments.rounds() {
        for Job { metric, node, measured } in &mut jobs {
            for (client, calls) in metric.clients {
                bar.set_message(format!("{}: {client}", metric.name));
                let sample = baselines.measure(*node, metric.case, client, arguments.share(*calls))?;
                measured.entry(client).or_default().push(metric.figure(&sample)?);
                bar.inc(1);
            }
        }
    }
    bar.finish_and_clear();

    let report = Report::new(arguments.quick, arguments.rounds(), jobs);
    let file = paths::target().join("bench.json");
    fs::write(&file, serde_json::to_string_pretty(&report.json())?).context("cannot write the report")?;
    log(&report.table());
    log(&format!(
        "{} rounds in {:.0} s; all figures: {}",
        arguments.rounds(),
        started.elapsed().as_secs_f32(),
        file.display()
    ));
    if arguments.docs { report.write_pages() } else { Ok(()) }
}
