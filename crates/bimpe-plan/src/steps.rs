//! The changes of a walk beside those of objects: actions, live status, discovery, deletion.

use bimpe::operations as op;
use serde_json::{Map, Value, json};

use crate::decide;
use crate::document::{Object, WantedAction};
use crate::kinds::Kind;
use crate::log::{Log, Parent};
use crate::plan::{Action, Change, Note};
use crate::problem::{Error, Problem};
use crate::run::{Run, failed};
use bimpe::engine::did_you_mean;

impl Run<'_> {
    /// Enables and disables the actions that the file names.
    pub(crate) async fn actions(&self, object: &Object, agent: &Parent, log: &mut Log) -> Result<(), Error> {
        if object.actions.is_empty() {
            return Ok(());
        }
        let entries = match &agent.ids {
            None => Vec::new(),
            Some(ids) => {
                let listed = self.read(self.remote.send(&op::AGENTS_ACTIONS_LIST, ids, Map::new())).await?;
                listed.map_err(|error| failed(object, "list the actions of", error))?
            }
        };
        let mut changes = Vec::new();
        for wanted in &object.actions {
            let entry = self
                .find_action(wanted, &entries)?
                .filter(|entry| !self.is_planning() || !is_renewed(agent, entry, &log.changes));
            if entry.is_none() && !may_appear(self.is_planning(), agent, log) {
                let known = entries.iter().filter_map(|entry| entry["action_name"].as_str());
                let hint = did_you_mean(&wanted.name, known);
                return Err(wanted
                    .at
                    .problem(format!("the agent has no action `{}`{hint}", wanted.name))
                    .into());
            }
            let is_same = entry.is_some_and(|entry| entry["is_enabled"] == wanted.is_enabled);
            if is_same || entry.is_none() && !self.is_planning() {
                continue;
            }
            let change = Change {
                action: if wanted.is_enabled { Action::Enable } else { Action::Disable },
                address: action_address(agent, wanted),
                id: entry.and_then(|entry| entry["id"].as_str()).map(str::to_owned),
                fields: Vec::new(),
                place: wanted.at.problem("").place,
            };
            if self.approve(&change, log)? {
                changes.push(change);
            }
        }
        let operations =
            [(Action::Enable, &op::AGENTS_ACTIONS_ENABLE), (Action::Disable, &op::AGENTS_ACTIONS_DISABLE)];
        for (action, operation) in operations {
            let changes: Vec<&Change> = changes.iter().filter(|change| change.action == action).collect();
            if changes.is_empty() {
                continue;
            }
            let ids: Vec<&str> = changes.iter().filter_map(|change| change.id.as_deref()).collect();
            let written =
                self.remote.write(operation, agent.ids(), Some(json!({ "action_ids": ids })), None).await;
            written.map_err(|error| failed(object, "change the actions of", error))?;
            for change in changes {
                self.done(change.clone(), log);
            }
        }
        Ok(())
    }

    /// Sets the live status, when everything below the agent exists.
    pub(crate) async fn status(
        &self,
        object: &Object,
        agent: &Parent,
        entry: Option<&Value>,
        log: &mut Log,
    ) -> Result<(), Error> {
        let kind = object.kind;
        let mut fields = decide::status(object, entry);
        let Some(operation) = kind.status.filter(|_| !fields.is_empty()) else { return Ok(()) };
        if !self.is_planning() {
            let fresh = self.entries(object, &Parent::top()).await?;
            fields = decide::status(object, fresh.iter().find(|entry| entry["id"].as_str() == agent.id()));
        }
        if fields.is_empty() {
            return Ok(());
        }
        let change = Change { fields, ..Self::change(Action::SetStatus, &agent.address, object) };
        if self.approve(&change, log)? {
            let body = Some(object.status.clone().into());
            let written = self.remote.write(operation, agent.ids(), body, None).await;
            written.map_err(|error| failed(object, "set the status of", error))?;
            self.done(change, log);
        }
        Ok(())
    }

    /// Discovers the tools of an MCP server that has none yet, if the file asks for it.
    pub(crate) async fn discover(
        &self,
        object: &Object,
        server: &Parent,
        log: &mut Log,
    ) -> Result<(), Error> {
        if !object.discover {
            return Ok(());
        }
        if let Some(ids) = &server.ids {
            let tools = self.remote.send(&op::AGENTS_INTEGRATIONS_MCP_SERVER_TOOLS_LIST, ids, Map::new());
            let tools = self.read(tools).await?;
            if !tools.map_err(|error| failed(object, "list the tools of", error))?.is_empty() {
                return Ok(());
            }
        }
        let change = Self::change(Action::Discover, &server.address, object);
        if self.approve(&change, log)? {
            let operation = &op::AGENTS_INTEGRATIONS_MCP_SERVER_DISCOVER;
            let written = self.remote.write(operation, server.ids(), None, None).await;
            written.map_err(|error| failed(object, "discover the tools of", error))?;
            self.done(change, log);
        }
        Ok(())
    }

    /// Deletes the objects that no file names.
    pub(crate) async fn prune(
        &self,
        kind: &Kind,
        parent: &Parent,
        entries: &[Value],
        objects: &[Object],
        log: &mut Log,
    ) -> Result<(), Error> {
        for entry in entries {
            let name = kind.name_of(entry);
            if let Some(id) =
                entry["id"].as_str().filter(|_| !objects.iter().any(|object| object.name == name))
            {
                self.delete(kind, parent, name, id, log).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn delete(
        &self,
        kind: &Kind,
        parent: &Parent,
        name: &str,
        id: &str,
        log: &mut Log,
    ) -> Result<(), Error> {
        let address = parent.address_of(kind, name);
        let id = Some(id.to_owned());
        let change = Change { action: Action::Delete, address, id, fields: Vec::new(), place: None };
        if self.approve(&change, log)? {
            self.remove(kind, parent, change.id.as_deref().unwrap_or_default(), name).await?;
            self.done(change, log);
        }
        Ok(())
    }

    /// Deletes an object, and forgets its fingerprints.
    pub(crate) async fn remove(
        &self,
        kind: &Kind,
        parent: &Parent,
        id: &str,
        name: &str,
    ) -> Result<(), Error> {
        let deleted = self.remote.delete(kind, parent.ids(), id).await;
        deleted
            .map_err(|error| Error::request(Problem::new(format!("cannot delete `{name}` ({id})")), error))?;
        self.fingerprints.forget(id);
        Ok(())
    }

    fn change(action: Action, address: &str, object: &Object) -> Change {
        let place = object.at.problem("").place;
        Change { action, address: address.to_owned(), id: None, fields: Vec::new(), place }
    }

    /// Returns the only action of the name. Those of an integration that a run began to replace do not count beside others.
    fn find_action<'a>(
        &self,
        wanted: &WantedAction,
        entries: &'a [Value],
    ) -> Result<Option<&'a Value>, Error> {
        let is_wanted = |entry: &&Value| {
            let integration = wanted.integration.as_deref();
            entry["action_name"] == wanted.name.as_str()
                && integration.is_none_or(|name| entry["integration_name"] == name)
        };
        let mut found: Vec<&Value> = entries.iter().filter(is_wanted).collect();
        if found.len() > 1 {
            let replacing = self.fingerprints.replacing();
            found.retain(|entry| !replacing.contains(entry["integration_id"].as_str().unwrap_or_default()));
        }
        match found.as_slice() {
            [] => Ok(None),
            [entry] => Ok(Some(entry)),
            several => {
                let ids: Vec<&str> = several.iter().filter_map(|entry| entry["id"].as_str()).collect();
                let text =
                    format!("several actions have this name: {}; add `integration`", ids.join(" and "));
                Err(wanted.at.problem(text).into())
            }
        }
    }

    /// Adds a note.
    pub(crate) fn note(log: &mut Log, address: &str, message: String) {
        log.notes.push(Note { address: address.to_owned(), message });
    }
}

fn action_address(agent: &Parent, wanted: &WantedAction) -> String {
    format!("{}/actions/{}", agent.address, wanted.name)
}

/// Whether an action that is missing may exist after other changes: those that are planned, or that wait for a person.
fn may_appear(is_planning: bool, agent: &Parent, log: &Log) -> bool {
    let below = format!("{}/", agent.address);
    agent.ids.is_none()
        || log.pending.iter().any(|pending| pending.address.starts_with(&below))
        || is_planning && log.changes.iter().any(|change| change.address.starts_with(&below))
}

/// Whether a planned change creates the tool of an action again. The new tool may be enabled or not.
fn is_renewed(agent: &Parent, entry: &Value, changes: &[Change]) -> bool {
    let text = |name: &str| entry[name].as_str().unwrap_or_default();
    let integration = agent.below(text("integration_type"), text("integration_name"));
    let tool = Parent { address: integration.clone(), ids: None }.below("tools", text("name"));
    changes.iter().any(|change| {
        change.action == Action::Replace && (change.address == integration || change.address == tool)
    })
}
