//! The list of crates in an npm package with compiled code, as maturin writes it into wheels.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use xtask::cargo_tools;
use xtask::task::{Task, command};

use super::sources;
use super::toolchain::{build_folder, tool};

/// The version that maturin has.
const VERSION: &str = "0.5.9";

/// Writes the `CycloneDX` document of the crate in a folder for a target of rustc. Returns its path.
pub(super) fn write(folder: &str, triple: &str) -> Result<PathBuf> {
    let program = cargo_tools::program("cargo-cyclonedx", VERSION, &[])?;
    // The program writes a document beside every manifest of the workspace.
    let copy = build_folder().join("sbom");
    sources::copy(&copy)?;
    let manifest = copy.join(folder).join("Cargo.toml");
    let options = ["cyclonedx", "--quiet", "--format", "json", "--spec-version", "1.5", "--target", triple];
    let mut generate = command(program, &options);
    generate.args(["--override-filename", "sbom", "--manifest-path"]).arg(&manifest);
    Task { name: "dist sbom", inputs: &[], outputs: &[] }.run([generate])?;

    let target = build_folder().join("sboms").join(triple);
    fs::create_dir_all(&target)?;
    let package = fs::read_to_string(&manifest)?;
    let name = package.lines().find_map(|line| line.strip_prefix("name = ")).context("a crate has a name")?;
    let target = target.join(format!("{}.cyclonedx.json", name.trim_matches('"')));
    let mut neutral = command(tool("python"), &["crates/xtask/dist/neutral_sbom.py"]);
    let output = neutral.arg(manifest.with_file_name("sbom.json")).arg(&target).arg(&copy).output()?;
    ensure!(output.status.success(), "neutral_sbom.py: {}", String::from_utf8_lossy(&output.stderr));
    Ok(target)
}
