//! Compares the instruction count of each part of the engine with a committed table. Unlike times, the counts do not
//! depend on the load of the machine.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use console::{Alignment, pad_str, style};
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use super::baselines::build;
use xtask::paths;
use xtask::task::log;
use xtask::text::grouped;

const TABLE: &str = "tests/bench/instructions.json";
/// Runs per measurement. A second measurement has twice as many, because the difference excludes the program's start.
const TIMES: u64 = 20;
/// Allowed increase in percent. New compilers change the counts by a few percent, regressions by more.
const TOLERANCE_PERCENT: u64 = 10;

/// The committed table: the expected instructions of each part, and the allowed increase.
#[derive(Serialize, Deserialize)]
struct Table {
    architecture: String,
    tolerance_percent: u64,
    parts: Vec<Part>,
}

/// One part of the engine.
#[derive(Serialize, Deserialize)]
struct Part {
    name: String,
    instructions: u64,
}

/// Counts the instructions. Compares the counts with the table, or writes the table. Prints the reason if it cannot count.
pub(crate) fn run(write: bool) -> Result<()> {
    let known: Option<Table> = match fs::read_to_string(file()) {
        Ok(text) => Some(serde_json::from_str(&text).with_context(|| format!("invalid {TABLE}"))?),
        Err(_) => None,
    };
    if let Some(reason) = obstacle(known.as_ref().filter(|_| !write)) {
        log(&format!("{} instruction counts: skipped, {reason}", style("–").yellow()));
        return Ok(());
    }
    let counted = count()?;
    if write {
        let table = Table {
            architecture: std::env::consts::ARCH.to_owned(),
            tolerance_percent: TOLERANCE_PERCENT,
            parts: counted,
        };
        fs::write(file(), serde_json::to_string_pretty(&table)? + "\n")?;
        log(&format!("wrote {TABLE}"));
        return Ok(());
    }
    let known =
        known.with_context(|| format!("missing {TABLE}: run `cargo xtask bench --instructions --write`"))?;
    let verdicts: Vec<Verdict> = counted.iter().map(|part| Verdict::of(part, &known)).collect();
    log(&verdicts.iter().map(Verdict::line).collect::<Vec<_>>().join("\n"));
    let gone = known.parts.iter().filter(|part| counted.iter().all(|counted| counted.name != part.name));
    let gone: Vec<&str> = gone.map(|part| part.name.as_str()).collect();
    ensure!(gone.is_empty(), "unknown parts in {TABLE}: {}", gone.join(", "));
    ensure!(
        verdicts.iter().all(|verdict| verdict.met),
        "parts of the engine exceed {TABLE}: reduce their instructions, \
        or run `cargo xtask bench --instructions --write` if the increase is intended"
    );
    Ok(())
}

fn file() -> PathBuf {
    paths::root().join(TABLE)
}

/// Returns the reason why counting or comparing is impossible.
fn obstacle(known: Option<&Table>) -> Option<String> {
    let valgrind = Command::new("valgrind").arg("--version").output();
    if !valgrind.is_ok_and(|output| output.status.success()) {
        return Some("valgrind is missing".to_owned());
    }
    let architecture = &known?.architecture;
    (architecture != std::env::consts::ARCH)
        .then(|| format!("{TABLE} is for {architecture}, not {}", std::env::consts::ARCH))
}

fn count() -> Result<Vec<Part>> {
    let sources = ["crates/bimpe/src", "tests/bench/responses", "tests/bench/engine"];
    let program = build("bench engine", "bimpe-bench-engine", &sources)?;
    let names = Command::new(&program).output().context("cannot run the engine benchmarks")?;
    let names = String::from_utf8(names.stdout)?;
    let style = ProgressStyle::with_template("{spinner:.cyan} {pos}/{len} {msg} {elapsed:.dim}")?;
    let bar = ProgressBar::new(names.lines().count() as u64).with_style(style);
    let instructions = |name: &str, times: u64| -> Result<u64> {
        let mut run = Command::new("valgrind");
        run.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(&program);
        let output = run.arg(name).arg(times.to_string()).output().context("cannot run valgrind")?;
        let log = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{name}: {log}");
        collected(&log).with_context(|| format!("{name}: missing count in the output of valgrind: {log}"))
    };
    let parts = names.lines().map(|name| {
        bar.set_message(name.to_owned());
        let (once, twice) = (instructions(name, TIMES)?, instructions(name, 2 * TIMES)?);
        bar.inc(1);
        Ok(Part { name: name.to_owned(), instructions: twice.saturating_sub(once) / TIMES })
    });
    let parts: Result<Vec<Part>> = parts.collect();
    bar.finish_and_clear();
    parts
}

/// Returns the instruction count in callgrind's output.
fn collected(log: &str) -> Option<u64> {
    let line = log.lines().find_map(|line| line.split_once("Collected :"))?.1;
    line.split_whitespace().next()?.parse().ok()
}

/// The comparison of a part with the table.
struct Verdict {
    name: String,
    counted: u64,
    /// The count in the table, if the table has the part.
    known: Option<u64>,
    met: bool,
    /// Whether the part takes so much less that the table is out of date.
    better: bool,
}

impl Verdict {
    fn of(part: &Part, table: &Table) -> Self {
        let counted = part.instructions;
        let known = table.parts.iter().find(|known| known.name == part.name).map(|known| known.instructions);
        let scaled = |known: u64, percent: u64| u128::from(known) * u128::from(percent);
        let hundredfold = u128::from(counted) * 100;
        Self {
            name: part.name.clone(),
            counted,
            known,
            met: known.is_some_and(|known| hundredfold <= scaled(known, 100 + table.tolerance_percent)),
            better: known.is_some_and(|known| hundredfold < scaled(known, 100 - table.tolerance_percent)),
        }
    }

    fn line(&self) -> String {
        let mark = if self.met { style("✓").green() } else { style("✗").red() };
        let known = match self.known {
            Some(known) => format!("table {}", grouped(known)),
            None => "not in the table".to_owned(),
        };
        let hint = if self.better { "; improved: update the table with --write" } else { "" };
        let name = pad_str(&self.name, 34, Alignment::Left, None);
        format!("{mark} {name} {:>12}  ({known}{hint})", grouped(self.counted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict_for(counted: u64) -> Verdict {
        let part = |instructions| Part { name: "request".to_owned(), instructions };
        let table = Table { architecture: "any".to_owned(), tolerance_percent: 10, parts: vec![part(1000)] };
        Verdict::of(&part(counted), &table)
    }

    #[test]
    fn verdict_fails_above_the_tolerance() {
        for (counted, met, better) in [
            (1000, true, false),
            (1100, true, false),
            (1101, false, false),
            (900, true, false),
            (899, true, true),
        ] {
            let verdict = verdict_for(counted);
            assert_eq!((verdict.met, verdict.better), (met, better), "{counted}");
        }
    }

    #[test]
    fn verdict_fails_for_a_part_missing_from_the_table() {
        let new = Part { name: "new".to_owned(), instructions: 1 };
        let table = Table { architecture: "any".to_owned(), tolerance_percent: 10, parts: Vec::new() };
        assert!(!Verdict::of(&new, &table).met);
    }

    #[test]
    fn collected_reads_callgrind_output() {
        assert_eq!(collected("==1== Events    : Ir\n==1== Collected : 567234\n==1== \n"), Some(567_234));
        assert_eq!(collected("==1== nothing"), None);
    }
}
