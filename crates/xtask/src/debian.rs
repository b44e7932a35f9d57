//! Debian's Rust toolchain. It builds the standard library for targets that the active toolchain lacks.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::system;
use crate::task::command;

/// The packages, each with one of its files.
const PACKAGES: [(&str, &str); 3] = [
    (CARGO, "cargo-web"),
    (RUSTC, "rustc-web"),
    ("/usr/lib/rustlib/src/rust/library/Cargo.lock", "rust-web-src"),
];

const CARGO: &str = "/usr/bin/cargo";

const RUSTC: &str = "/usr/bin/rustc";

/// Variables of the active toolchain, which runs this program.
const FOREIGN: [&str; 3] = ["LD_LIBRARY_PATH", "RUSTC_WRAPPER", "RUSTUP_TOOLCHAIN"];

/// Returns whether all packages are installed.
#[must_use]
pub fn is_installed() -> bool {
    PACKAGES.iter().all(|(file, _)| Path::new(file).exists())
}

/// Returns the command that installs the packages, with further ones.
#[must_use]
pub fn install_command(further: &str) -> String {
    let names = PACKAGES.map(|(_, package)| package).join(" ");
    format!("apt-get install --no-install-recommends {names} {further}")
}

/// Returns whether the active toolchain has the standard library for a target.
#[must_use]
pub fn active_toolchain_has(target: &str) -> bool {
    let folder = Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output();
    folder.is_ok_and(|output| {
        output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    })
}

/// Returns a cargo that compiles for a target: that of the active toolchain if it has the standard library, else Debian's, which
/// builds these crates of it.
///
/// # Errors
/// If a package is missing, or if the installation fails.
pub fn cargo_for(target: &str, std: &str) -> Result<Command> {
    if active_toolchain_has(target) {
        return Ok(command::<&str>("cargo", &[]));
    }
    require()?;
    let mut cargo = command::<&str>(CARGO, &[]);
    apply(&mut cargo, std);
    Ok(cargo)
}

/// Checks that the packages are installed. With `CI` set, installs those that are missing.
///
/// # Errors
/// If a package is missing, or if the installation fails.
pub fn require() -> Result<()> {
    PACKAGES.iter().try_for_each(|(file, package)| system::file(Path::new(file), package).map(drop))
}

/// Lets a command use this toolchain, with these crates of the standard library.
pub fn apply(command: &mut Command, std: &str) {
    command.env("CARGO", CARGO).env("RUSTC", RUSTC);
    // Only with this variable, cargo of a stable release compiles the standard library.
    command.env("RUSTC_BOOTSTRAP", "1").env("CARGO_UNSTABLE_BUILD_STD", std);
    for name in FOREIGN {
        command.env_remove(name);
    }
}
