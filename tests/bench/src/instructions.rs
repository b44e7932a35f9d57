//! How many instructions each part of the engine takes, against a committed table. Unlike times, they are the same on a
//! busy machine.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use console::{Alignment, pad_str, style};
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use xtask::paths;
use xtask::task::{Task, command, log};
use xtask::text::grouped;

const TABLE: &str = "tests/bench/instructions.json";
/// The work is done so many times, and twice as often: the difference leaves out how the program starts.
const TIMES: u64 = 20;
/// New compilers move the counts by some per cent; a mistake moves them by more.
const TOLERANCE_PERCENT: u64 = 10;

/// What is committed: a part may take so many instructions, and some per cent more.
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

/// Counts, and compares with the table or writes it anew. Where nothing can be counted, it says so.
pub(crate) fn run(write: bool) -> Result<()> {
    let known: Option<Table> = match fs::read_to_string(file()) {
        Ok(text) => Some(serde_json::from_str(&text).with_context(|| format!("{TABLE} cannot be read"))?),
        Err(_) => None,
    };
    if let Some(why) = obstacle(known.as_ref().filter(|_| !write)) {
        log(&format!("{} instruction counts: skipped, {why}", style("–").yellow()));
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
        log(&format!("{TABLE} is written"));
        return Ok(());
    }
    let known = known.with_context(|| format!("{TABLE} is missing; `--instructions --write` makes it"))?;
    let verdicts: Vec<Verdict> = counted.iter().map(|part| Verdict::of(part, &known)).collect();
    log(&verdicts.iter().map(Verdict::line).collect::<Vec<_>>().join("\n"));
    let gone = known.parts.iter().filter(|part| counted.iter().all(|counted| counted.name != part.name));
    let gone: Vec<&str> = gone.map(|part| part.name.as_str()).collect();
    ensure!(gone.is_empty(), "{TABLE} names parts that are not there: {}", gone.join(", "));
    ensure!(
        verdicts.iter().all(|classify_growth| classify_growth.met),
        "parts of the engine take more instructions than {TABLE} allows; if that is meant, \
         `cargo xtask bench --instructions --write` allows it"
    );
    Ok(())
}

fn file() -> PathBuf {
    paths::root().join(TABLE)
}

/// Why nothing can be counted here, or not be compared.
fn obstacle(known: Option<&Table>) -> Option<String> {
    let valgrind = Command::new("valgrind").arg("--version").output();
    if !valgrind.is_ok_and(|output| output.status.success()) {
        return Some("there is no valgrind".to_owned());
    }
    let architecture = &known?.architecture;
    (architecture != std::env::consts::ARCH)
        .then(|| format!("{TABLE} is for {architecture}, this is {}", std::env::consts::ARCH))
}

fn count() -> Result<Vec<Part>> {
    let program =
        paths::target().join("release").join(format!("bimpe-bench-engine{}", std::env::consts::EXE_SUFFIX));
    Task {
        name: "bench engine",
        inputs: &[
            "Cargo.toml",
            "Cargo.lock",
            "crates/bimpe/src",
            "tests/bench/answers",
            "tests/bench/engine",
        ],
        outputs: std::slice::from_ref(&program),
    }
    .run([command("cargo", &["build", "--release", "--locked", "--package", "bimpe-bench-engine"])])?;
    let names = Command::new(&program).output().context("cannot run the engine's parts")?;
    let names = String::from_utf8(names.stdout)?;
    let style = ProgressStyle::with_template("{spinner:.cyan} {pos}/{len} {msg} {elapsed:.dim}")?;
    let bar = ProgressBar::new(names.lines().count() as u64).with_style(style);
    let instructions = |name: &str, times: u64| -> Result<u64> {
        let mut run = Command::new("valgrind");
        run.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(&program);
        let output = run.arg(name).arg(times.to_string()).output().context("cannot run valgrind")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{name}: {said}");
        collected(&said).with_context(|| format!("{name}: no count in what valgrind said: {said}"))
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

/// The number in callgrind's last words.
fn collected(said: &str) -> Option<u64> {
    let line = said.lines().find_map(|line| line.split_once("Collected :"))?.1;
    line.split_whitespace().next()?.parse().ok()
}

/// What is to be said of a part.
struct Verdict {
    name: String,
    seen: u64,
    /// What the table says, if it knows the part.
    known: Option<u64>,
    met: bool,
    /// It takes so much less that the table is out of date.
    better: bool,
}

impl Verdict {
    fn of(part: &Part, table: &Table) -> Self {
        let seen = part.instructions;
        let known = table.parts.iter().find(|known| known.name == part.name).map(|known| known.instructions);
        let share = |known: u64, per_cent: u64| u128::from(known) * u128::from(per_cent);
        let hundredfold = u128::from(seen) * 100;
        Self {
            name: part.name.clone(),
            seen,
            known,
            met: known.is_some_and(|known| hundredfold <= share(known, 100 + table.tolerance_percent)),
            better: known.is_some_and(|known| hundredfold < share(known, 100 - table.tolerance_percent)),
        }
    }

    fn line(&self) -> String {
        let mark = if self.met { style("✓").green() } else { style("✗").red() };
        let known = match self.known {
            Some(known) => format!("table {}", grouped(known)),
            None => "not in the table".to_owned(),
        };
        let hint = if self.better { "; better: write the table anew" } else { "" };
        let name = pad_str(&self.name, 34, Alignment::Left, None);
        format!("{mark} {name} {:>12}  ({known}{hint})", grouped(self.seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classify_growth(seen: u64) -> Verdict {
        let part = |instructions| Part { name: "call".to_owned(), instructions };
        let table = Table { architecture: "any".to_owned(), tolerance_percent: 10, parts: vec![part(1000)] };
        Verdict::of(&part(seen), &table)
    }

    #[test]
    fn more_than_the_tolerance_is_refused() {
        for (seen, met, better) in [
            (1000, true, false),
            (1100, true, false),
            (1101, false, false),
            (900, true, false),
            (899, true, true),
        ] {
            let classify_growth = classify_growth(seen);
            assert_eq!((classify_growth.met, classify_growth.better), (met, better), "{seen}");
        }
    }

    #[test]
    fn a_part_that_the_table_does_not_know_is_refused() {
        let new = Part { name: "new".to_owned(), instructions: 1 };
        let table = Table { architecture: "any".to_owned(), tolerance_percent: 10, parts: Vec::new() };
        assert!(!Verdict::of(&new, &table).met);
    }

    #[test]
    fn the_count_is_found_in_what_is_said() {
        assert_eq!(collected("==1== Events    : Ir\n==1== Collected : 567234\n==1== \n"), Some(567_234));
        assert_eq!(collected("==1== nothing"), None);
    }
}
