//! The rows of `cargo xtask dist`: what is built for which target, and how.

use super::table::Content::{Command, FreeThreadedWheel, Module, Wheel};
use super::table::Linker::{Host, Mingw, Zig};

/// A system and CPU that the packages are built for.
pub(crate) struct Target {
    /// Name in the rows.
    pub(crate) name: &'static str,
    /// The target of rustc.
    pub(crate) triple: &'static str,
    /// Name in the names of npm packages.
    pub(crate) npm: &'static str,
    pub(crate) linker: Linker,
    /// The oldest system that the wheel runs on, in the words of maturin. Without it maturin decides.
    pub(crate) policy: Option<&'static str>,
    pub(crate) contents: &'static [Content],
}

/// The tool that links the libraries of a target.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linker {
    /// Zig, on Linux. The text is the version of glibc that the packages require.
    Zig(&'static str),
    /// Debian's cross compiler.
    Mingw,
    /// The toolchain of the named system, which must be that of this machine.
    Host(&'static str),
}

/// A package, or the packages of one binary.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// The wheel for every `CPython` from 3.10.
    Wheel,
    /// The wheel for the free-threaded `CPython` 3.14.
    FreeThreadedWheel,
    /// The npm package of the native module.
    Module,
    /// The command: its wheel, and its npm packages for these platforms.
    Command { npm: &'static [&'static str], wheel: Option<&'static str> },
}

impl Content {
    fn name(self) -> &'static str {
        match self {
            Wheel => "wheel",
            FreeThreadedWheel => "wheel-cp314t",
            Module => "module",
            Command { .. } => "command",
        }
    }
}

/// All targets. Those of [`Linker::Host`] are left to the release workflow on other machines.
pub(crate) const TARGETS: &[Target] = &[
    Target {
        name: "linux-x64",
        triple: "x86_64-unknown-linux-gnu",
        npm: "linux-x64-gnu",
        linker: Zig("2.17"),
        policy: Some("manylinux_2_17"),
        contents: &[Wheel, FreeThreadedWheel, Module],
    },
    Target {
        name: "linux-arm64",
        triple: "aarch64-unknown-linux-gnu",
        npm: "linux-arm64-gnu",
        linker: Zig("2.17"),
        policy: Some("manylinux_2_17"),
        contents: &[Wheel, FreeThreadedWheel, Module],
    },
    Target {
        name: "musl-x64",
        triple: "x86_64-unknown-linux-musl",
        npm: "linux-x64-musl",
        linker: Zig(""),
        policy: Some("musllinux_1_2"),
        contents: &[
            Wheel,
            Module,
            Command {
                npm: &["linux-x64-musl", "linux-x64-gnu"],
                wheel: Some("manylinux_2_17_x86_64.musllinux_1_1_x86_64"),
            },
        ],
    },
    Target {
        name: "musl-arm64",
        triple: "aarch64-unknown-linux-musl",
        npm: "linux-arm64-musl",
        linker: Zig(""),
        policy: Some("musllinux_1_2"),
        contents: &[
            Wheel,
            Module,
            Command {
                npm: &["linux-arm64-musl", "linux-arm64-gnu"],
                wheel: Some("manylinux_2_17_aarch64.musllinux_1_1_aarch64"),
            },
        ],
    },
    Target {
        name: "windows-x64",
        triple: "x86_64-pc-windows-gnu",
        npm: "win32-x64",
        linker: Mingw,
        policy: None,
        contents: &[Wheel, Module, Command { npm: &["win32-x64"], wheel: None }],
    },
    Target {
        name: "msvc-x64",
        triple: "x86_64-pc-windows-msvc",
        npm: "win32-x64",
        linker: Host("windows"),
        policy: None,
        contents: &[Wheel, FreeThreadedWheel, Module, Command { npm: &["win32-x64"], wheel: None }],
    },
    Target {
        name: "msvc-arm64",
        triple: "aarch64-pc-windows-msvc",
        npm: "win32-arm64",
        linker: Host("windows"),
        policy: None,
        contents: &[Wheel, Module, Command { npm: &["win32-arm64"], wheel: None }],
    },
    Target {
        name: "macos-universal",
        triple: "universal2-apple-darwin",
        npm: "",
        linker: Host("macos"),
        policy: None,
        contents: &[Wheel, FreeThreadedWheel],
    },
    Target {
        name: "macos-arm64",
        triple: "aarch64-apple-darwin",
        npm: "darwin-arm64",
        linker: Host("macos"),
        policy: None,
        contents: &[Module, Command { npm: &["darwin-arm64"], wheel: None }],
    },
    Target {
        name: "macos-x64",
        triple: "x86_64-apple-darwin",
        npm: "darwin-x64",
        linker: Host("macos"),
        policy: None,
        contents: &[Module, Command { npm: &["darwin-x64"], wheel: None }],
    },
];

/// One line of the table: a content of a target.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) target: &'static Target,
    pub(crate) content: Content,
}

impl Row {
    /// The name for `--only`, such as `wheel-linux-x64`.
    pub(crate) fn name(self) -> String {
        format!("{}-{}", self.content.name(), self.target.name)
    }

    /// Returns whether the release has the row. Windows is released from its own compiler.
    pub(crate) fn is_released(self) -> bool {
        self.target.linker != Mingw
    }

    /// Returns whether this machine can build the row.
    pub(crate) fn is_buildable(self) -> bool {
        match self.target.linker {
            Zig(_) | Mingw => cfg!(target_os = "linux"),
            Host(system) => std::env::consts::OS == system,
        }
    }
}

/// Returns all rows.
pub(crate) fn rows() -> impl Iterator<Item = Row> {
    let of = |target: &'static Target| target.contents.iter().map(move |&content| Row { target, content });
    TARGETS.iter().flat_map(of)
}
