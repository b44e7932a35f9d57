//! The workflows of agents: files name them, and requests need their ids.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use bimpe::engine::did_you_mean;
use bimpe::operations as op;
use serde_json::{Map, Value, json};

use crate::document::Object;
use crate::kinds::{Kind, WORKFLOW, WORKFLOWS};
use crate::log::{Log, Parent};
use crate::plan::{Action, Change};
use crate::problem::{Error, Problem};
use crate::remote::{Created, Creation};
use crate::run::{Run, failed};

impl Run<'_> {
    fn known_workflows(&self) -> MutexGuard<'_, Vec<Value>> {
        self.workflows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the workflows of the team and the public ones, if an agent names one.
    pub(crate) async fn load_workflows(&self) -> Result<(), Error> {
        if self.document.users_of_workflows().all(|agent| agent.workflow.is_none()) {
            return Ok(());
        }
        let query = Map::from_iter([("scope".to_owned(), "accessible".into())]);
        let listed = self.remote.send(&op::WORKFLOWS_LIST, &[], query).await;
        *self.known_workflows() =
            listed.map_err(|error| Error::request(Problem::new("cannot list the workflows"), error))?;
        Ok(())
    }

    /// Remembers a workflow that may be newer than the list.
    pub(crate) fn add_workflow(&self, kind: &Kind, entry: Option<&Value>) {
        let Some(entry) = entry.filter(|_| kind.section == WORKFLOWS.section) else { return };
        let mut known = self.known_workflows();
        known.retain(|workflow| workflow["id"] != entry["id"]);
        known.push(entry.clone());
    }

    pub(crate) fn workflow_name(&self, id: &str) -> Option<String> {
        let known = self.known_workflows();
        let found = known.iter().find(|workflow| workflow["id"] == id)?;
        found["name"].as_str().map(str::to_owned)
    }

    /// Returns the ids of the workflows of a name, those of the team or the public ones.
    fn workflow_ids(&self, name: &str, is_owner: bool) -> Vec<String> {
        let known = self.known_workflows();
        let named =
            known.iter().filter(|workflow| workflow["name"] == name && workflow["is_owner"] == is_owner);
        named.filter_map(|workflow| workflow["id"].as_str()).map(str::to_owned).collect()
    }

    /// Returns the id of the workflow that the change of an agent needs; none while it does not exist.
    pub(crate) fn wanted_workflow(&self, object: &Object, change: &Change) -> Result<Option<String>, Error> {
        let is_needed = change.fields.iter().any(|field| field.field == WORKFLOW);
        let Some(name) = object.workflow.as_deref().filter(|_| is_needed) else { return Ok(None) };
        match self.workflow_ids(name, true).as_slice() {
            [id] => Ok(Some(id.clone())),
            [] if self.is_planning() => Ok(None),
            [] => Err(object
                .at
                .problem_at(WORKFLOW, format!("the workflow `{name}` is gone; plan again"))
                .into()),
            several => {
                let text = format!(
                    "several workflows are named `{name}`: {}; rename or delete all but one",
                    several.join(" and ")
                );
                Err(object.at.problem_at(WORKFLOW, text).into())
            }
        }
    }

    /// Copies each public workflow that an agent names, so that all agents share one copy.
    pub(crate) async fn clone_workflows(&self, log: &mut Log) -> Result<(), Error> {
        let mut wanted: HashMap<&str, &Object> = HashMap::new();
        let mut names = Vec::new();
        for agent in self.document.users_of_workflows() {
            if let Some(name) = agent.workflow.as_deref()
                && wanted.insert(name, agent).is_none()
            {
                names.push(name);
            }
        }
        names.retain(|name| !self.document.workflows.iter().any(|workflow| workflow.name == *name));
        for name in names {
            if self.workflow_ids(name, true).is_empty() {
                self.clone_workflow(name, wanted[name], log).await?;
            }
        }
        Ok(())
    }

    async fn clone_workflow(&self, name: &str, agent: &Object, log: &mut Log) -> Result<(), Error> {
        let public = self.workflow_ids(name, false);
        let source = match public.as_slice() {
            [id] => id,
            [] => {
                let known = self.known_workflows();
                let hint = did_you_mean(name, known.iter().filter_map(|workflow| workflow["name"].as_str()));
                let text = format!("neither the files nor the server have a workflow `{name}`{hint}");
                return Err(agent.at.problem_at(WORKFLOW, text).into());
            }
            several => {
                let text = format!("several public workflows are named `{name}`: {}", several.join(" and "));
                return Err(agent.at.problem_at(WORKFLOW, text).into());
            }
        };
        let address = Parent::top().address_of(&WORKFLOWS, name);
        let place = agent.at.problem_at(WORKFLOW, "").place;
        let change = Change { action: Action::Clone, address, id: None, fields: Vec::new(), place };
        if !self.approve(&change, log)? {
            return Ok(());
        }
        let read = self
            .remote
            .named(&WORKFLOWS, &[], name)
            .await
            .map_err(|error| failed(agent, "read the workflow of", error))?;
        if let Some(entry) = read.first() {
            self.add_workflow(&WORKFLOWS, Some(entry));
            return Ok(());
        }
        let Value::Object(body) = json!({ "source_workflow_id": source }) else { return Ok(()) };
        let operation = &op::WORKFLOWS_CLONE;
        let creation = Creation { kind: &WORKFLOWS, operation, ids: &[], name, body: &body, replaced: None };
        let created = self.remote.create(&creation).await;
        if let Created::Entry(entry) =
            created.map_err(|error| failed(agent, "copy the workflow of", error))?
        {
            self.add_workflow(&WORKFLOWS, Some(&entry));
        }
        self.done(change, log);
        Ok(())
    }

    /// Deletes the workflows that neither the files nor their agents name.
    pub(crate) async fn prune_workflows(&self, log: &mut Log) -> Result<(), Error> {
        if !self.prune || !self.document.sections.contains(&WORKFLOWS.section) {
            return Ok(());
        }
        let listed = self.remote.list(&WORKFLOWS, &[]).await;
        let mut entries =
            listed.map_err(|error| Error::request(Problem::new("cannot list the workflows"), error))?;
        let is_used = |name: &str| {
            self.document.users_of_workflows().any(|agent| agent.workflow.as_deref() == Some(name))
        };
        entries.retain(|entry| !is_used(WORKFLOWS.name_of(entry)));
        self.prune(&WORKFLOWS, &Parent::top(), &entries, &self.document.workflows, log).await
    }
}
