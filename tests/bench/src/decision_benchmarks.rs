//! Benchmarks of design decisions: programs that compare our choice with the alternative.

use anyhow::Result;

use super::baselines::Baselines;
use xtask::task::{command, print_output};

/// reqwest against hyper's own client.
pub(super) const TRANSPORTS: &str = "bimpe-bench-transports";
/// Streams with read-ahead against streams that are read on demand.
pub(super) const STREAMS: &str = "bimpe-bench-streams";
/// The engine's JSON reader against jiter.
pub(super) const JSON: &str = "bimpe-bench-json";

/// Runs one of these packages.
pub(super) fn run(baselines: &Baselines, package: &str) -> Result<()> {
    let build = ["build", "--release", "--locked", "--package", package];
    print_output(&format!("build {package}"), &mut command("cargo", &build))?;
    print_output(package, &mut baselines.measure_with(package))
}
