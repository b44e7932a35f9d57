//! Records of choices: programs that measure what was chosen against what was not.

use anyhow::Result;

use super::baselines::Baselines;
use xtask::task::{command, print_output};

/// reqwest against hyper's own client.
pub(super) const TRANSPORTS: &str = "bimpe-bench-transports";
/// Streams that are read ahead against those that are read when somebody waits.
pub(super) const STREAMS: &str = "bimpe-bench-streams";

/// Runs one of these packages.
pub(super) fn run(baselines: &Baselines, package: &str) -> Result<()> {
    let build = ["build", "--release", "--locked", "--package", package];
    print_output(&format!("build {package}"), &mut command("cargo", &build))?;
    print_output(package, &mut baselines.measure_with(package))
}
