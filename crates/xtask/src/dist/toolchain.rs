//! Compilers and linkers for a target, and an environment that keeps paths of this machine out of the packages.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use xtask::paths;
use xtask::setup;
use xtask::system;
use xtask::task::{Task, command};

use super::table::{Linker, Target};

/// Debian's packages with a toolchain and the sources of its standard library. Each has this file.
const DEBIAN: [(&str, &str); 3] = [
    ("/usr/bin/cargo", "cargo-web"),
    ("/usr/bin/rustc", "rustc-web"),
    ("/usr/lib/rustlib/src/rust/library/std/src/lib.rs", "rust-web-src"),
];

const REQUIREMENTS: &str = "crates/xtask/dist/requirements.txt";

/// The variables for builds of a target.
pub(super) struct Toolchain {
    variables: Vec<(String, OsString)>,
    is_active: bool,
}

impl Toolchain {
    /// Returns the toolchain for the target: the active one if it has the standard library, else Debian's, which builds it.
    pub(super) fn find(target: &Target) -> Result<Self> {
        tools()?;
        let sysroot = sysroot()?;
        // A universal library has two targets. The active toolchain must have both.
        let has = |triple: &str| sysroot.join("lib/rustlib").join(triple).join("lib").is_dir();
        let is_active = matches!(target.linker, Linker::Host(_)) || has(target.triple);
        let mut folders = vec![bin()];
        let mut variables = Vec::new();
        if !is_active {
            for (file, package) in DEBIAN {
                system::file(Path::new(file), package)?;
            }
            folders.push("/usr/bin".into());
            for (name, value) in [
                ("RUSTC", "/usr/bin/rustc"),
                ("CARGO", "/usr/bin/cargo"),
                ("RUSTC_BOOTSTRAP", "1"),
                ("CARGO_UNSTABLE_BUILD_STD", "std,panic_unwind"),
            ] {
                variables.push((name.to_owned(), value.into()));
            }
        }
        if target.linker == Linker::Mingw {
            system::program("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64-win32")?;
        }
        let path = env::var_os("PATH").unwrap_or_default();
        folders.extend(env::split_paths(&path));
        variables.push(("PATH".to_owned(), env::join_paths(folders)?));
        Ok(Self { variables, is_active })
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
        let (rust, c) = neutral_paths();
        command.env("RUSTFLAGS", format!("{flags} {rust}").trim());
        let triple = target.triple.replace('-', "_");
        command.env(format!("CFLAGS_{triple}"), &c).env(format!("CXXFLAGS_{triple}"), &c);
        command.env("CARGO_TARGET_DIR", self.output());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if !self.is_active {
            // Those of the active toolchain, which runs this program.
            command.env_remove("LD_LIBRARY_PATH").env_remove("RUSTUP_TOOLCHAIN");
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
fn tools() -> Result<()> {
    let folder = paths::target().join("dist-tools");
    let install = ["-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS];
    Task { name: "dist tools", inputs: &[REQUIREMENTS], outputs: &[tool("maturin"), tool("auditwheel")] }.run(
        [
            command(setup::python()?, &["-m", "venv", "--clear", &folder.to_string_lossy()]),
            command(tool("python"), &install),
        ],
    )
}

fn sysroot() -> Result<PathBuf> {
    let output = command("rustc", &["--print", "sysroot"]).output().context("cannot run rustc")?;
    Ok(String::from_utf8(output.stdout)?.trim().into())
}

/// Returns flags of rustc and of C compilers that replace the folders of this machine.
fn neutral_paths() -> (String, String) {
    let mut names = vec![(paths::target(), "target".to_owned()), (paths::root(), "bimpe".to_owned())];
    names.push((cargo_home(), "cargo".to_owned()));
    let sources = cargo_home().join("registry/src").read_dir().into_iter().flatten().flatten();
    names.extend(sources.map(|source| (source.path(), "crates".to_owned())));
    // The last that fits takes effect.
    let flags = |option: &str| {
        let each = names.iter().map(|(folder, name)| format!("{option}={}={name}", folder.display()));
        each.collect::<Vec<_>>().join(" ")
    };
    (flags("--remap-path-prefix"), flags("-ffile-prefix-map"))
}

/// Returns the folders of this machine that no package may name.
pub(super) fn folders_of_the_builder() -> Vec<String> {
    let folders = [Some(paths::root()), Some(cargo_home()), env::home_dir()];
    folders.into_iter().flatten().map(|folder| folder.display().to_string()).collect()
}

fn cargo_home() -> PathBuf {
    let home = || env::home_dir().unwrap_or_default().join(".cargo");
    env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}
