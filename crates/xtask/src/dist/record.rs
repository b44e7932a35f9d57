//! The results of builds and trials, and their table in docs/platforms.md.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use xtask::paths;

use super::table::rows;
use super::trial::Trial;

const PAGE: &str = "docs/platforms.md";
const BEGIN: &str = "<!-- dist: written by `cargo xtask dist --docs` -->\n";
const END: &str = "<!-- /dist -->";

/// The last results of each row, by its name.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Record {
    rows: BTreeMap<String, Results>,
}

#[derive(Default, Serialize, Deserialize)]
struct Results {
    /// Whose compiler built it.
    toolchain: String,
    /// Name and size of each package.
    packages: Vec<(String, u64)>,
    /// Whether a second build in another folder made equal packages.
    #[serde(default)]
    is_equal: bool,
    /// The system and the result of each trial that passed.
    trials: BTreeMap<String, String>,
}

impl Record {
    /// Reads the results of earlier runs.
    fn read() -> Result<Self> {
        match fs::read_to_string(file()) {
            Ok(text) => serde_json::from_str(&text).context("the record of dist is invalid"),
            Err(_) => Ok(Self::default()),
        }
    }

    /// Notes the packages of a row. Results of trials of earlier packages are dropped.
    pub(super) fn built(row: &str, toolchain: &str, packages: &[PathBuf]) -> Result<()> {
        let mut sizes = Vec::new();
        for package in packages {
            let name = package.file_name().unwrap_or_default().to_string_lossy().into_owned();
            sizes.push((name, fs::metadata(package)?.len()));
        }
        let results = Results { toolchain: toolchain.to_owned(), packages: sizes, ..Results::default() };
        Self::change(|rows| drop(rows.insert(row.to_owned(), results)))
    }

    /// Notes that a second build of a row made equal packages.
    pub(super) fn built_twice(row: &str) -> Result<()> {
        Self::change(|rows| rows.entry(row.to_owned()).or_default().is_equal = true)
    }

    /// Notes the trials that passed, of rows that were built here.
    pub(super) fn tried(trials: &[Trial]) -> Result<()> {
        Self::change(|rows| {
            for trial in trials {
                let Some(results) = rows.get_mut(trial.row) else { continue };
                match &trial.result {
                    Ok(text) => results.trials.insert(trial.system.clone(), text.clone()),
                    Err(_) => results.trials.remove(&trial.system),
                };
            }
        })
    }

    /// Changes the results. Reads them again first, because a build lasts, and others may run beside it.
    fn change(change: impl FnOnce(&mut BTreeMap<String, Results>)) -> Result<()> {
        let mut record = Self::read()?;
        change(&mut record.rows);
        fs::create_dir_all(file().parent().context("it has a folder")?)?;
        Ok(fs::write(file(), serde_json::to_string_pretty(&record)?)?)
    }

    /// Writes the table into the page.
    pub(super) fn write_page() -> Result<()> {
        let record = Self::read()?;
        let path = paths::root().join(PAGE);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {PAGE}"))?;
        let (before, rest) = text.split_once(BEGIN).with_context(|| format!("{PAGE} lacks {BEGIN}"))?;
        let (_, after) = rest.split_once(END).with_context(|| format!("{PAGE} lacks {END}"))?;
        ensure!(!record.rows.is_empty(), "nothing was built: run `cargo xtask dist` first");
        Ok(fs::write(path, format!("{before}{BEGIN}{}{END}{after}", record.table()))?)
    }

    fn table(&self) -> String {
        let mut text = String::from("| Row | Built by | Size | Run on |\n|---|---|---|---|\n");
        for row in rows() {
            let name = row.name();
            let Some(results) = self.rows.get(&name) else {
                let place =
                    if row.is_buildable() { "not in the last run" } else { "the release workflow only" };
                let _ = writeln!(text, "| `{name}` | {place} | | |");
                continue;
            };
            let size = results.packages.first().map_or(0, |(_, size)| *size);
            let trials: Vec<String> =
                results.trials.iter().map(|(system, result)| format!("{system} ({result})")).collect();
            let trials = if trials.is_empty() { "not run".to_owned() } else { trials.join("; ") };
            #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
            let size = size as f64 / 1e6;
            let builder = &results.toolchain;
            let equal = if results.is_equal { ", a second build is equal" } else { "" };
            let _ = writeln!(text, "| `{name}` | {builder}{equal} | {size:.2} MB | {trials} |");
        }
        text
    }
}

fn file() -> PathBuf {
    paths::target().join("dist-try/record.json")
}
