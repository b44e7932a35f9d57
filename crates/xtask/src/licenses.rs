//! The license texts of the crates that the packages link.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Result, ensure};

use xtask::cargo_tools;
use xtask::paths;
use xtask::task::{Task, command};

/// Crates with the folder of their package, which has the file.
const PACKAGES: [(&str, &str, &str); 3] = [
    ("bimpe-python", "bindings/python", "python"),
    ("bimpe-node", "bindings/node", "node"),
    ("bimpe-cli", "crates/bimpe-cli", "crates/bimpe-cli"),
];

const FILE: &str = "THIRD_PARTY_LICENSES.txt";
const VERSION: &str = "0.9.3";

/// Writes the files. Installs cargo-about first, which takes some minutes.
pub(crate) fn write() -> Result<()> {
    let about = cargo_tools::program("cargo-about", VERSION, &["cli"])?;
    for (name, manifest, folder) in PACKAGES {
        let file = paths::root().join(folder).join(FILE);
        let manifest = format!("{manifest}/Cargo.toml");
        let options = ["generate", "--config", "crates/xtask/dist/about.toml", "--manifest-path", &manifest];
        let mut generate = command(&about, &options);
        // From local files only, so that the result does not depend on a server.
        generate.args(["--offline", "crates/xtask/dist/licenses.hbs", "--output-file"]).arg(&file);
        Task { name: &format!("licenses of {name}"), inputs: &[], outputs: &[file] }.run([generate])?;
    }
    Ok(())
}

/// Checks that the files name exactly the linked crates, without cargo-about.
pub(crate) fn check() -> Result<()> {
    for (name, _, folder) in PACKAGES {
        let file: PathBuf = [folder, FILE].iter().collect();
        let text = fs::read_to_string(paths::root().join(&file))?;
        let listed: BTreeSet<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("- ")?.split(',').next())
            .filter(is_foreign)
            .collect();
        let options = ["tree", "--locked", "--edges", "normal", "--target", "all", "--prefix", "none"];
        let tree = command("cargo", &options).args(["--format", "{p}", "--package", name]).output()?;
        ensure!(tree.status.success(), "cargo tree: {}", String::from_utf8_lossy(&tree.stderr));
        let tree = String::from_utf8(tree.stdout)?.replace(" v", " ");
        let linked: BTreeSet<&str> =
            tree.lines().map(|line| line.split(" (").next().unwrap_or(line)).filter(is_foreign).collect();
        let (new, old): (Vec<_>, Vec<_>) =
            (linked.difference(&listed).collect(), listed.difference(&linked).collect());
        ensure!(
            new.is_empty() && old.is_empty(),
            "{} lacks {new:?} and has {old:?} in excess: run `cargo xtask licenses`",
            file.display()
        );
    }
    Ok(())
}

/// Returns whether a line `name version` is of another project.
fn is_foreign(line: &&str) -> bool {
    !line.starts_with("bimpe") && !line.is_empty()
}
