//! Compilers and linkers for a target, and an environment that keeps paths of this machine out of the packages.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use xtask::builder_paths;
use xtask::debian;
use xtask::paths;
use xtask::setup;
use xtask::system;
use xtask::task::command;

use super::table::{Linker, Target};

const REQUIREMENTS: &str = "crates/xtask/dist/requirements.txt";

/// The toolchain for builds of a target.
pub(super) struct Toolchain {
    /// The value of `PATH`.
    path: OsString,
    is_active: bool,
}

impl Toolchain {
    /// Returns the toolchain for the target: the active one if it has the standard library, else Debian's, which builds it.
    pub(super) fn find(target: &Target) -> Result<Self> {
        tools()?;
        // The toolchain of the system itself has several targets for a universal library.
        let is_active =
            target.linker == Linker::Host(env::consts::OS) || debian::active_toolchain_has(target.triple);
        let mut folders = vec![bin()];
        if !is_active {
            debian::require()?;
            folders.push("/usr/bin".into());
        }
        if target.linker == Linker::Mingw {
            system::program("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64-win32")?;
        }
        let path = env::var_os("PATH").unwrap_or_default();
        folders.extend(env::split_paths(&path));
        Ok(Self { path: env::join_paths(folders)?, is_active })
    }

    /// Returns a command with the variables, and these flags of rustc.
    pub(super) fn command<S: AsRef<std::ffi::OsStr>>(
        &self,
        target: &Target,
        program: impl AsRef<std::ffi::OsStr>,
        arguments: &[S],
        flags: &str,
    ) -> Command {
        let mut command = command(program, arguments);
        let rust = builder_paths::replacing_flags("--remap-path-prefix").join(" ");
        let c = builder_paths::replacing_flags("-ffile-prefix-map").join(" ");
        command.env("RUSTFLAGS", format!("{flags} {rust}").trim());
        let triple = target.triple.replace('-', "_");
        command.env(format!("CFLAGS_{triple}"), &c).env(format!("CXXFLAGS_{triple}"), &c);
        command.env("CARGO_TARGET_DIR", self.output());
        command.env("PATH", &self.path);
        if !self.is_active {
            debian::apply(&mut command, "std,panic_unwind");
        }
        command
    }

    /// Returns the folder of cargo's output: one for each toolchain, so that both can build at the same time.
    pub(super) fn output(&self) -> PathBuf {
        if self.is_active { build_folder() } else { build_folder().join("debian") }
    }

    /// Returns the words for the table: whose toolchain it is.
    pub(super) fn name(&self) -> &'static str {
        if self.is_active { "active toolchain" } else { "Debian's toolchain, std built with it" }
    }
}

/// Returns the folder of the builds, apart from that of the other tasks, because the flags differ.
pub(super) fn build_folder() -> PathBuf {
    paths::target().join("dist-build")
}

/// Returns the path of a tool of the environment for `dist`.
pub(super) fn tool(name: &str) -> PathBuf {
    bin().join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

fn bin() -> PathBuf {
    paths::target().join("dist-tools").join(if cfg!(windows) { "Scripts" } else { "bin" })
}

/// Installs the tools from `PyPI`.
pub(super) fn tools() -> Result<()> {
    setup::environment("dist tools", "dist-tools", REQUIREMENTS).map(drop)
}
