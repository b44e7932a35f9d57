//! `bimpe plan` and `bimpe apply` for many agents: the section `each_agent` of the files for each agent of a selection.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use bimpe::Client;
use bimpe_plan::{AgentOutcome, AgentResult, ChangeKinds, Document, Fleet, Plan, Report, Selection, Stop};
use clap::Args;
use futures_util::StreamExt;
use serde_json::json;

use super::progress::Progress;
use super::{colored, headline, to_json};
use crate::client::Session;
use crate::failure::{Exit, Failure};
use crate::globals::Globals;
use crate::note::{note, printable};
use crate::output::line;
use crate::prompt;

#[derive(Args, Debug)]
pub(crate) struct SelectionOptions {
    /// Do so for all agents, each with the fields of `each_agent`
    #[arg(long, group = "selection", help_heading = "Many agents")]
    all: bool,

    /// Do so for the agents that a search finds
    #[arg(long, value_name = "TEXT", group = "selection", help_heading = "Many agents")]
    search: Option<String>,

    /// Do so for a list of agents: ids or names, one a line, or CSV or JSON with ids; - for standard input
    #[arg(long, value_name = "FILE", group = "selection", help_heading = "Many agents")]
    agents: Option<PathBuf>,

    /// How many agents are worked on at a time
    #[arg(long, value_name = "NUMBER", default_value_t = 8, requires = "selection", help_heading = "Many agents",
        value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
}

impl SelectionOptions {
    pub(crate) fn is_given(&self) -> bool {
        self.all || self.search.is_some() || self.agents.is_some()
    }

    async fn read(&self) -> Result<Selection, Failure> {
        match (&self.agents, &self.search) {
            (Some(path), _) => {
                let path = path.clone();
                let text = prompt::wait(move || list(&path)).await?;
                Ok(Selection::from_list(&text)?)
            }
            (None, Some(text)) => Ok(Selection::Search(text.clone())),
            (None, None) => Ok(Selection::All),
        }
    }
}

fn list(path: &Path) -> Result<String, Failure> {
    if path == Path::new("-") {
        return prompt::read("-").map(Option::unwrap_or_default);
    }
    fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read the file `{}`: {error}", path.display())))
}

/// The report of an application.
#[derive(Args, Debug)]
pub(crate) struct ReportOptions {
    /// Write a line for each agent to a new file, as it ends; the name ends in .json or .csv
    #[arg(long, value_name = "FILE", requires = "selection", help_heading = "Many agents")]
    report: Option<PathBuf>,

    /// Continue the report of a run that ended early: leave out the agents that are done
    #[arg(
        long,
        value_name = "REPORT",
        requires = "selection",
        conflicts_with = "report",
        help_heading = "Many agents"
    )]
    resume: Option<PathBuf>,
}

/// Ends an application by Ctrl-C: first after the changes that are being written, then at once.
#[derive(Default)]
pub(crate) struct Interrupts {
    stop: Stop,
    is_applying: AtomicBool,
}

impl Interrupts {
    /// Returns whether the command continues.
    pub(crate) fn handle(&self) -> bool {
        let is_first = self.is_applying.load(Ordering::Relaxed) && !self.stop.is_requested();
        if is_first {
            self.stop.request();
            note("\nstopping after the changes that are being written; Ctrl-C again stops at once");
        }
        is_first
    }
}

/// A document for many agents, and the client.
pub(crate) struct Many<'a> {
    document: Document,
    session: Session,
    selection: Selection,
    options: &'a SelectionOptions,
    prune: bool,
    as_json: bool,
}

impl<'a> Many<'a> {
    pub(crate) async fn new(
        document: Document,
        options: &'a SelectionOptions,
        prune: bool,
        globals: &Globals,
    ) -> Result<Self, Failure> {
        let selection = options.read().await?;
        let session = globals.paced().connect().await?;
        Ok(Self { document, session, selection, options, prune, as_json: globals.json })
    }

    fn client(&self) -> &Client {
        &self.session.client
    }

    fn fleet(&self) -> Result<Fleet<'_>, Failure> {
        let fleet = Fleet::new(self.client(), &self.document, self.selection.clone())?;
        Ok(fleet.concurrency(self.options.concurrency.into()).prune(self.prune))
    }

    /// Plans what the agents share: their workflows.
    async fn shared(&self) -> Result<Plan, Failure> {
        self.fleet()?;
        Ok(bimpe_plan::plan(self.client(), &self.document, false).await?)
    }

    /// Shows the plan of all agents.
    pub(crate) async fn plan(&self) -> Result<(), Failure> {
        let shared = self.shared().await?;
        if self.as_json && !shared.is_empty() {
            line(&json!({ "shared": to_json(&shared.changes)? }).to_string())?;
        }
        let (kinds, progress) = self.kinds(self.fleet()?, self.as_json).await?;
        if !self.as_json {
            show(&shared, &kinds, |text| line(&text))?;
        }
        progress.summary(0, true);
        match (progress.count(AgentResult::Failed), shared.is_empty() && kinds.is_empty()) {
            (1.., _) => Err(Failure::reported(Exit::Error)),
            (0, false) => Err(Failure::reported(Exit::Differences)),
            (0, true) => Ok(()),
        }
    }

    /// Plans all agents. Writes a line for each if asked to, and always for those that fail.
    async fn kinds(&self, fleet: Fleet<'_>, lines: bool) -> Result<(ChangeKinds, Progress), Failure> {
        let mut kinds = ChangeKinds::default();
        let mut progress = Progress::new("planned");
        let mut outcomes = fleet.plan().await?;
        while let Some(outcome) = outcomes.next().await {
            let outcome = outcome?;
            kinds.add(&outcome.changes);
            if lines || outcome.error.is_some() {
                progress.suspend(|| write(&outcome, lines))?;
            }
            progress.add(&outcome, fleet.total());
        }
        progress.end();
        Ok((kinds, progress))
    }

    /// Shows the plan, asks, and changes the agents.
    pub(crate) async fn apply(
        &self,
        is_confirmed: bool,
        report: &ReportOptions,
        interrupts: &Interrupts,
    ) -> Result<(), Failure> {
        if !is_confirmed && !prompt::is_attended() {
            return Err(Failure::usage("no terminal can ask whether to apply the changes")
                .hint("pass --yes to confirm"));
        }
        let basis = self.fleet()?.basis();
        let shared = self.shared().await?;
        let resumed = report.resume.as_ref().map(|path| Report::resume(path, &basis)).transpose()?;
        let (mut lines, finished) = resumed.map_or((None, HashSet::new()), |(lines, ids)| (Some(lines), ids));
        let mut fleet = self.fleet()?.stop(interrupts.stop.clone()).leave_out(finished.clone());
        if !is_confirmed {
            let (kinds, progress) = self.kinds(self.fleet()?.leave_out(finished.clone()), false).await?;
            show(&shared, &kinds, |text| {
                if self.as_json {
                    note(&text);
                    return Ok(());
                }
                line(&text)
            })?;
            progress.summary(finished.len() as u64, true);
            if !shared.is_empty() || !kinds.is_empty() {
                prompt::wait(|| prompt::confirm("Apply these changes?", "yes")).await?;
            }
            fleet = fleet.only(kinds);
        }
        if let Some(path) = &report.report {
            lines = Some(Report::create(path, &basis)?);
        }
        interrupts.is_applying.store(true, Ordering::Relaxed);
        self.apply_shared(&shared).await?;
        let mut progress = Progress::new("worked on");
        let mut outcomes = fleet.apply().await?;
        let mut failure = None;
        while let Some(outcome) = outcomes.next().await {
            match outcome {
                Ok(outcome) => {
                    if let Some(report) = &mut lines {
                        report.add(&outcome)?;
                    }
                    progress.suspend(|| write(&outcome, self.as_json))?;
                    progress.add(&outcome, fleet.total());
                }
                Err(error) => failure = Some(Failure::from(error)),
            }
        }
        progress.end();
        if let Some(report) = lines {
            report.finish()?;
        }
        progress.summary(finished.len() as u64, false);
        // A stop before the first page leaves an unknown number of agents.
        let is_rest = progress.left(finished.len() as u64) > 0 || fleet.total() == 0;
        let is_stopped = interrupts.stop.is_requested() && is_rest;
        if is_stopped || failure.is_some() {
            let path = report.report.as_ref().or(report.resume.as_ref());
            note(&match path {
                Some(path) => format!("To continue, use `--resume {}`.", path.display()),
                None => "To continue, run the command again.".to_owned(),
            });
        }
        match failure {
            Some(failure) => Err(failure),
            None if is_stopped => Err(Failure::reported(Exit::Interrupted)),
            None if progress.count(AgentResult::Failed) > 0 => Err(Failure::reported(Exit::Error)),
            None if progress.count(AgentResult::Pending) > 0 => Err(Failure::reported(Exit::Pending)),
            None => Ok(()),
        }
    }

    async fn apply_shared(&self, plan: &Plan) -> Result<(), Failure> {
        if plan.is_empty() {
            return Ok(());
        }
        let on_change = |change: &bimpe_plan::Change| note(&format!("done: {}", headline(change)));
        let outcome = bimpe_plan::apply(self.client(), &self.document, plan, &on_change).await;
        outcome.error.map_or(Ok(()), |error| Err(error.into()))
    }
}

/// Writes the changes of what the agents share, and the kinds of those of each agent.
fn show(
    shared: &Plan,
    kinds: &ChangeKinds,
    to_line: impl Fn(String) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let changes = shared.changes.iter().map(ToString::to_string).chain([kinds.to_string()]);
    for text in changes {
        printable(&text).lines().try_for_each(|text| to_line(colored(text)))?;
    }
    Ok(())
}

/// Writes what became of an agent. An agent without changes has no line, except with `--json`.
fn write(outcome: &AgentOutcome, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return line(&to_json(outcome)?.to_string());
    }
    let name = match &outcome.id {
        Some(id) => format!("agents/{} {id}", outcome.name),
        None => outcome.name.clone(),
    };
    if !outcome.changes.is_empty() && outcome.result != AgentResult::Planned {
        let plural = if outcome.changes.len() == 1 { "" } else { "s" };
        line(&printable(&format!("{name} done: {} change{plural}", outcome.changes.len())))?;
    }
    for pending in &outcome.pending {
        line(&printable(&format!("{} pending: open {}", pending.address, pending.url)))?;
    }
    match &outcome.error {
        Some(error) => line(&printable(&format!("{name} {}: {error}", outcome.result))),
        None => Ok(()),
    }
}
