//! One file for many agents: each agent of a selection gets what `each_agent` describes.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bimpe::Client;
use futures_util::stream::{self, BoxStream, StreamExt};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::apply::left;
use crate::approved::Approved;
use crate::document::{Document, Object};
use crate::fingerprints::{Fingerprints, hex};
use crate::kinds::{AGENTS, EACH_AGENT};
use crate::kinds_of_changes::ChangeKinds;
use crate::log::{Log, Parent};
use crate::outcome::{AgentOutcome, AgentResult};
use crate::problem::{Error, Problem};
use crate::remote::Remote;
use crate::run::Run;
use crate::selection::{Selected, Selection};
use crate::stop::Stop;

/// How many agents are worked on at a time, unless the caller says so.
const CONCURRENCY: usize = 8;

/// The outcomes of agents, in the order in which they end.
pub type Outcomes<'a> = BoxStream<'a, Result<AgentOutcome, Error>>;

/// Plans or applies the section `each_agent` of a document for many agents that exist.
///
/// Agents are read page by page, so the memory does not grow with their number. An agent that fails stops no other one.
/// [`crate::plan`] and [`crate::apply`] of the same document change what the agents share: its workflows.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use futures_util::StreamExt;
///
/// let sandbox = bimpe_sandbox::Sandbox::builder().start().await?;
/// let client = bimpe::Client::builder().api_key(sandbox.api_key()).base_url(sandbox.url()).build()?;
/// let mut files = bimpe_plan::Files::default();
/// files.read_text("bimpe.yaml", "each_agent: { knowledge: [{ name: Hours, type: text, content: From 8 to 20. }] }")?;
/// let document = files.finish()?;
/// let fleet = bimpe_plan::Fleet::new(&client, &document, bimpe_plan::Selection::All)?.concurrency(4);
/// let mut outcomes = fleet.apply().await?;
/// while let Some(outcome) = outcomes.next().await {
///     assert_eq!(outcome?.result, bimpe_plan::AgentResult::Done);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Fleet<'a> {
    client: &'a Client,
    document: &'a Document,
    each: &'a Object,
    selection: Selection,
    concurrency: usize,
    prune: bool,
    finished: HashSet<String>,
    kinds: Option<ChangeKinds>,
    stop: Stop,
    total: AtomicU64,
}

impl<'a> Fleet<'a> {
    /// Refuses a document without the section `each_agent`.
    pub fn new(client: &'a Client, document: &'a Document, selection: Selection) -> Result<Self, Error> {
        let Some(each) = &document.each_agent else {
            return Err(Error::new(format!(
                "the files have no section `{EACH_AGENT}`, which describes what each selected agent is to have"
            )));
        };
        Ok(Self {
            client,
            document,
            each,
            selection,
            concurrency: CONCURRENCY,
            prune: false,
            finished: HashSet::new(),
            kinds: None,
            stop: Stop::default(),
            total: AtomicU64::new(0),
        })
    }

    /// Sets how many agents are worked on at a time. Defaults to 8.
    #[must_use]
    pub fn concurrency(mut self, agents: usize) -> Self {
        self.concurrency = agents.max(1);
        self
    }

    /// Deletes what is below the agents and the file does not name. Defaults to false.
    #[must_use]
    pub fn prune(mut self, prune: bool) -> Self {
        self.prune = prune;
        self
    }

    /// Leaves out the agents of these ids: those that an earlier [`crate::Report`] has as finished.
    #[must_use]
    pub fn leave_out(mut self, finished: HashSet<String>) -> Self {
        self.finished = finished;
        self
    }

    /// Refuses changes of other kinds than those that a plan had.
    #[must_use]
    pub fn only(mut self, kinds: ChangeKinds) -> Self {
        self.kinds = Some(kinds);
        self
    }

    /// Sets the value that stops the work.
    #[must_use]
    pub fn stop(mut self, stop: Stop) -> Self {
        self.stop = stop;
        self
    }

    /// The number of selected agents, with those that are left out; zero until the first page was read.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Returns a text that is the same for equal servers, files and options. Results of one text count for the other.
    ///
    /// ```no_run
    /// # fn example(fleet: &bimpe_plan::Fleet<'_>) -> Result<(), bimpe_plan::Error> {
    /// let report = bimpe_plan::Report::create("report.csv", &fleet.basis())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn basis(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.client.base_url());
        for file in &self.document.files {
            hash.update(&file.sha256);
        }
        hash.update([u8::from(self.prune)]);
        hex(&hash.finalize()[..8])
    }

    /// Compares the agents with the file, and changes nothing.
    pub async fn plan(&self) -> Result<Outcomes<'_>, Error> {
        self.work(false).await
    }

    /// Changes the agents. Each agent is planned, and what exists is read again before each change, as in [`crate::apply`].
    pub async fn apply(&self) -> Result<Outcomes<'_>, Error> {
        self.work(true).await
    }

    async fn work(&self, applies: bool) -> Result<Outcomes<'_>, Error> {
        let work = Work {
            fleet: self,
            applies,
            fingerprints: Fingerprints::read(self.document.folder.as_deref(), self.client.base_url())?,
            workflows: Mutex::default(),
            seen: Mutex::default(),
        };
        work.run(None).load_workflows().await?;
        let work = Arc::new(work);
        let last = work.clone();
        let agents = self.selection.agents(self.client, &self.stop, &self.total);
        let outcomes = agents.map(move |selected| {
            let work = work.clone();
            async move { work.selected(selected?).await.map_or(Ok(None), |outcome| outcome.map(Some)) }
        });
        let outcomes = outcomes.buffer_unordered(self.concurrency);
        let outcomes = outcomes.filter_map(|outcome| std::future::ready(outcome.transpose()));
        let end =
            stream::once(
                async move { if applies { last.fingerprints.finish().err().map(Err) } else { None } },
            );
        Ok(outcomes.chain(end.filter_map(std::future::ready)).boxed())
    }
}

/// The state that all agents share.
struct Work<'a> {
    fleet: &'a Fleet<'a>,
    applies: bool,
    fingerprints: Fingerprints,
    workflows: Mutex<Vec<Value>>,
    /// The agents that were begun: a list may name one twice.
    seen: Mutex<HashSet<String>>,
}

impl Work<'_> {
    /// Works on one agent; none if it is left out.
    async fn selected(&self, selected: Selected) -> Option<Result<AgentOutcome, Error>> {
        let (text, found) = match selected {
            Selected::Entry(entry) => (String::new(), Ok(entry)),
            Selected::Text(text) if self.fleet.finished.contains(&text) => return None,
            Selected::Text(text) => {
                let found = self.find(&text).await;
                (text, found)
            }
        };
        let outcome = match found {
            Ok(entry) => {
                let id = entry["id"].as_str().unwrap_or_default().to_owned();
                let is_new = self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
                if !is_new || self.fleet.finished.contains(&id) {
                    return None;
                }
                self.agent(&id, &entry).await
            }
            Err(error) => AgentOutcome::failed(text, error),
        };
        Some(self.fingerprints.save().map(|()| outcome))
    }

    /// Returns the agent of an id or a name.
    async fn find(&self, text: &str) -> Result<Value, Error> {
        let failed = |error| Error::request(Problem::new(format!("cannot read `{text}`")), error);
        let run = self.run(None);
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        if text.chars().all(is_word)
            && let Some(entry) = run.read(run.remote.agent(text)).await?.map_err(failed)?
        {
            return Ok(entry);
        }
        let named = run.read(run.remote.named(&AGENTS, &[], text)).await?.map_err(failed)?;
        match named.as_slice() {
            [entry] => Ok(entry.clone()),
            [] => Err(Error::new(format!("no agent has the id or the name `{text}`"))),
            several => {
                let ids: Vec<&str> = several.iter().filter_map(|entry| entry["id"].as_str()).collect();
                let text = format!("several agents are named `{text}`: {}; use the id", ids.join(" and "));
                Err(Error::new(text))
            }
        }
    }

    async fn agent(&self, id: &str, entry: &Value) -> AgentOutcome {
        let name = AGENTS.name_of(entry);
        let object = self.fleet.each.of_agent(id, name);
        let (log, error) = self.walk(&object, entry, None).await;
        let mut outcome = AgentOutcome::new(id, name);
        outcome.notes = log.notes;
        let planned = log.changes;
        // A value that cannot be verified is learned by an application.
        let is_done = planned.is_empty() && outcome.notes.is_empty();
        if error.is_some() || !self.applies || is_done {
            let result = if planned.is_empty() { AgentResult::Unchanged } else { AgentResult::Planned };
            return AgentOutcome { changes: planned, ..outcome }.ended(result, error);
        }
        if let Some(Err(error)) = self.fleet.kinds.as_ref().map(|kinds| kinds.check(&planned)) {
            return AgentOutcome { left: planned, ..outcome }.ended(AgentResult::Failed, Some(error));
        }
        let (log, error) = self.walk(&object, entry, Some(Approved::new(&planned))).await;
        outcome.pending = log.pending;
        outcome.changes = log.changes;
        if error.is_some() {
            outcome.left = left(&planned, &outcome.changes);
        }
        let result = match (outcome.pending.is_empty(), outcome.changes.is_empty()) {
            (false, _) => AgentResult::Pending,
            (true, false) => AgentResult::Done,
            (true, true) => AgentResult::Unchanged,
        };
        outcome.ended(result, error)
    }

    async fn walk(
        &self,
        object: &Object,
        entry: &Value,
        approved: Option<Approved<'_>>,
    ) -> (Log, Option<Error>) {
        let mut log = Log::default();
        let top = Parent::top();
        let entries = [entry.clone()];
        let error = self.run(approved).object(object, &top, &entries, false, &mut log).await.err();
        (log, error)
    }

    fn run<'b>(&'b self, approved: Option<Approved<'b>>) -> Run<'b> {
        Run {
            remote: Remote { client: self.fleet.client.clone() },
            document: self.fleet.document,
            prune: self.fleet.prune,
            fingerprints: &self.fingerprints,
            approved,
            workflows: &self.workflows,
            failed: AtomicBool::new(false),
            stop: &self.fleet.stop,
            on_change: &|_| {},
        }
    }
}
