//! Builds the WebAssembly module of the npm package, with the JavaScript that loads it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::builder_paths;
use crate::debian;
use crate::paths::{self, QUICK};
use crate::system;
use crate::task::{Task, command, log};

/// The target of rustc.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The linker that Debian's toolchain needs, and its package.
const LINKER: &str = "/usr/bin/wasm-ld-19";
const LINKER_PACKAGE: &str = "lld-19";

/// Sources of the module.
const INPUTS: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "crates/bimpe/Cargo.toml",
    "crates/bimpe/src",
    "crates/bimpe-runtime",
    "bindings/wasm",
    QUICK,
];

/// Returns the folder from which the npm package takes the module.
pub fn folder() -> PathBuf {
    paths::root().join("node/webassembly")
}

/// Builds the module for tests.
///
/// # Errors
/// If a build fails, or if no compiler for WebAssembly is installed.
pub fn build() -> Result<()> {
    compile("WebAssembly module", INPUTS, &["--config", QUICK], &folder())
}

/// Builds the module as the package of a release carries it, into a folder. Always runs cargo, because the module for tests
/// has the same path.
///
/// # Errors
/// If a build fails, or if no compiler for WebAssembly is installed.
pub fn build_released(folder: &Path) -> Result<()> {
    compile("WebAssembly module of a release", &[], &[], folder)
}

/// Builds a module whose engine panics on demand. Returns its folder.
///
/// # Errors
/// If a build fails, or if no compiler for WebAssembly is installed.
pub fn build_panicking() -> Result<PathBuf> {
    let folder = paths::target().join("wasm-panics");
    let options = ["--config", QUICK, "--features", "bimpe/__panics"];
    compile("WebAssembly module that panics", INPUTS, &options, &folder)?;
    Ok(folder)
}

/// Builds a module with more options, and prepares the module for JavaScript.
fn compile(task: &str, inputs: &[&str], options: &[&str], folder: &Path) -> Result<()> {
    let target = paths::target().join("wasm");
    // Cargo separates encoded flags by this character.
    let flags = builder_paths::replacing_flags("--remap-path-prefix");
    let mut cargo = cargo()?;
    cargo.args(["build", "--locked", "--package", "bimpe-wasm", "--profile", "wasm", "--target", TARGET]);
    cargo.args(options);
    cargo.arg("--target-dir").arg(&target).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));

    let mut glue = command("cargo", &["run", "--quiet", "--locked"]);
    glue.arg("--manifest-path").arg(paths::root().join("bindings/wasm/glue/Cargo.toml"));
    glue.arg("--target-dir").arg(paths::target().join("wasm-glue")).arg("--");
    glue.arg(target.join(TARGET).join("wasm/bimpe_wasm.wasm")).arg(folder);

    let outputs = [folder.join("bimpe.wasm"), folder.join("bimpe.mjs")];
    Task { name: task, inputs, outputs: &outputs }.run([cargo, glue])
}

/// Builds the module if a compiler is installed, or if missing packages are installed. Others need it for the tests of edge
/// runtimes only.
///
/// # Errors
/// If a build fails.
pub fn build_if_possible() -> Result<()> {
    let has_debian = debian::is_installed() && Path::new(LINKER).exists();
    if debian::active_toolchain_has(TARGET) || has_debian || (cfg!(target_os = "linux") && system::installs())
    {
        return build();
    }
    log(&format!("skipped: WebAssembly module, because {}", missing_compiler()));
    Ok(())
}

fn cargo() -> Result<Command> {
    let mut cargo = debian::cargo_for(TARGET, "std,panic_abort").with_context(missing_compiler)?;
    if !debian::active_toolchain_has(TARGET) {
        system::file(Path::new(LINKER), LINKER_PACKAGE).with_context(missing_compiler)?;
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER);
    }
    Ok(cargo)
}

fn missing_compiler() -> String {
    format!(
        "no compiler for WebAssembly is installed: run `rustup target add {TARGET}`, or on Debian `{}`",
        debian::install_command(LINKER_PACKAGE)
    )
}
