//! Compares the asyncio bridge with pyo3-async-runtimes. Records the reason for our own bridge.

use std::fs;

use anyhow::Result;

use xtask::paths::{self, venv};
use xtask::setup::for_python;
use xtask::task::{command, print_output};

const BRIDGE: &str = "bindings/python/benches/asyncio_bridge";

/// Measures both bridges with the same engine.
pub(super) fn run() -> Result<()> {
    let manifest = format!("{BRIDGE}/Cargo.toml");
    let target = paths::target();
    let mut build = command("cargo", &["build", "--release", "--locked", "--manifest-path", &manifest]);
    for_python(build.env("CARGO_TARGET_DIR", &target));
    print_output("build the other bridge", &mut build)?;
    let folder = target.join("bench");
    fs::create_dir_all(&folder)?;
    let extension = if cfg!(windows) { "pyd" } else { "abi3.so" };
    fs::copy(
        paths::library("release", "asyncio_bridge"),
        folder.join(format!("asyncio_bridge.{extension}")),
    )?;
    let mut measure = command(venv("python"), &[format!("{BRIDGE}/measure.py")]);
    print_output("asyncio bridge", measure.arg(paths::bimpe()).env("PYTHONPATH", &folder))
}
