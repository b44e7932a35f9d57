//! The metrics of the benchmark, and their limits.

use anyhow::{Context, Result};
use serde_json::Value;

/// Number of agents in the memory metric.
const KEPT: f64 = 10_000.0;

/// The unit of a value. Lower values are better.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// CPU microseconds per request, all threads included.
    Cpu,
    /// Microseconds per request under concurrency: the inverse of the throughput.
    Wall,
    /// Milliseconds.
    Milliseconds,
    /// Megabytes.
    Megabytes,
    /// CPU nanoseconds.
    Nanoseconds,
}

impl Unit {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Cpu => "µs CPU",
            Self::Wall => "µs",
            Self::Milliseconds => "ms",
            Self::Megabytes => "MB",
            Self::Nanoseconds => "ns CPU",
        }
    }
}

/// The program that runs the clients.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Runner {
    Python,
    Node,
}

/// One row of the table.
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) runner: Runner,
    /// Argument of the measuring program.
    pub(super) case: &'static str,
    pub(super) unit: Unit,
    /// The clients, ours first, each with its number of requests.
    pub(super) clients: &'static [(&'static str, u64)],
    /// For each baseline: the minimum ratio of its value to ours (0 for no minimum), and the target ratio.
    pub(super) limits: &'static [(&'static str, f64, f64)],
    /// The maximum of our own value, and its target.
    pub(super) maximum: Option<(f64, f64)>,
}

impl Metric {
    /// Returns the value of a sample.
    pub(super) fn value(&self, sample: &Value) -> Result<f64> {
        let field = |name: &str| {
            sample[name]
                .as_f64()
                .with_context(|| format!("{}: missing `{name}` in the sample {sample}", self.name))
        };
        Ok(match self.unit {
            Unit::Cpu => field("cpu")? / field("count")? * 1e6,
            Unit::Nanoseconds => field("cpu")? / field("count")? * 1e9,
            Unit::Wall => field("wall")? / field("count")? * 1e6,
            Unit::Milliseconds => field("value")? * 1e3,
            // A quick run keeps fewer agents, so scale the result.
            Unit::Megabytes => field("value")? / field("count")? * KEPT / 1e6,
        })
    }
}

macro_rules! metrics {
    ($($runner:ident $name:literal $case:literal $unit:ident [$(($client:literal, $requests:literal)),*]
    [$(($baseline:literal, $minimum:literal, $target:literal)),*] $maximum:expr;)*) => {
        pub(super) const METRICS: &[Metric] = &[$(Metric {
            name: $name,
            runner: Runner::$runner,
            case: $case,
            unit: Unit::$unit,
            clients: &[$(($client, $requests)),*],
            limits: &[$(($baseline, $minimum, $target)),*],
            maximum: $maximum,
        }),*];
    };
}

metrics! {
    Python "Python, one request" "retrieve" Cpu
        [("bimpe", 4000), ("official", 1000), ("httpx", 1000), ("socket", 4000), ("rust socket", 20_000)]
        [("official", 7.0, 9.0), ("rust socket", 0.0, 0.625)] None;
    Python "Python, 64 threads" "threads:64" Wall
        [("bimpe", 25_600), ("official", 1280)] [("official", 15.0, 25.0)] None;
    Python "asyncio, one request" "tasks:1" Cpu
        [("bimpe", 4000), ("official", 500), ("aiohttp", 1000)] [("official", 10.0, 15.0)] None;
    Python "asyncio, 64 at a time" "tasks:64" Wall
        [("bimpe", 12_800), ("official", 640), ("aiohttp", 3200)]
        [("official", 50.0, 100.0), ("aiohttp", 3.0, 7.0)] None;
    Python "Page of 100 objects" "page:100" Cpu
        [("bimpe", 500), ("official", 200), ("httpx", 200)] [("official", 5.0, 8.0)] None;
    Python "asyncio, page of 100 objects" "apage:100" Cpu
        [("bimpe", 500), ("official", 150)] [("official", 8.0, 10.0)] None;
    Python "Memory for 10,000 agents" "held" Megabytes
        [("bimpe", 10_000), ("official", 10_000)] [("official", 2.22, 3.0)] None;
    Python "Reading an attribute" "attribute" Nanoseconds
        [("bimpe", 1_000_000), ("official", 1_000_000)] [("official", 1.0, 3.3)] None;
    Python "Event of a stream" "events:16384" Cpu
        [("bimpe", 50_000), ("official", 25_000)] [("official", 7.0, 10.0)] None;
    Python "asyncio, event of a stream" "aevents:16384" Cpu
        [("bimpe", 50_000), ("official", 25_000)] [("official", 5.0, 7.0)] None;
    Python "Import" "import" Milliseconds
        [("bimpe", 1), ("official", 1)] [("official", 15.0, 40.0)] Some((12.0, 5.0));
    Python "Client and first response" "first" Milliseconds
        [("bimpe", 1), ("official", 1)] [] Some((10.0, 2.0));
    Node "Node, one request" "tasks:1" Cpu
        [("bimpe", 15_000), ("fetch", 8000), ("undici", 15_000)]
        [("fetch", 2.5, 3.5), ("undici", 1.1, 1.33)] None;
    Node "Node, 64 at a time" "tasks:64" Wall
        [("bimpe", 30_000), ("fetch", 15_000), ("undici", 30_000)]
        [("fetch", 4.0, 8.0), ("undici", 1.4, 1.6)] None;
    Node "Node, page of 100 objects" "page:100" Cpu
        [("bimpe", 1500), ("fetch", 1000), ("undici", 1500)] [("fetch", 2.0, 3.0)] None;
    Node "Node, event of a stream" "events:16384" Cpu
        [("bimpe", 50_000), ("fetch", 50_000)] [("fetch", 1.8, 3.0)] None;
    Node "Node, event of a stream, one per chunk" "events:0" Cpu
        [("bimpe", 50_000), ("fetch", 50_000)] [("fetch", 1.8, 3.0)] None;
}
