//! Paths in this repository.

use std::path::PathBuf;

/// The top of the repository: the checkout in which cargo runs, which may have been moved since this was compiled.
pub fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    let top = package.ancestors().find(|folder| folder.join("crates/xtask").is_dir());
    top.expect("cargo runs this in its repository").to_owned()
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The `bimpe` command.
pub fn bimpe() -> PathBuf {
    target().join("release").join(format!("bimpe{}", std::env::consts::EXE_SUFFIX))
}

/// The server that the tests of faults talk to.
pub fn fault_server() -> PathBuf {
    target().join("release").join(format!("bimpe-fault-server{}", std::env::consts::EXE_SUFFIX))
}

/// A shared library that cargo has built; `profile` is the folder, `debug` or `release`.
pub fn library(profile: &str, name: &str) -> PathBuf {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    target().join(profile).join(format!("{DLL_PREFIX}{name}{DLL_SUFFIX}"))
}

/// A program of the Python environment that `cargo xtask setup` makes.
pub fn venv(program: &str) -> PathBuf {
    let folder = if cfg!(windows) { "Scripts" } else { "bin" };
    target().join("venv").join(folder).join(format!("{program}{}", std::env::consts::EXE_SUFFIX))
}

/// The MCP server that the demo and the tests talk to.
pub fn mcp_server() -> PathBuf {
    root().join("tests/peers/node_modules/@modelcontextprotocol/server-everything/dist/index.js")
}

/// npm, whose name differs on Windows.
pub fn npm() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}
