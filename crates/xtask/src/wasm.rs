//! Builds the WebAssembly module of the npm package, with the JavaScript that loads it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::paths;
use crate::system;
use crate::task::{Task, command, log};

const TARGET: &str = "wasm32-unknown-unknown";

/// The compiler of Debian, whose version has the sources of its standard library in another package.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_SOURCES: &str = "/usr/lib/rustlib/src/rust/library/Cargo.lock";
const DEBIAN_PACKAGES: &str = "rustc-web cargo-web rust-web-src lld-19";
const DEBIAN_LINKER: &str = "/usr/bin/wasm-ld-19";

/// Sources of the module.
const INPUTS: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "crates/bimpe/Cargo.toml",
    "crates/bimpe/src",
    "crates/bimpe-runtime",
    "bindings/wasm",
];

/// Returns the path of the module.
pub fn module() -> PathBuf {
    paths::root().join("node/webassembly/bimpe.wasm")
}

/// Builds the module.
///
/// # Errors
/// If a build fails, or if no compiler for WebAssembly is installed.
pub fn build() -> Result<()> {
    let target = paths::target().join("wasm");
    let mut cargo = cargo()?;
    cargo.args(["build", "--locked", "--package", "bimpe-wasm", "--profile", "wasm", "--target", TARGET]);
    cargo.arg("--target-dir").arg(&target).env("CARGO_ENCODED_RUSTFLAGS", rustflags());

    let mut glue = command("cargo", &["run", "--quiet", "--locked"]);
    glue.arg("--manifest-path").arg(paths::root().join("bindings/wasm/glue/Cargo.toml"));
    glue.arg("--target-dir").arg(paths::target().join("wasm-glue")).arg("--");
    glue.arg(target.join(TARGET).join("wasm/bimpe_wasm.wasm")).arg(module().with_file_name(""));

    let outputs = [module(), module().with_extension("mjs")];
    Task { name: "WebAssembly module", inputs: INPUTS, outputs: &outputs }.run([cargo, glue])
}

/// Builds the module if a compiler is installed. Others need it for the tests of edge runtimes only.
///
/// # Errors
/// If a build fails.
pub fn build_if_possible() -> Result<()> {
    if has_active_target() || has_debian_compiler() {
        return build();
    }
    log(&format!("skipped: WebAssembly module, because {}", missing_compiler()));
    Ok(())
}

/// Returns a cargo that compiles for WebAssembly: that of the active toolchain, or that of Debian.
fn cargo() -> Result<Command> {
    if has_active_target() {
        return Ok(command::<&str>("cargo", &[]));
    }
    for file in [DEBIAN_RUSTC, DEBIAN_SOURCES, DEBIAN_LINKER] {
        system::file(Path::new(file), DEBIAN_PACKAGES).with_context(missing_compiler)?;
    }
    let mut cargo = command::<&str>("/usr/bin/cargo", &[]);
    // Debian has the standard library for WebAssembly as sources, which only this variable lets cargo compile.
    cargo.env("RUSTC_BOOTSTRAP", "1").env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
    cargo.env("RUSTC", DEBIAN_RUSTC).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER);
    // Variables of the toolchain that runs this program.
    for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER"] {
        cargo.env_remove(name);
    }
    Ok(cargo)
}

fn missing_compiler() -> String {
    format!(
        "no compiler for WebAssembly is installed: run `rustup target add {TARGET}`, or on Debian `apt-get install \
         --no-install-recommends {DEBIAN_PACKAGES}`"
    )
}

/// Returns whether the active toolchain has the standard library for WebAssembly.
fn has_active_target() -> bool {
    let folder = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
    folder.is_ok_and(|output| {
        output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    })
}

fn has_debian_compiler() -> bool {
    [DEBIAN_RUSTC, DEBIAN_SOURCES, DEBIAN_LINKER].iter().all(|file| Path::new(file).exists())
}

/// Returns flags that keep the paths of this machine out of the module.
fn rustflags() -> String {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let folders = [Some((paths::root(), "bimpe")), home.map(|home| (home, "cargo"))];
    let flags = folders
        .into_iter()
        .flatten()
        .map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display()));
    // Cargo separates encoded flags by this character.
    flags.collect::<Vec<_>>().join("\u{1f}")
}
