//! `bimpe apply`: shows the plan, asks, and carries it out.

use std::fs;
use std::path::{Path, PathBuf};

use bimpe_plan::{Document, Outcome, Plan};
use clap::Args;
use serde_json::json;
use tokio::task::spawn_blocking;

use super::many::{Interrupts, Many, ReportOptions, SelectionOptions};
use super::{FileOptions, headline, read, refuse_many, show, to_json};
use crate::failure::{Exit, Failure};
use crate::globals::Globals;
use crate::note::{note, printable};
use crate::output::{self, line};
use crate::{prompt, runtime};

#[derive(Args, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    files: FileOptions,

    /// Carry out a plan of `bimpe plan --out`, and nothing else
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "prune", "selection"])]
    plan: Option<PathBuf>,

    /// Delete what the files do not name
    #[arg(long)]
    prune: bool,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    selection: SelectionOptions,

    #[command(flatten)]
    report: ReportOptions,
}

/// Carries out the changes. Exit code 3: a person must finish a connection.
pub(crate) fn run(options: Options, globals: &Globals) -> Result<(), Failure> {
    if !options.selection.is_given() {
        return runtime::block_on(one(options, globals));
    }
    let interrupts = Interrupts::default();
    let many = async {
        let document = options.files.read()?;
        let many = Many::new(document, &options.selection, options.prune, globals).await?;
        many.apply(options.yes, &options.report, &interrupts).await
    };
    runtime::block_on_unless(|| interrupts.handle(), many)
}

/// Applies files that name their agents.
async fn one(options: Options, globals: &Globals) -> Result<(), Failure> {
    let saved = options.plan.as_deref().map(load).transpose()?;
    let document = match &saved {
        Some(plan) => {
            let paths: Vec<PathBuf> = plan.files.iter().map(|file| PathBuf::from(&file.path)).collect();
            read(&paths, options.files.allow_commands)?
        }
        None => options.files.read()?,
    };
    refuse_many(&document)?;
    let session = globals.paced().connect().await?;
    let plan = match saved {
        Some(plan) => plan,
        None => bimpe_plan::plan(&session.client, &document, options.prune).await?,
    };
    if !globals.json {
        show(&plan, false)?;
    }
    if !plan.is_empty() && !options.yes {
        // Another thread waits, so that Ctrl-C ends the command.
        let asked = spawn_blocking(|| prompt::confirm("Apply these changes?", "yes")).await;
        asked.map_err(|error| Failure::error(error.to_string()))??;
    }
    let outcome = carry_out(&session.client, &document, &plan, globals.json).await;
    report(outcome, globals.json)
}

fn load(path: &Path) -> Result<Plan, Failure> {
    let invalid =
        |reason: String| Failure::usage(format!("cannot read the plan `{}`: {reason}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| invalid(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))
}

async fn carry_out(client: &bimpe::Client, document: &Document, plan: &Plan, quiet: bool) -> Outcome {
    let on_change = |change: &bimpe_plan::Change| {
        if !quiet {
            note(&format!("done: {}", headline(change)));
        }
    };
    bimpe_plan::apply(client, document, plan, &on_change).await
}

/// Writes what was done, what waits for a person, and what is left.
fn report(outcome: Outcome, as_json: bool) -> Result<(), Failure> {
    let Outcome { done, pending, left, error } = outcome;
    if as_json {
        let error = error.as_ref().map(ToString::to_string);
        let (done, pending, left) = (to_json(&done)?, to_json(&pending)?, to_json(&left)?);
        output::json(&json!({ "done": done, "pending": pending, "left": left, "error": error }))?;
    } else {
        for pending in &pending {
            line(&printable(&format!("{} pending: open {}", pending.address, pending.url)))?;
        }
        line(&format!("{} done, {} pending, {} left.", done.len(), pending.len(), left.len()))?;
        for change in &left {
            note(&format!("left: {}", headline(change)));
        }
    }
    match error {
        Some(error) => Err(error.into()),
        None if pending.is_empty() => Ok(()),
        None => Err(Failure::reported(Exit::Pending)),
    }
}
