//! `cargo xtask bench`: measures the packages and other clients alternately against one server.

mod asyncio_bridge;
mod baselines;
mod command;
mod figures;
mod fleet;
mod instructions;
mod metrics;
mod profile;
mod report;
mod sandbox;
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
#[expect(clippy::struct_excessive_bools, reason = "each is a command-line flag")]
pub(crate) struct Arguments {
    /// Measure fewer rounds of fewer requests; takes minutes and is less precise
    #[arg(long)]
    quick: bool,
    /// Measure only the metrics whose name contains this text
    #[arg(long)]
    only: Option<String>,
    /// Also measure the asyncio bridge against pyo3-async-runtimes
    #[arg(long)]
    bridge: bool,
    /// Also measure reqwest against hyper's own client
    #[arg(long)]
    transports: bool,
    /// Also measure streams with read-ahead against streams that are read on demand
    #[arg(long)]
    read_ahead: bool,
    /// Also measure the engine's JSON reader against jiter
    #[arg(long)]
    json: bool,
    /// Measure only how the cost grows with the size of the work
    #[arg(long, conflicts_with_all = ["instructions", "profile"])]
    growth: bool,
    /// Measure only the start, the memory and the throughput of the sandbox
    #[arg(long, conflicts_with_all = ["instructions", "profile", "growth"])]
    sandbox: bool,
    /// Measure only the start and the size of the `bimpe` command
    #[arg(long, conflicts_with_all = ["instructions", "profile", "growth", "sandbox"])]
    command: bool,
    /// Measure only `bimpe apply` for many agents of a sandbox
    #[arg(long, conflicts_with_all = ["instructions", "profile", "growth", "sandbox", "command"])]
    apply: bool,
    /// Only profile our own packages with `perf`
    #[arg(long, conflicts_with = "instructions")]
    profile: bool,
    /// Only count the instructions of the engine's parts and compare them with the committed table
    #[arg(long)]
    instructions: bool,
    /// Write the counted instructions into the committed table
    #[arg(long, requires = "instructions")]
    write: bool,
    /// Write the results to README.md and docs/
    #[arg(long)]
    docs: bool,
}

const ROUNDS: usize = 7;
const QUICK_ROUNDS: usize = 3;
/// Divisor of the number of requests in a quick run.
const QUICK_DIVISOR: u64 = 5;

/// The values of one metric in all rounds, by client.
type Measured = BTreeMap<&'static str, Vec<f64>>;

/// A measurement that replaces the comparison.
type Mode = fn(&Arguments) -> Result<()>;

/// A metric to measure with one program.
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
    let modes: [(bool, Mode); 3] =
        [(arguments.command, command::run), (arguments.sandbox, sandbox::run), (arguments.apply, fleet::run)];
    if let Some((_, run)) = modes.iter().find(|(is_selected, _)| *is_selected) {
        setup::released_command()?;
        return run(arguments);
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
    for (is_selected, package) in [
        (arguments.transports, "bimpe-bench-transports"),
        (arguments.read_ahead, "bimpe-bench-streams"),
        (arguments.json, "bimpe-bench-json"),
    ] {
        if is_selected {
            baselines.run_program(package)?;
        }
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

    /// Returns the number of requests of this run, from the number of a full run.
    fn scaled(&self, requests: u64) -> u64 {
        if self.quick { (requests / QUICK_DIVISOR).max(1) } else { requests }
    }

    /// Returns a progress bar for `samples` samples per round.
    fn progress(&self, samples: usize) -> Result<ProgressBar> {
        let style = ProgressStyle::with_template("{spinner:.cyan} {pos}/{len} {msg} {elapsed:.dim}")?;
        Ok(ProgressBar::new((samples * self.rounds()) as u64).with_style(style))
    }
}

/// Measures every metric in rounds. The clients alternate in each round.
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
            for (client, requests) in metric.clients {
                bar.set_message(format!("{}: {client}", metric.name));
                let sample = baselines.measure(*node, metric.case, client, arguments.scaled(*requests))?;
                measured.entry(client).or_default().push(metric.value(&sample)?);
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
        "{} rounds in {:.0} s; all results: {}",
        arguments.rounds(),
        started.elapsed().as_secs_f32(),
        file.display()
    ));
    if arguments.docs { report.write_pages() } else { Ok(()) }
}
