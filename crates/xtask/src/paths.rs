//! Paths in this repository.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Settings of cargo for programs that only tests and the demo run.
pub const QUICK: &str = "crates/xtask/quick.toml";

/// Returns the root of the checkout in which cargo runs. The checkout may have been moved since compilation.
pub fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    let top = package.ancestors().find(|folder| folder.join("crates/xtask").is_dir());
    top.expect("cargo runs this in its repository").to_owned()
}

/// Returns the folder of cargo's build output.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Returns the path of a program of the workspace.
pub fn program(name: &str) -> PathBuf {
    target().join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Returns the path of the `bimpe` command.
pub fn bimpe() -> PathBuf {
    program("bimpe")
}

/// Returns the path of the fault server.
pub fn fault_server() -> PathBuf {
    program("bimpe-fault-server")
}

/// Returns the path of a shared library that cargo builds. `profile` is the folder, `debug` or `release`.
pub fn library(profile: &str, name: &str) -> PathBuf {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    target().join(profile).join(format!("{DLL_PREFIX}{name}{DLL_SUFFIX}"))
}

/// Returns the path of a program in the Python environment that `cargo xtask setup` creates.
pub fn venv(program: &str) -> PathBuf {
    let folder = if cfg!(windows) { "Scripts" } else { "bin" };
    target().join("venv").join(folder).join(format!("{program}{}", std::env::consts::EXE_SUFFIX))
}

/// Returns the path of the MCP server for the demo and the tests.
pub fn mcp_server() -> PathBuf {
    root().join("tests/peers/node_modules/@modelcontextprotocol/server-everything/dist/index.js")
}

/// Returns the folder of the built wheels.
pub fn wheels() -> PathBuf {
    target().join("wheels")
}

/// Returns the folder of the packed npm packages.
pub fn npm_packages() -> PathBuf {
    target().join("npm")
}

/// Returns the name of this platform in the names of npm packages, such as `linux-x64-gnu`.
pub fn npm_platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let cpu = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let libc = match system {
        "linux" if cfg!(target_env = "musl") => "-musl",
        "linux" => "-gnu",
        _ => "",
    };
    format!("{system}-{cpu}{libc}")
}

/// Returns the files whose name matches that of the path. One `*` in the name stands for any text.
pub fn matching(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some((start, end)) = name.split_once('*') else {
        return path.exists().then(|| path.to_owned()).into_iter().collect();
    };
    let folder = path.parent().and_then(|folder| folder.read_dir().ok());
    let found = folder.into_iter().flatten().flatten().filter(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
    });
    found.map(|entry| entry.path()).collect()
}

/// Returns whether a folder of this name holds installed or built files.
pub(crate) fn is_made(folder: &OsStr) -> bool {
    let names = ["node_modules", "dist", ".build", "target", "__pycache__", ".hypothesis"];
    let caches = [".pytest_cache", ".ruff_cache", ".mypy_cache"];
    names.iter().chain(&caches).any(|name| folder == *name)
}

/// Copies a file or a folder, without installed and built files. Unchanged files keep their modification time.
pub fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        let content = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        if fs::read(to).is_ok_and(|there| there == content) {
            return Ok(());
        }
        fs::create_dir_all(to.parent().expect("it lies in a folder"))?;
        return Ok(fs::write(to, content)?);
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if !is_made(&entry.file_name()) {
            copy_tree(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Creates an empty folder. Removes an existing one first.
pub fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(fs::create_dir_all(folder)?)
}

/// Returns the name of npm, which differs on Windows.
pub fn npm() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}
