//! Records of choices: programs that measure what was chosen against what was not.

use anyhow::Result;

use super::peers::Peers;
use crate::steps::{command, show};

/// reqwest against hyper's own client.
pub(super) const TRANSPORTS: &str = "bimpe-bench-transports";
/// Streams that are read ahead against those that are read when somebody waits.
pub(super) const STREAMS: &str = "bimpe-bench-streams";

/// Runs one of these packages.
pub(super) fn run(peers: &Peers, package: &str) -> Result<()> {
    let build = ["build", "--release", "--locked", "--package", package];
    show(&format!("build {package}"), &mut command("cargo", &build))?;
    show(package, &mut peers.measure_with(package))
}
