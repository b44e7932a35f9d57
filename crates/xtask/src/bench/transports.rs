//! reqwest against hyper's own client, as the record of that choice.

use anyhow::Result;

use super::peers::Peers;
use crate::steps::{command, show};

const PACKAGE: &str = "bimpe-bench-transports";

/// Measures both with the same request.
pub(super) fn run(peers: &Peers) -> Result<()> {
    let build = ["build", "--release", "--locked", "--package", PACKAGE];
    show("build the two transports", &mut command("cargo", &build))?;
    show("transports", &mut peers.measure_with(PACKAGE))
}
