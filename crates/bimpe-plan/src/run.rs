//! Walks through the objects of the files. A plan collects the changes, and an application carries out those of a plan.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use crate::approved::Approved;
use crate::decide::{self, Decision};
use crate::document::{Document, Object};
use crate::fingerprints::Fingerprints;
use crate::kinds::{AGENTS, Kind, WORKFLOW, WORKFLOW_ID, WORKFLOWS};
use crate::log::{Log, Parent, Pending};
use crate::plan::{Action, Change};
use crate::problem::{Error, Problem};
use crate::remote::{Created, Creation, Remote};
use crate::stop::Stop;

/// How many agents, or workflows, are read or changed at a time.
const CONCURRENCY: usize = 8;

/// One walk through the files.
pub(crate) struct Run<'a> {
    pub(crate) remote: Remote,
    pub(crate) document: &'a Document,
    pub(crate) prune: bool,
    pub(crate) fingerprints: &'a Fingerprints,
    /// The changes to carry out; none while planning.
    pub(crate) approved: Option<Approved<'a>>,
    /// The workflows that the team can use.
    pub(crate) workflows: &'a Mutex<Vec<Value>>,
    /// Whether an object failed, so that no other one is begun.
    pub(crate) failed: AtomicBool,
    /// Ends the walk before its next request.
    pub(crate) stop: &'a Stop,
    pub(crate) on_change: &'a (dyn Fn(&Change) + Send + Sync),
}

/// The object of a name on the server.
struct Found {
    entry: Option<Value>,
    /// Ids of objects that were replaced, but not deleted.
    leftovers: Vec<String>,
}

impl Run<'_> {
    pub(crate) fn is_planning(&self) -> bool {
        self.approved.is_none()
    }

    /// Walks through all files. Returns what was done and what failed.
    pub(crate) async fn all(&self) -> (Log, Vec<Error>) {
        let mut log = Log::default();
        let mut errors = Vec::new();
        if let Err(error) = self.load_workflows().await {
            return (log, vec![error]);
        }
        self.top(&WORKFLOWS, &self.document.workflows, &mut log, &mut errors).await;
        if errors.is_empty()
            && let Err(error) = self.clone_workflows(&mut log).await
        {
            errors.push(error);
        }
        if errors.is_empty() || self.is_planning() {
            self.top(&AGENTS, &self.document.agents, &mut log, &mut errors).await;
        }
        if errors.is_empty()
            && let Err(error) = self.prune_workflows(&mut log).await
        {
            errors.push(error);
        }
        (log, errors)
    }

    /// Walks through the objects of a section at the top, several at a time.
    async fn top(&self, kind: &'static Kind, objects: &[Object], log: &mut Log, errors: &mut Vec<Error>) {
        let parent = Parent::top();
        let prunes =
            self.prune && kind.section == AGENTS.section && self.document.sections.contains(&kind.section);
        if objects.is_empty() && !prunes {
            return;
        }
        let entries = match self.remote.list(kind, &[]).await {
            Ok(entries) => entries,
            Err(error) => {
                let problem = Problem::new(format!("cannot list the {}", kind.section));
                return errors.push(Error::request(problem, error));
            }
        };
        if prunes && let Err(error) = self.prune(kind, &parent, &entries, objects, log).await {
            return errors.push(error);
        }
        let mut by_name: HashMap<&str, Vec<Value>> = HashMap::new();
        for entry in &entries {
            by_name.entry(kind.name_of(entry)).or_default().push(entry.clone());
        }
        let walks = objects.iter().map(|object| self.walk(object, &parent, &by_name));
        let mut walks = futures_util::stream::iter(walks).buffered(CONCURRENCY);
        while let Some((done, error)) = walks.next().await {
            log.changes.extend(done.changes);
            log.notes.extend(done.notes);
            log.pending.extend(done.pending);
            log.finished.extend(done.finished);
            errors.extend(error);
        }
    }

    /// Walks through one object at the top.
    async fn walk(
        &self,
        object: &Object,
        parent: &Parent,
        by_name: &HashMap<&str, Vec<Value>>,
    ) -> (Log, Option<Error>) {
        let mut log = Log::default();
        if self.failed.load(Ordering::Relaxed) && !self.is_planning() {
            return (log, None);
        }
        let entries = by_name.get(object.name.as_str()).map_or(&[][..], Vec::as_slice);
        let walked = self.object(object, parent, entries, false, &mut log).await;
        let error = walked.and_then(|()| self.fingerprints.save()).err();
        self.failed.fetch_or(error.is_some(), Ordering::Relaxed);
        if error.is_none() {
            log.finished.push(parent.address_of(object.kind, &object.name));
        }
        (log, error)
    }

    /// Walks through a section below an object.
    async fn section(
        &self,
        kind: &'static Kind,
        parent: &Parent,
        objects: &[Object],
        log: &mut Log,
    ) -> Result<(), Error> {
        if objects.is_empty() && !self.prune {
            return Ok(());
        }
        let entries = match &parent.ids {
            None => Vec::new(),
            Some(ids) => self.read(self.remote.list(kind, ids)).await?.map_err(|error| {
                Error::request(
                    Problem::new(format!("cannot list `{}/{}`", parent.address, kind.section)),
                    error,
                )
            })?,
        };
        if self.prune {
            self.prune(kind, parent, &entries, objects, log).await?;
        }
        for (index, object) in objects.iter().enumerate() {
            // The list was read just now, and nothing was written since.
            let is_fresh = index == 0 && !self.prune;
            self.object(object, parent, &entries, is_fresh, log).await?;
        }
        Ok(())
    }

    /// Walks through an object and those below it. Reads it again before a change, unless the entries are fresh.
    pub(crate) fn object<'b>(
        &'b self,
        object: &'b Object,
        parent: &'b Parent,
        entries: &'b [Value],
        is_fresh: bool,
        log: &'b mut Log,
    ) -> BoxFuture<'b, Result<(), Error>> {
        Box::pin(async move {
            let kind = object.kind;
            let address = parent.address_of(kind, &object.name);
            let mut found = self.find(object, &address, entries)?;
            let mut decision = self.decide(object, &found);
            if !self.is_planning() && !is_fresh && decision.action.is_some() {
                let fresh = self.entries(object, parent).await?;
                found = self.find(object, &address, &fresh)?;
                decision = self.decide(object, &found);
            }
            let missing = decision.missing(object);
            if !missing.is_empty() {
                return Err(missing.into());
            }
            for id in &found.leftovers {
                self.delete(kind, parent, &object.name, id, log).await?;
            }
            let Some(entry) = self.write(object, &address, parent, &found, decision, log).await? else {
                return Ok(());
            };
            let id = entry.as_ref().and_then(|entry| entry["id"].as_str());
            let ids = id.map(|id| [parent.ids(), &[id.to_owned()]].concat());
            let this = Parent { address, ids };
            for kind in kind.children {
                self.section(kind, &this, object.children_of(kind), log).await?;
            }
            self.discover(object, &this, log).await?;
            self.actions(object, &this, log).await?;
            self.status(object, &this, entry.as_ref(), log).await?;
            let old = found.entry.as_ref().and_then(|entry| entry["id"].as_str());
            if let Some(old) = old.filter(|old| id.is_some_and(|id| id != *old)) {
                self.remove(kind, parent, old, &object.name).await?;
            }
            Ok(())
        })
    }

    /// Reads the objects of the name, or the agent that a selection chose.
    pub(crate) async fn entries(&self, object: &Object, parent: &Parent) -> Result<Vec<Value>, Error> {
        let read = async {
            match &object.id {
                Some(id) => self.remote.agent(id).await.map(|entry| entry.into_iter().collect()),
                None => self.remote.named(object.kind, parent.ids(), &object.name).await,
            }
        };
        self.read(read).await?.map_err(|error| failed(object, "read", error))
    }

    /// Waits for a reading request, or until the walk is to stop.
    pub(crate) async fn read<T>(
        &self,
        request: impl Future<Output = Result<T, bimpe::Error>>,
    ) -> Result<Result<T, bimpe::Error>, Error> {
        tokio::select! {
            biased;
            () = self.stop.wait() => Err(Error::stopped()),
            response = request => Ok(response),
        }
    }

    /// Returns the only object of the name.
    fn find(&self, object: &Object, address: &str, entries: &[Value]) -> Result<Found, Error> {
        let named = entries.iter().filter(|entry| object.is(entry));
        let mut named: Vec<&Value> = named.collect();
        let mut leftovers = Vec::new();
        // An object that this plan replaces counts until its replacement exists.
        let is_replaced =
            |id: &str| self.approved.as_ref().is_some_and(|approved| approved.replaces(address, Some(id)));
        let replacing = if named.len() > 1 { self.fingerprints.replacing() } else { BTreeSet::new() };
        let began = |id: &str| replacing.contains(id);
        for is_leftover in [&began as &dyn Fn(&str) -> bool, &is_replaced] {
            if named.len() > 1 {
                named.retain(|entry| {
                    let id = entry["id"].as_str().unwrap_or_default();
                    if is_leftover(id) {
                        leftovers.push(id.to_owned());
                    }
                    !is_leftover(id)
                });
            }
        }
        match named.as_slice() {
            [] if object.id.is_some() => {
                Err(object.at.problem(format!("the agent `{}` is gone", object.name)).into())
            }
            [] => Ok(Found { entry: None, leftovers }),
            [entry] => Ok(Found { entry: Some((*entry).clone()), leftovers }),
            several => {
                let ids: Vec<&str> = several.iter().filter_map(|entry| entry["id"].as_str()).collect();
                let text = format!(
                    "`{}` has several of this name: {}; rename or delete all but one",
                    object.kind.section,
                    ids.join(" and ")
                );
                Err(object.at.problem(text).into())
            }
        }
    }

    fn decide(&self, object: &Object, found: &Found) -> Decision {
        let Some(entry) = &found.entry else { return Decision::create(object) };
        let workflow = entry[WORKFLOW_ID].as_str().and_then(|id| self.workflow_name(id));
        Decision::existing(object, entry, workflow.as_deref(), self.fingerprints)
    }

    /// Makes the change of an object. Returns the entry of the object; the inner `None` means that it does not exist yet,
    /// the outer that a person must finish it first.
    async fn write(
        &self,
        object: &Object,
        address: &str,
        parent: &Parent,
        found: &Found,
        decision: Decision,
        log: &mut Log,
    ) -> Result<Option<Option<Value>>, Error> {
        if !decision.unverifiable.is_empty() {
            Self::note(log, address, format!("not verifiable: {}", decision.unverifiable.join(", ")));
        }
        let Some(action) = decision.action else {
            let entry = found.entry.clone();
            self.learn(object, entry.as_ref(), &decision.unverifiable);
            self.add_workflow(object.kind, entry.as_ref());
            return Ok(Some(entry));
        };
        let old = found.entry.as_ref().and_then(|entry| entry["id"].as_str());
        let place = object.at.problem("").place;
        let change = Change {
            action,
            address: address.to_owned(),
            id: old.map(str::to_owned),
            fields: decision.fields,
            place,
        };
        let workflow_id = self.wanted_workflow(object, &change)?;
        if !self.approve(&change, log)? {
            let is_new = action != Action::Update;
            return Ok(Some(found.entry.clone().filter(|_| !is_new)));
        }
        let mut body = object.body.clone();
        body.extend(workflow_id.map(|id| (WORKFLOW_ID.to_owned(), id.into())));
        let ids = parent.ids();
        let entry = match (action, object.kind.update, old) {
            (Action::Update, Some(operation), Some(id)) => {
                let changed = |name: &str| {
                    let name = if name == WORKFLOW_ID { WORKFLOW } else { name };
                    change.fields.iter().any(|field| field.field == name)
                };
                body.retain(|name, _| changed(name));
                let ids = [ids, &[id.to_owned()]].concat();
                let written = self.remote.write(operation, &ids, Some(body.into()), None).await;
                written.map_err(|error| failed(object, "change", error))?;
                found.entry.clone()
            }
            _ => match self.create(object, ids, &body, old.filter(|_| action == Action::Replace)).await? {
                Created::Pending(url) => {
                    log.pending.push(Pending { address: address.to_owned(), url });
                    return Ok(None);
                }
                Created::Entry(entry) | Created::Response(entry) => Some(entry),
            },
        };
        let fields: Vec<String> = object.body.keys().cloned().collect();
        self.learn(object, entry.as_ref(), &fields);
        self.add_workflow(object.kind, entry.as_ref());
        self.done(change, log);
        Ok(Some(entry))
    }

    async fn create(
        &self,
        object: &Object,
        ids: &[String],
        body: &Map<String, Value>,
        replaced: Option<&str>,
    ) -> Result<Created, Error> {
        if let Some(old) = replaced {
            self.fingerprints.begin_replacement(old)?;
        }
        let (kind, name) = (object.kind, object.name.as_str());
        let creation = Creation { kind, operation: kind.create, ids, name, body, replaced };
        self.remote.create(&creation).await.map_err(|error| failed(object, "create", error))
    }

    /// Stores the fingerprints of fields that the API does not return.
    fn learn(&self, object: &Object, entry: Option<&Value>, fields: &[String]) {
        let Some(entry) = entry.filter(|_| !self.is_planning()) else { return };
        let Some(id) = entry["id"].as_str() else { return };
        for (name, value) in object.body.iter().filter(|(name, _)| fields.contains(name)) {
            let compared = decide::comparison(object.kind, &object.body, name, value, entry);
            if *name != object.kind.name_field && compared == bimpe::engine::Comparison::NotReturned {
                self.fingerprints.learn(id, name, value);
            }
        }
    }

    /// While planning, records the change and returns false. Otherwise returns true if the plan has the change.
    pub(crate) fn approve(&self, change: &Change, log: &mut Log) -> Result<bool, Error> {
        match &self.approved {
            None => {
                log.changes.push(change.clone());
                Ok(false)
            }
            Some(_) if self.stop.is_requested() => Err(Error::stopped()),
            Some(approved) if approved.allows(change) => Ok(true),
            Some(_) => {
                let text = format!(
                    "the server changed since the plan, and now needs another change; plan again:\n{change}"
                );
                Err(Problem::at(change.place.clone(), text).into())
            }
        }
    }

    /// Records a change that was carried out.
    pub(crate) fn done(&self, change: Change, log: &mut Log) {
        (self.on_change)(&change);
        log.changes.push(change);
    }
}

/// The error of a request for an object.
pub(crate) fn failed(object: &Object, verb: &str, error: bimpe::Error) -> Error {
    Error::request(object.at.problem(format!("cannot {verb} `{}`", object.name)), error)
}
