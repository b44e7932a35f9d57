//! Agents as code: `plan`, `apply`, `export` and `schema`.

mod apply;
mod many;
mod progress;

use std::fs;
use std::path::PathBuf;

use bimpe_plan::{Change, Document, Files, Plan};
use clap::Args;
use console::style;
use serde_json::Value;

pub(crate) use apply::{Options as ApplyOptions, run as apply};
use many::{Many, SelectionOptions};

use crate::failure::{Exit, Failure};
use crate::globals::Globals;
use crate::note::printable;
use crate::output::{self, line};

/// The files to read.
#[derive(Args, Debug)]
pub(crate) struct FileOptions {
    /// File that describes agents and workflows; repeat it for several files
    #[arg(short, long = "file", value_name = "FILE", default_value = "bimpe.yaml")]
    files: Vec<PathBuf>,

    /// Allow references of the form ${cmd:COMMAND}, which run commands
    #[arg(long)]
    allow_commands: bool,
}

#[derive(Args, Debug)]
pub(crate) struct PlanOptions {
    #[command(flatten)]
    files: FileOptions,

    /// Plan to delete what the files do not name
    #[arg(long)]
    prune: bool,

    /// Save the plan, for `bimpe apply --plan`
    #[arg(short, long, value_name = "FILE", conflicts_with = "selection")]
    out: Option<PathBuf>,

    #[command(flatten)]
    selection: SelectionOptions,
}

#[derive(Args, Debug)]
pub(crate) struct ExportOptions {
    /// Ids or names of agents
    #[arg(value_name = "AGENT", required_unless_present = "all")]
    agents: Vec<String>,

    /// Export all agents
    #[arg(long, conflicts_with = "agents")]
    all: bool,
}

/// Writes what the server lacks. Nothing lacks: exit code 0.
pub(crate) async fn plan(options: PlanOptions, globals: &Globals) -> Result<(), Failure> {
    let document = options.files.read()?;
    if options.selection.is_given() {
        return Many::new(document, &options.selection, options.prune, globals).await?.plan().await;
    }
    refuse_many(&document)?;
    let session = globals.paced().connect().await?;
    let plan = bimpe_plan::plan(&session.client, &document, options.prune).await?;
    if let Some(path) = &options.out {
        let text = to_json(&plan)?.to_string();
        fs::write(path, text)
            .map_err(|error| Failure::error(format!("cannot write `{}`: {error}", path.display())))?;
    }
    show(&plan, globals.json)?;
    if plan.is_empty() { Ok(()) } else { Err(Failure::reported(Exit::Differences)) }
}

/// Refuses a file for many agents if no option selects them.
fn refuse_many(document: &Document) -> Result<(), Failure> {
    if document.is_for_many() {
        let failure = Failure::usage("`each_agent` describes many agents, and none are selected");
        return Err(failure.hint("select them with --all, --search TEXT or --agents FILE"));
    }
    Ok(())
}

/// Writes agents as a file.
pub(crate) async fn export(options: ExportOptions, globals: &Globals) -> Result<(), Failure> {
    let session = globals.paced().connect().await?;
    let text = bimpe_plan::export(&session.client, &options.agents).await?;
    line(text.trim_end())
}

/// Writes the JSON Schema of files.
pub(crate) fn schema() -> Result<(), Failure> {
    let openapi =
        serde_json::from_str(bimpe_sandbox::OPENAPI).map_err(|error| Failure::error(error.to_string()))?;
    output::json(&bimpe_plan::schema(&openapi))
}

impl FileOptions {
    fn read(&self) -> Result<Document, Failure> {
        read(&self.files, self.allow_commands)
    }
}

fn read(paths: &[PathBuf], allow_commands: bool) -> Result<Document, Failure> {
    let mut files = Files::default().allow_commands(allow_commands);
    for path in paths {
        files.read(path).map_err(|error| match Failure::from(error) {
            failure if path.exists() => failure,
            failure => {
                failure.hint("name the file with --file, or write one with `bimpe export --all > bimpe.yaml`")
            }
        })?;
    }
    Ok(files.finish()?)
}

/// Writes a plan, with colors in a terminal.
fn show(plan: &Plan, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return output::json(&to_json(plan)?);
    }
    let text = printable(&plan.to_string());
    text.trim_end().lines().try_for_each(|text| line(&colored(text)))
}

/// Returns a line of a plan in the color of its mark.
fn colored(text: &str) -> String {
    let color = match text.split_once(' ').map(|(mark, _)| mark) {
        Some("+") => style(text).green(),
        Some("-") => style(text).red(),
        Some("~" | "-/+") => style(text).yellow(),
        _ => return text.to_owned(),
    };
    color.to_string()
}

fn to_json(value: &impl serde::Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|error| Failure::error(error.to_string()))
}

/// The first line of a change: its mark and its address.
fn headline(change: &Change) -> String {
    let text = change.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

impl From<bimpe_plan::Error> for Failure {
    fn from(error: bimpe_plan::Error) -> Self {
        let text = error.to_string();
        // The fields of the request, and the text with its place.
        error
            .request
            .map_or_else(|| Self::error(text.clone()), |request| Self::from(request).saying(text.clone()))
    }
}
