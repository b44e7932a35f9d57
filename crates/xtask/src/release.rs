//! `cargo xtask release --dry-run`: checks the versions, and shows what the release workflow would publish.

use std::fs;

use anyhow::{Context, Result, bail, ensure};
use regex_lite::Regex;
use serde_json::Value;

use xtask::paths;
use xtask::task::{command, log};

use crate::dist::table::{Content, rows};
use crate::semver;

/// Files with the version, and the text around it. All must have that of the workspace.
const PLACES: [(&str, &str); 9] = [
    ("Cargo.toml", r#"\nversion = "([^"]+)""#),
    ("Cargo.toml", r#"\nbimpe = \{ path = "crates/bimpe", version = "([^"]+)""#),
    ("Cargo.toml", r#"\nbimpe-mcp = .*version = "([^"]+)""#),
    ("Cargo.toml", r#"\nbimpe-plan = .*version = "([^"]+)""#),
    ("Cargo.toml", r#"\nbimpe-sandbox = .*version = "([^"]+)""#),
    ("node/package.json", r#"\n  "version": "([^"]+)""#),
    ("node/package.json", r#""peerDependencies": \{\s*"bimpe-cli": "([^"]+)""#),
    ("crates/bimpe-cli/package.json", r#"\n  "version": "([^"]+)""#),
    ("python/pyproject.toml", r#""bimpe-cli==([^"]+)""#),
];

/// Options of the task.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Publish nothing. Required, because only the release workflow publishes
    #[arg(long)]
    dry_run: bool,
    /// The tag of the release. Fails if it does not fit the version
    #[arg(long)]
    tag: Option<String>,
    /// Fail on an unannounced break of the Rust API since this commit. Defaults to the last release
    #[arg(long, value_name = "COMMIT", num_args = 0..=1, default_missing_value = "")]
    semver: Option<String>,
}

/// Checks the versions and shows the parts of the release.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    ensure!(
        arguments.dry_run,
        "only the release workflow publishes: add `--dry-run`, or push the tag v{version}"
    );
    check_versions(version)?;
    log(&format!("version    {version}, the same in {} places", PLACES.len()));
    log(&format!("tag        v{version}"));
    if let Some(tag) = &arguments.tag {
        ensure!(*tag == format!("v{version}"), "the tag is {tag}, but the version is {version}");
    }
    let (heading, lines) = changes(version)?;
    log(&format!("changelog  {heading}: {lines} lines"));
    if arguments.tag.is_some() {
        ensure!(heading.starts_with(version), "CHANGELOG.md has no section [{version}]");
    }
    let crates = crates()?;
    if let Some(commit) = &arguments.semver {
        let libraries = crates.iter().filter(|published| published.has_library);
        semver::check(commit, version, &libraries.map(|library| library.name.clone()).collect::<Vec<_>>())?;
    }
    for Crate { name, .. } in crates {
        log(&format!("crates     {name} {version}"));
    }
    for name in wheels(version) {
        log(&format!("PyPI       {name}"));
    }
    for name in tarballs()? {
        log(&format!("npm        {name}@{version}"));
    }
    Ok(())
}

/// Checks that all places have this version.
pub(crate) fn check_versions(version: &str) -> Result<()> {
    for (file, pattern) in PLACES {
        let text =
            fs::read_to_string(paths::root().join(file)).with_context(|| format!("cannot read {file}"))?;
        let found = Regex::new(pattern)?.captures(&text).and_then(|found| found.get(1));
        let found = found.with_context(|| format!("{file} has no version like {pattern}"))?.as_str();
        ensure!(found == version, "{file} has the version {found}, and the workspace {version}");
    }
    Ok(())
}

/// Returns the heading of the changes of the version, or of the unreleased ones, and the number of their lines.
fn changes(version: &str) -> Result<(String, usize)> {
    let text = fs::read_to_string(paths::root().join("CHANGELOG.md"))?;
    for heading in [version, "Unreleased"] {
        let Some(section) = text.split("\n## [").find(|section| section.starts_with(heading)) else {
            continue;
        };
        let lines = section.lines().skip(1).filter(|line| !line.is_empty()).count();
        ensure!(lines > 0, "the section [{heading}] of CHANGELOG.md is empty");
        return Ok((section.lines().next().unwrap_or_default().replace(']', ""), lines));
    }
    bail!("CHANGELOG.md has no section [{version}] and none [Unreleased]")
}

/// A crate that is published.
struct Crate {
    name: String,
    has_library: bool,
}

fn crates() -> Result<Vec<Crate>> {
    let output =
        command("cargo", &["metadata", "--no-deps", "--locked", "--format-version", "1"]).output()?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().context("cargo metadata names no packages")?;
    let published = packages.iter().filter(|package| package["publish"].is_null());
    let of = |package: &Value| {
        let targets = package["targets"].as_array().map_or(&[][..], Vec::as_slice);
        let has_library = targets.iter().any(|target| target["kind"][0] == "lib");
        Some(Crate { name: package["name"].as_str()?.to_owned(), has_library })
    };
    Ok(published.filter_map(of).collect())
}

/// Returns the wheels of the rows whose machines the release workflow has.
fn wheels(version: &str) -> Vec<String> {
    let wheels = rows().filter(|row| row.is_released()).filter_map(|row| match row.content {
        Content::Wheel => Some(format!("bimpe {version}, abi3, {}", row.target.triple)),
        Content::FreeThreadedWheel => Some(format!("bimpe {version}, cp314t, {}", row.target.triple)),
        Content::Command { .. } => Some(format!("bimpe-cli {version}, {}", row.target.triple)),
        Content::Module => None,
    });
    wheels.collect()
}

/// Returns the npm packages. The packages of the platforms come first, because the others require them.
fn tarballs() -> Result<Vec<String>> {
    let released: Vec<_> = rows().filter(|row| row.is_released()).collect();
    let built = |kind: &str, platform: &str| {
        released.iter().any(|row| match row.content {
            Content::Module => kind == "native" && row.target.npm == platform,
            Content::Command { npm, .. } => kind == "cli" && npm.contains(&platform),
            _ => false,
        })
    };
    let text = fs::read_to_string(paths::root().join("node/scripts/platforms.json"))?;
    let platforms: Vec<String> = serde_json::from_str(&text)?;
    let mut names = Vec::new();
    for kind in ["native", "cli"] {
        for platform in &platforms {
            ensure!(built(kind, platform), "no row of dist builds bimpe-{kind}-{platform}");
            names.push(format!("bimpe-{kind}-{platform}"));
        }
    }
    names.extend(["bimpe".to_owned(), "bimpe-cli".to_owned()]);
    Ok(names)
}
