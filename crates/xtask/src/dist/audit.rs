//! Checks of built packages.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use xtask::builder_paths;
use xtask::paths::{self, npm};
use xtask::task::command;

use super::toolchain::tool;

/// The files of every npm package.
const COMMON: [&str; 4] = ["LICENSE", "README.md", "THIRD_PARTY_LICENSES.txt", "package.json"];

/// Checks a wheel, a tarball or a binary.
pub(super) fn check(file: &Path) -> Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut scan = command(tool("python"), &["crates/xtask/dist/scan.py"]);
    scan.arg(file).args(builder_paths::folders());
    quiet("the members", &mut scan)?;
    match file.extension().and_then(|end| end.to_str()) {
        Some("whl") => wheel(file, &name),
        Some("tgz") => tarball(file, &name),
        _ => Ok(()),
    }
}

fn wheel(file: &Path, name: &str) -> Result<()> {
    if name.contains("-manylinux") && !name.contains("musllinux") {
        let mut audit = command(tool("auditwheel"), &["show"]);
        let report = quiet("auditwheel", audit.arg(file))?;
        let tag = name.trim_end_matches(".whl").rsplit('-').next().unwrap_or_default();
        // The tag has the old name too: manylinux2014_x86_64.manylinux_2_17_x86_64.
        let policy = tag.split('.').find(|part| part.starts_with("manylinux_")).unwrap_or(tag);
        let report = report.replace('\n', " ");
        ensure!(report.contains(&format!("\"{policy}\"")), "{name}: auditwheel says: {report}");
    }
    if name.contains("-abi3-") {
        let mut audit = command(tool("abi3audit"), &["--strict"]);
        quiet("abi3audit", audit.arg(file))?;
    }
    Ok(())
}

fn tarball(file: &Path, name: &str) -> Result<()> {
    let listed = quiet("npm pack", command(npm(), &["pack", "--dry-run", "--json"]).arg(file))?;
    let listed: Value = serde_json::from_str(&listed).context("npm pack wrote no JSON")?;
    let files = listed[0]["files"].as_array().context("npm pack names no files")?;
    let mut others: Vec<&str> = files.iter().filter_map(|file| file["path"].as_str()).collect();
    others.retain(|path| !COMMON.contains(path));
    let version = env!("CARGO_PKG_VERSION");
    let node = paths::root().join("node");
    let package = name.trim_end_matches(&format!("-{version}.tgz"));
    let expected = |path: &str| match package {
        "bimpe" => path.starts_with("dist/") || path == "bimpe-wasm.cyclonedx.json",
        "bimpe-cli" => path.starts_with("npm/") || path == "bimpe.schema.json",
        _ if package.starts_with("bimpe-native-") => {
            let module = format!("bimpe.{}.node", package.trim_start_matches("bimpe-native-"));
            path == module || path == "bimpe-node.cyclonedx.json"
        }
        _ => ["bimpe", "bimpe.exe", "bimpe-cli.cyclonedx.json"].contains(&path),
    };
    let strangers: Vec<&&str> = others.iter().filter(|path| !expected(path)).collect();
    ensure!(strangers.is_empty(), "{name} has the unexpected files {strangers:?}");
    ensure!(!others.is_empty(), "{name} has only the files of every package");
    if package == "bimpe" || package == "bimpe-cli" {
        let bin = node.join("node_modules/.bin");
        quiet("publint", command(bin.join("publint"), &["--strict"]).arg(file))?;
    }
    if package == "bimpe" {
        let bin = node.join("node_modules/.bin");
        quiet("attw", command(bin.join("attw"), &["--quiet"]).arg(file))?;
    }
    Ok(())
}

/// Runs a command and returns its output, which the error has too.
fn quiet(name: &str, command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot run {name}"))?;
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{name}: {out}{errors}");
    Ok(out.into_owned())
}
