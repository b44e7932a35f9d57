//! Where things are in this repository.

use std::path::PathBuf;

/// The top of the repository.
pub(crate) fn root() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path.pop();
    path
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The `bimpe` command.
pub(crate) fn bimpe() -> PathBuf {
    target().join("release").join(format!("bimpe{}", std::env::consts::EXE_SUFFIX))
}

/// The server that the tests of faults talk to.
pub(crate) fn fault_server() -> PathBuf {
    target().join("release").join(format!("bimpe-fault-server{}", std::env::consts::EXE_SUFFIX))
}

/// A shared library that cargo has built; `profile` is the folder, `debug` or `release`.
pub(crate) fn library(profile: &str, name: &str) -> PathBuf {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    target().join(profile).join(format!("{DLL_PREFIX}{name}{DLL_SUFFIX}"))
}

/// A program of the Python environment that `cargo xtask setup` makes.
pub(crate) fn venv(program: &str) -> PathBuf {
    let folder = if cfg!(windows) { "Scripts" } else { "bin" };
    target().join("venv").join(folder).join(format!("{program}{}", std::env::consts::EXE_SUFFIX))
}

/// The MCP server that the demo and the tests talk to.
pub(crate) fn mcp_server() -> PathBuf {
    root().join("tests/peers/node_modules/@modelcontextprotocol/server-everything/dist/index.js")
}

/// npm, whose name differs on Windows.
pub(crate) fn npm() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}
