//! The asyncio bridge against pyo3-async-runtimes, as the record of that choice.

use std::fs;

use anyhow::Result;

use crate::paths::{self, venv};
use crate::steps::{command, show};

const BRIDGE: &str = "bindings/python/benches/asyncio_bridge";

/// Measures both over the same engine.
pub(super) fn run() -> Result<()> {
    let manifest = format!("{BRIDGE}/Cargo.toml");
    let target = paths::target();
    let mut build = command("cargo", &["build", "--release", "--locked", "--manifest-path", &manifest]);
    build
        .env("CARGO_TARGET_DIR", &target)
        .env("PYO3_BUILD_EXTENSION_MODULE", "1")
        .env("PYO3_PYTHON", venv("python"));
    show("build the other bridge", &mut build)?;
    let library = format!("{}asyncio_bridge{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let folder = target.join("bench");
    fs::create_dir_all(&folder)?;
    let extension = if cfg!(windows) { "pyd" } else { "abi3.so" };
    fs::copy(target.join("release").join(library), folder.join(format!("asyncio_bridge.{extension}")))?;
    let mut measure = command(venv("python"), &[format!("{BRIDGE}/measure.py")]);
    show("asyncio bridge", measure.arg(paths::bimpe()).env("PYTHONPATH", &folder))
}
