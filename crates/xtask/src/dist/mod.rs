//! `cargo xtask dist`: the packages for all platforms, in `target/dist`.

mod audit;
mod build;
mod compare;
mod record;
mod sbom;
mod sources;
pub(crate) mod table;
mod toolchain;
mod trial;

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, ensure};

use xtask::task::log;

use record::Record;
use table::{Row, rows};

/// Options of the task.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only the rows whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// Build each row a second time, in another folder, and compare the packages
    #[arg(long)]
    compare: bool,
    /// Run built packages instead, on the systems that this machine has or emulates
    #[arg(long = "try")]
    try_: bool,
    /// Write the last results into docs/platforms.md
    #[arg(long)]
    docs: bool,
}

/// Builds and checks the packages, or runs them.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    fs::create_dir_all(build::folder())?;
    let fits = |name: &str| arguments.only.as_deref().is_none_or(|only| name.contains(only));
    if arguments.try_ {
        toolchain::tools()?;
        let trials = trial::run(&fits)?;
        Record::tried(&trials)?;
        let failed = trials.iter().filter(|trial| trial.result.is_err()).count();
        ensure!(failed == 0, "{failed} of {} trials failed", trials.len());
    } else if !arguments.docs {
        build_rows(&fits, arguments.compare)?;
    }
    if arguments.docs { Record::write_page() } else { Ok(()) }
}

fn build_rows(fits: &dyn Fn(&str) -> bool, compare: bool) -> Result<()> {
    let rows: Vec<Row> = rows().filter(|row| fits(&row.name())).collect();
    let (here, elsewhere): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.is_buildable());
    let with_javascript = fits("npm");
    ensure!(with_javascript || !here.is_empty(), "no row that this machine can build has that name");
    if with_javascript {
        check(&build::javascript()?)?;
    }
    for row in here {
        let (toolchain, packages) = build::build(row)?;
        check(&packages)?;
        Record::built(&row.name(), toolchain, &packages)?;
        if compare {
            compare::with_second_build(row, &packages)?;
            Record::built_twice(&row.name())?;
        }
    }
    if compare {
        compare::remove()?;
    }
    for row in elsewhere {
        log(&format!("{} needs another machine: see the release workflow", row.name()));
    }
    Ok(())
}

/// Checks the packages, and logs their sizes.
fn check(packages: &[PathBuf]) -> Result<()> {
    for package in packages {
        audit::check(package)?;
        log(&format!("{:>9} {}", fs::metadata(package)?.len(), package.display()));
    }
    Ok(())
}
