//! `cargo xtask bench --sandbox`: start, memory and throughput of `bimpe sandbox`.

use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::Arguments;
use super::baselines::{build, can_pin, set_cpu_affinity};
use super::figures::{self, Figure};
use super::report::median;
use xtask::paths;
use xtask::processes::Sandbox;

pub(super) const CLIENT: &str = "bimpe-bench-sandbox";
/// Mixed requests of a full run.
const MIXED: u64 = 20_000;
/// Mixed requests until the sandbox stores as many responses as it keeps.
const FILLING: u64 = 40_000;
const READS: u64 = 20_000;
const WRITES: u64 = 5_000;

/// Builds the program that sends requests and creates agents.
pub(super) fn build_client() -> Result<()> {
    let sources = ["crates/bimpe/src", "crates/bimpe-sandbox", "tests/bench/sandbox"];
    build("bench requests", CLIENT, &sources).map(drop)
}

/// Measures all figures and shows them.
pub(super) fn run(arguments: &Arguments) -> Result<()> {
    build_client()?;
    let bench = Bench { pinned: can_pin() };
    let mixed = arguments.scaled(MIXED);
    let mut starts = (0..arguments.rounds()).map(|_| bench.time_start()).collect::<Result<Vec<_>>>()?;
    let sandbox = bench.start(&[])?;
    first_response(&sandbox)?;
    let idle = sandbox.resident_memory()?;
    // Fills what has a maximum: the journal and the stored responses.
    bench.requests_per_second(&sandbox, "mixed", FILLING)?;
    let filled = sandbox.resident_memory()?;
    bench.requests_per_second(&sandbox, "mixed", mixed)?;
    let growth = sandbox.resident_memory()?.saturating_sub(filled);
    let sandbox = bench.start(&[])?;
    let reads = bench.requests_per_second(&sandbox, "reads", arguments.scaled(READS))?;
    let writes = bench.durable_writes(arguments.scaled(WRITES))?;
    let start = median(&mut starts) * 1e3;
    let figures = [
        Figure::at_most("Start of the process to the first response", start, " ms", 100.0),
        Figure::at_most("Resident memory after the first response", mebibytes(idle), " MiB", 40.0),
        Figure::at_most("Growth by 20,000 mixed requests, after 40,000", mebibytes(growth), " MiB", 1.0),
        Figure::at_least("Reads in a second", reads, 2000.0),
        Figure::at_least("Writes in a second that wait for the disk", writes, 500.0),
    ];
    figures::show("sandbox", "`bimpe sandbox`", &figures, arguments.docs)
}

/// Starts sandboxes on one core, and sends their requests from another core.
struct Bench {
    pinned: bool,
}

impl Bench {
    fn start(&self, options: &[&str]) -> Result<Sandbox> {
        Sandbox::start_with(set_cpu_affinity(self.pinned, "0", paths::bimpe().as_os_str()), options)
    }

    /// Returns the seconds from the start of the process to the first response.
    fn time_start(&self) -> Result<f64> {
        let started = Instant::now();
        first_response(&self.start(&[])?)?;
        Ok(started.elapsed().as_secs_f64())
    }

    fn durable_writes(&self, requests: u64) -> Result<f64> {
        let folder = paths::target().join("bench/sandbox");
        paths::clear(&folder)?;
        let sandbox = self.start(&["--db", &folder.join("state.db").to_string_lossy()])?;
        self.requests_per_second(&sandbox, "writes", requests)
    }

    fn requests_per_second(&self, sandbox: &Sandbox, case: &str, requests: u64) -> Result<f64> {
        let mut client: Command = set_cpu_affinity(self.pinned, "1", paths::program(CLIENT).as_os_str());
        let ready = &sandbox.ready;
        client.args([&ready.url, &ready.api_key, &ready.agent_id, case, &requests.to_string()]);
        let output = client.output().context("cannot measure")?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{case} ended with {}: {stderr}", output.status);
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim().parse().with_context(|| format!("unexpected output of {CLIENT}: {text}"))
    }
}

fn first_response(sandbox: &Sandbox) -> Result<()> {
    let address = sandbox.ready.url.trim_start_matches("http://");
    let mut connection = TcpStream::connect(address)?;
    write!(connection, "GET /_sandbox/info HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut response = String::new();
    connection.read_to_string(&mut response)?;
    ensure!(response.starts_with("HTTP/1.1 200 "), "unexpected response: {response}");
    Ok(())
}

/// Converts KiB.
#[expect(clippy::cast_precision_loss, reason = "a rounded figure")]
pub(super) fn mebibytes(kibibytes: u64) -> f64 {
    kibibytes as f64 / 1024.0
}
