//! Trials of native modules for Node, and of the command.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use xtask::paths::{self, npm};
use xtask::processes::Sandbox;
use xtask::task::command;

use super::{empty, folder, last_line, node_summary, package, roots, run_task, text, unpack};

/// Files of the suite that start no process of their own but the sandbox.
const FILES: [&str; 6] = ["client", "errors", "headers", "pages", "request", "streams"];

const SMOKE: &str = "crates/xtask/dist/smoke.cjs";

/// Runs the module on each Node of the npm registry.
pub(super) fn linux_x64(sandbox: &Sandbox) -> Vec<(String, Result<String>)> {
    let try_version = |version: &&str| {
        let run = || {
            let node = roots::node("linux-x64", version)?;
            on_node(sandbox, "linux-x64-gnu", || Ok(command(&node, &[""; 0])), text)
        };
        (format!("Node {version}"), run())
    };
    roots::linux_x64_versions().iter().map(try_version).collect()
}

/// Runs the module under qemu.
pub(super) fn linux_arm64(sandbox: &Sandbox) -> Vec<(String, Result<String>)> {
    let try_version = |version: &str| {
        let run = || {
            let (root, node) = (roots::arm64()?, roots::node("linux-arm64", version)?);
            let start = || {
                let mut qemu = roots::qemu(&root, &[])?;
                qemu.arg(&node);
                Ok(qemu)
            };
            on_node(sandbox, "linux-arm64-gnu", start, text)
        };
        (format!("Debian 12, Node {version}, qemu-user"), run())
    };
    ["22.23.5", "24.22.3", "26.12.1"].map(try_version).into()
}

/// Runs the module on a Node for musl.
pub(super) fn musl_x64(sandbox: &Sandbox) -> Vec<(String, Result<String>)> {
    let run = || {
        let (loader, node) = (roots::musl()?, roots::musl_node()?);
        let start = || {
            let mut musl = command(&loader, &[""; 0]);
            musl.arg(&node);
            Ok(musl)
        };
        on_node(sandbox, "linux-x64-musl", start, text)
    };
    vec![("musl 1.2.5, Node 24.19.0".to_owned(), run())]
}

/// Runs the module under Wine.
pub(super) fn windows_x64(sandbox: &Sandbox) -> Vec<(String, Result<String>)> {
    let run = || {
        let node = roots::node("win-x64", "22.23.3")?;
        let start = || {
            let mut wine = roots::wine()?;
            wine.arg(roots::wine_path(&node)?);
            Ok(wine)
        };
        on_node(sandbox, "win32-x64", start, |path| format!("Z:{}", path.display()))
    };
    vec![("Wine 8, Node 22.23.3".to_owned(), run())]
}

/// Runs the command of musl on this machine, whose C library is another one.
pub(super) fn command_musl_x64(sandbox: &Sandbox) -> Vec<(String, Result<String>)> {
    let run = || {
        let binary = super::super::build::folder().join("bimpe-musl-x64");
        on_binary(sandbox, || Ok(command(&binary, &[""; 0])))
    };
    vec![("this machine".to_owned(), run())]
}

/// Runs the command of musl under qemu. It needs no files of the system.
pub(super) fn command_musl_arm64(sandbox: &Sandbox) -> Vec<(String, Result<String>)> {
    let run = || {
        let binary = super::super::build::folder().join("bimpe-musl-arm64");
        let start = || {
            let mut qemu = roots::qemu(&folder(), &[])?;
            qemu.arg(&binary);
            Ok(qemu)
        };
        on_binary(sandbox, start)
    };
    vec![("qemu-user".to_owned(), run())]
}

/// Runs the command of Windows under Wine.
pub(super) fn command_windows_x64(sandbox: &Sandbox) -> Vec<(String, Result<String>)> {
    let run = || {
        let binary = super::super::build::folder().join("bimpe-windows-x64.exe");
        let start = || {
            let mut wine = roots::wine()?;
            wine.arg(&binary);
            Ok(wine)
        };
        on_binary(sandbox, start)
    };
    vec![("Wine 8".to_owned(), run())]
}

/// Installs the packages of the library and of a platform, and runs the program and the chosen files of the suite.
fn on_node(
    sandbox: &Sandbox,
    platform: &str,
    start: impl Fn() -> Result<Command>,
    path: impl Fn(PathBuf) -> String,
) -> Result<String> {
    let modules = empty(&format!("module-{platform}"))?.join("node_modules");
    let library = modules.join("bimpe");
    let version = env!("CARGO_PKG_VERSION");
    unpack(&package("bimpe-0", ".tgz")?, &library)?;
    let native = modules.join(format!("bimpe-native-{platform}"));
    unpack(&package(&format!("bimpe-native-{platform}-{version}"), ".tgz")?, &native)?;
    let smoke = paths::root().join(SMOKE);
    last_line(sandbox, start()?.arg(path(smoke)).env("BIMPE_PACKAGE", path(library)))?;

    let tests = paths::root().join("node/.build");
    if !tests.exists() {
        run_task(
            "Node tests",
            &mut command(npm(), &["exec", "--prefix", "node", "--", "tsc", "-p", "node/test"]),
        )?;
    }
    let mut counts = Vec::new();
    for file in FILES {
        let mut node = start()?;
        node.arg(path(tests.join(format!("{file}.test.js"))));
        node.env("BIMPE_NATIVE_PATH", path(native.join(format!("bimpe.{platform}.node"))));
        counts
            .push(node_summary(sandbox, node.env("NODE_NO_WARNINGS", "1")).with_context(|| file.to_owned())?);
    }
    let sum: u32 = counts.iter().sum();
    Ok(format!("{sum} tests pass"))
}

/// Runs the version, and a request to the sandbox.
fn on_binary(sandbox: &Sandbox, start: impl Fn() -> Result<Command>) -> Result<String> {
    last_line(sandbox, start()?.args(["agents", "list", "--json"]))?;
    last_line(sandbox, start()?.arg("--version"))
}
