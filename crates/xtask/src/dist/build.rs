//! Builds the packages of a row.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use anyhow::{Context, Result, ensure};

use xtask::paths::{self, npm};
use xtask::setup;
use xtask::system;
use xtask::task::{Task, command};
use xtask::wasm;

use super::sbom;
use super::table::{Content, Linker, Row, Target};
use super::toolchain::{Toolchain, build_folder, tool, tools};

/// The headers with the names that a native module imports from Node.
const NODE_HEADERS: &str = "node-api-headers@1.9.0";

/// The libraries of musl are part of the system.
const DYNAMIC: &str = "-C target-feature=-crt-static";
/// Zig has the start files that this flag keeps out.
const STATIC: &str = "-C link-self-contained=no";

/// Builds the packages of the row into `target/dist`. Returns the name of the toolchain and the packages.
pub(super) fn build(row: Row) -> Result<(&'static str, Vec<PathBuf>)> {
    let target = row.target;
    let toolchain = Toolchain::find(target)?;
    let builder = Builder { row, target, toolchain: &toolchain };
    let packages = match row.content {
        Content::Wheel => builder.wheel("python", &[], None)?,
        Content::FreeThreadedWheel => builder.wheel("python", &["--interpreter", "python3.14t"], None)?,
        Content::Module => {
            let file = builder.module()?;
            vec![pack("native", target.npm, &file, &sbom::write("bindings/node", target.triple)?)?]
        }
        Content::Command { npm, wheel } => {
            let file = builder.command()?;
            let sbom = sbom::write("crates/bimpe-cli", target.triple)?;
            let tarballs = npm.iter().map(|name| pack("cli", name, &file, &sbom));
            let mut packages = tarballs.collect::<Result<Vec<_>>>()?;
            packages.extend(builder.wheel("crates/bimpe-cli", &[], wheel)?);
            let name =
                format!("bimpe-{}{}", target.name, if target.npm.starts_with("win32") { ".exe" } else { "" });
            let copy = folder().join(name);
            fs::copy(&file, &copy)?;
            packages.push(copy);
            packages
        }
    };
    Ok((toolchain.name(), packages))
}

/// Packs the JavaScript packages, and returns them.
pub(super) fn javascript() -> Result<Vec<PathBuf>> {
    setup::tools()?;
    tools()?;
    wasm::build_released(&wasm::folder())?;
    let outputs = ["bimpe", "bimpe-cli"].map(tarball);
    let mut pack = command("node", &["node/scripts/pack-one.mjs"]);
    pack.arg(folder()).arg(sbom::write("bindings/wasm", wasm::TARGET)?);
    let build = command(npm(), &["run", "--silent", "build:ts", "--prefix", "node"]);
    Task { name: "dist npm", inputs: &[], outputs: &outputs }.run([build, pack])?;
    Ok(outputs.into())
}

/// Returns the folder of all packages.
pub(super) fn folder() -> PathBuf {
    paths::target().join("dist")
}

fn tarball(name: &str) -> PathBuf {
    folder().join(format!("{name}-{}.tgz", env!("CARGO_PKG_VERSION")))
}

struct Builder<'a> {
    row: Row,
    target: &'a Target,
    toolchain: &'a Toolchain,
}

impl Builder<'_> {
    /// Builds the wheel of the project in a folder. `tags` replaces the platform of its name.
    fn wheel(&self, project: &str, options: &[&str], tags: Option<&str>) -> Result<Vec<PathBuf>> {
        let out = build_folder().join("wheels").join(self.row.name());
        if out.exists() {
            fs::remove_dir_all(&out)?;
        }
        let mut build =
            self.cargo(tool("maturin"), &["build", "--release", "--locked", "--target", self.target.triple]);
        build.arg("--out").arg(&out).args(options).current_dir(paths::root().join(project));
        if matches!(self.target.linker, Linker::Zig(_)) {
            build.arg("--zig");
        }
        if let Some(policy) = self.target.policy {
            build.args(["--compatibility", policy]);
        }
        self.run("wheel", [build])?;
        let found = paths::matching(&out.join("*.whl"));
        let [wheel] = &found[..] else { anyhow::bail!("expected one wheel, found {found:?}") };
        let mut finish = command(tool("python"), &["crates/xtask/dist/finish_wheel.py"]);
        finish.arg(wheel).arg(folder()).arg(paths::root()).args(tags);
        let output = finish.output().context("cannot run Python")?;
        ensure!(output.status.success(), "finish_wheel.py: {}", String::from_utf8_lossy(&output.stderr));
        Ok(vec![String::from_utf8(output.stdout)?.trim().into()])
    }

    /// Builds the native module for Node.
    fn module(&self) -> Result<PathBuf> {
        let mut build = self.cargo_build("bimpe-node");
        if self.target.linker == Linker::Mingw {
            build.env("LIBNODE_PATH", node_import_library()?);
        }
        self.run("module", [build])?;
        let file = match self.target.npm.split('-').next() {
            Some("darwin") => "libbimpe_node.dylib",
            Some("win32") => "bimpe_node.dll",
            _ => "libbimpe_node.so",
        };
        self.built(file)
    }

    /// Builds the command.
    fn command(&self) -> Result<PathBuf> {
        let mut build = self.cargo_build("bimpe-cli");
        build.args(["--bin", "bimpe"]);
        self.run("command", [build])?;
        self.built(if self.target.npm.starts_with("win32") { "bimpe.exe" } else { "bimpe" })
    }

    fn cargo_build(&self, package: &str) -> Process {
        let (program, action, triple) = match self.target.linker {
            Linker::Zig("") => (tool("cargo-zigbuild"), "zigbuild", self.target.triple.to_owned()),
            Linker::Zig(glibc) => {
                (tool("cargo-zigbuild"), "zigbuild", format!("{}.{glibc}", self.target.triple))
            }
            Linker::Mingw | Linker::Host(_) => ("cargo".into(), "build", self.target.triple.to_owned()),
        };
        let mut cargo = self
            .cargo(program, &[action, "--release", "--locked", "--package", package, "--target", &triple]);
        // The linker of wheels, otherwise cargo compiles all crates again.
        cargo.env("CARGO_BIN_EXE_cargo-zigbuild", tool("maturin"));
        cargo
    }

    fn cargo(&self, program: PathBuf, arguments: &[&str]) -> Process {
        let flags = match (self.target.linker, self.row.content) {
            (Linker::Zig(""), Content::Command { .. }) => STATIC,
            (Linker::Zig(""), _) => DYNAMIC,
            _ => "",
        };
        self.toolchain.command(self.target, program, arguments, flags)
    }

    fn built(&self, file: &str) -> Result<PathBuf> {
        let path = self.toolchain.output().join(self.target.triple).join("release").join(file);
        ensure!(path.exists(), "cargo did not build {}", path.display());
        Ok(path)
    }

    fn run(&self, part: &str, commands: impl IntoIterator<Item = Process>) -> Result<()> {
        let name = format!("dist {} of {}", part, self.row.name());
        Task { name: &name, inputs: &[], outputs: &[] }.run(commands)
    }
}

/// Packs a file as the npm package of a platform.
fn pack(kind: &str, platform: &str, file: &Path, sbom: &Path) -> Result<PathBuf> {
    let tarball = tarball(&format!("bimpe-{kind}-{platform}"));
    let mut pack = command("node", &["node/scripts/pack-one.mjs"]);
    pack.arg(folder()).arg(sbom).args([kind, platform]).arg(file);
    Task { name: &format!("dist {kind} {platform}"), inputs: &[], outputs: std::slice::from_ref(&tarball) }
        .run([pack])?;
    Ok(tarball)
}

/// Creates the import library of `node.exe` for GNU linkers, and returns its folder.
fn node_import_library() -> Result<PathBuf> {
    let folder = build_folder().join("node-import-library");
    let library = folder.join("libnode.dll.a");
    if library.exists() {
        return Ok(folder);
    }
    fs::create_dir_all(&folder)?;
    let mut install = command(npm(), &["install", "--no-save", "--no-audit", "--no-fund", "--prefix"]);
    install.arg(&folder).arg(NODE_HEADERS);
    Task { name: "dist headers of Node", inputs: &[], outputs: &[] }.run([install])?;
    let mut names = Vec::new();
    for entry in folder.join("node_modules/node-api-headers/def").read_dir()? {
        let text = fs::read_to_string(entry?.path())?;
        let found = text.lines().map(str::trim).filter(|line| {
            (line.starts_with("napi_") || line.starts_with("node_api_")) && !line.contains(' ')
        });
        names.extend(found.map(str::to_owned));
    }
    names.sort();
    names.dedup();
    ensure!(!names.is_empty(), "{NODE_HEADERS} names no function");
    let definition = folder.join("node.def");
    fs::write(&definition, format!("LIBRARY node.exe\nEXPORTS\n{}\n", names.join("\n")))?;
    let mut tool =
        command(system::program("x86_64-w64-mingw32-dlltool", "binutils-mingw-w64-x86-64")?, &["-d"]);
    tool.arg(&definition).arg("-l").arg(&library);
    Task { name: "dist import library of Node", inputs: &[], outputs: &[library] }.run([tool])?;
    // The build script of napi only looks whether the library exists.
    fs::write(folder.join("libnode.dll"), "")?;
    Ok(folder)
}
