//! Turns YAML values into objects, and checks them by the types of the operations.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use bimpe::engine::{check_body, did_you_mean};
use bimpe::schema::Operation;
use serde_json::{Map, Value};

use crate::clear_secrets;
use crate::document::{Location, Object, WantedAction, refuse_duplicates, value_at};
use crate::kinds::{
    ACTIONS, AGENTS, DISCOVER, EACH_AGENT, FAMILIES, INTEGRATIONS, Kind, WORKFLOW, WORKFLOW_ID,
};
use crate::problem::{Problem, Source, Spot};
use crate::reference::Resolver;
use crate::yaml::{Content, Entry, Node, split_path};

/// The fields that objects of each section have unless they have their own.
pub(crate) type Defaults = HashMap<&'static str, Vec<Entry>>;

/// Reads one file.
pub(crate) struct Reader<'a> {
    pub(crate) source: Arc<Source>,
    pub(crate) folder: &'a Path,
    pub(crate) resolver: &'a mut Resolver,
    pub(crate) defaults: Defaults,
    pub(crate) problems: Vec<Problem>,
}

impl Reader<'_> {
    fn add_problem(&mut self, spot: Spot, message: impl Into<String>) {
        self.problems.push(self.source.problem(spot, message));
    }

    /// Reads a list of objects.
    pub(crate) fn objects(&mut self, kind: &'static Kind, list: &Node) -> Vec<Object> {
        let Some(items) = list.items() else {
            self.add_problem(
                list.spot,
                format!("`{}` must be a list of objects with a `name`", kind.section),
            );
            return Vec::new();
        };
        items.iter().filter_map(|item| self.object(kind, item)).collect()
    }

    fn object(&mut self, kind: &'static Kind, node: &Node) -> Option<Object> {
        let Some(own) = node.entries() else {
            self.add_problem(
                node.spot,
                format!("an item of `{}` must be a mapping with a `name`", kind.section),
            );
            return None;
        };
        let mut entries = own.to_vec();
        let defaults = self.defaults.get(kind.section).into_iter().flatten();
        entries.extend(defaults.filter(|entry| node.get(&entry.key).is_none()).cloned());
        let node = Node { spot: node.spot, content: Content::Map(entries) };
        let name = self.name(&node);
        self.object_of(kind, name, node)
    }

    /// Reads the fields that each agent is to have.
    pub(crate) fn each_agent(&mut self, entry: &Entry) -> Option<Object> {
        let Some(own) = entry.node.entries() else {
            self.add_problem(entry.spot, format!("`{EACH_AGENT}` must be a mapping of fields of an agent"));
            return None;
        };
        if let Some(name) = entry.node.get("name") {
            self.add_problem(
                name.spot,
                format!("`{EACH_AGENT}` takes no `name`, because the command line selects the agents"),
            );
        }
        let mut entries = own.to_vec();
        let defaults = self.defaults.get(AGENTS.section).into_iter().flatten();
        entries.extend(defaults.filter(|default| entry.node.get(&default.key).is_none()).cloned());
        let node = Node { spot: entry.spot, content: Content::Map(entries) };
        // Each agent replaces the name.
        self.object_of(&AGENTS, Some(EACH_AGENT.to_owned()), node)
    }

    fn object_of(&mut self, kind: &'static Kind, name: Option<String>, node: Node) -> Option<Object> {
        let has_name = name.is_some();
        let name = name.unwrap_or_default();
        let at = Location { source: self.source.clone(), node: Arc::new(node) };
        let mut object = Object {
            kind,
            id: None,
            body: Map::from_iter([(kind.name_field.to_owned(), name.clone().into())]),
            name,
            status: Map::new(),
            written: Map::new(),
            missing: Vec::new(),
            workflow: None,
            actions: Vec::new(),
            discover: false,
            children: Vec::new(),
            at: at.clone(),
        };
        for entry in at.node.entries().unwrap_or_default().iter().filter(|entry| entry.key != "name") {
            self.entry(&mut object, entry);
        }
        for (_, children) in &object.children {
            refuse_duplicates(children, &mut self.problems);
        }
        // Without a name, only the problems of the other keys count: one of them may be a misspelt `name`.
        if !has_name {
            return None;
        }
        self.check(&mut object);
        Some(object)
    }

    fn name(&mut self, node: &Node) -> Option<String> {
        let Some(entry) = node.get("name") else {
            self.add_problem(node.spot, "`name` is required");
            return None;
        };
        match self.value(&entry.node) {
            Value::String(name) if !name.trim().is_empty() => Some(name),
            _ => {
                self.add_problem(
                    entry.spot,
                    "`name` must be a string with visible characters; put it in quotes",
                );
                None
            }
        }
    }

    fn entry(&mut self, object: &mut Object, entry: &Entry) {
        let kind = object.kind;
        let key = entry.key.as_str();
        if let Some(child) = kind.children.iter().find(|child| child.section == key && !is_family(child)) {
            object.children.push((*child, self.objects(child, &entry.node)));
        } else if kind.keys.contains(&key) {
            self.special(object, entry);
        } else if kind.fields().iter().any(|field| field.name == key) {
            let value = self.value(&entry.node);
            object.written.insert(key.to_owned(), entry.node.to_json());
            let fields = if kind.is_status(key) { &mut object.status } else { &mut object.body };
            fields.insert(key.to_owned(), value);
        } else {
            let fields = kind.fields().into_iter().map(|field| field.name);
            let known = fields
                .chain(kind.keys.iter().copied())
                .chain(kind.children.iter().map(|kind| kind.section))
                .chain(["name"]);
            let text = match key {
                "channels" => "the API cannot change channels; connect them in the dashboard".to_owned(),
                _ => format!("`{key}` is not a field of `{}`{}", kind.section, did_you_mean(key, known)),
            };
            self.add_problem(entry.spot, text);
        }
    }

    /// Reads a key that is no field of the API.
    fn special(&mut self, object: &mut Object, entry: &Entry) {
        let value = self.value(&entry.node);
        match (entry.key.as_str(), value) {
            (WORKFLOW, Value::String(name)) => object.workflow = Some(name),
            (WORKFLOW, _) => self.add_problem(entry.spot, "`workflow` must be the name of a workflow"),
            (DISCOVER, Value::Bool(discover)) => object.discover = discover,
            (DISCOVER, _) => self.add_problem(entry.spot, "`discover` must be true or false"),
            (INTEGRATIONS, _) => self.families(object, entry),
            (ACTIONS, _) => match entry.node.items() {
                Some(items) => {
                    for item in items {
                        let Some(action) = self.action(item) else { continue };
                        if object.actions.iter().any(|other| other.is_same(&action)) {
                            self.add_problem(
                                item.spot,
                                format!("the action `{}` is there twice", action.name),
                            );
                        }
                        object.actions.push(action);
                    }
                }
                None => self.add_problem(entry.spot, "`actions` must be a list of objects with a `name`"),
            },
            _ => {}
        }
    }

    fn families(&mut self, object: &mut Object, entry: &Entry) {
        let Some(entries) = entry.node.entries() else {
            let names: Vec<&str> = FAMILIES.iter().map(|kind| kind.section).collect();
            return self.add_problem(
                entry.spot,
                format!("`integrations` must be a mapping of {}", names.join(", ")),
            );
        };
        for family in entries {
            if let Some(kind) = FAMILIES.iter().find(|kind| kind.section == family.key) {
                object.children.push((*kind, self.objects(kind, &family.node)));
            } else {
                let hint = did_you_mean(&family.key, FAMILIES.iter().map(|kind| kind.section));
                let text = format!("`{}` is not a family of integrations{hint}", family.key);
                self.add_problem(family.spot, text);
            }
        }
    }

    fn action(&mut self, node: &Node) -> Option<WantedAction> {
        let name = self.name(node)?;
        let at = Location { source: self.source.clone(), node: Arc::new(node.clone()) };
        let mut action = WantedAction { name, integration: None, is_enabled: true, at };
        for entry in node.entries().unwrap_or_default() {
            match (entry.key.as_str(), self.value(&entry.node)) {
                ("name", _) => {}
                ("integration", Value::String(name)) => action.integration = Some(name),
                ("is_enabled", Value::Bool(is_enabled)) => action.is_enabled = is_enabled,
                ("integration" | "is_enabled", _) => {
                    let text = format!("`{}` has an invalid type of value", entry.key);
                    self.add_problem(entry.spot, text);
                }
                (other, _) => {
                    let hint = did_you_mean(other, ["name", "integration", "is_enabled"]);
                    self.add_problem(entry.spot, format!("`{other}` is not a field of an action{hint}"));
                }
            }
        }
        Some(action)
    }

    /// Returns the value with its references resolved.
    fn value(&mut self, node: &Node) -> Value {
        match &node.content {
            Content::Scalar(Value::String(text)) => match self.resolver.resolve(text, self.folder) {
                Ok(text) => text.into(),
                Err(reason) => {
                    self.add_problem(node.spot, reason);
                    text.as_str().into()
                }
            },
            Content::Scalar(value) => value.clone(),
            Content::List(items) => items.iter().map(|item| self.value(item)).collect(),
            Content::Map(entries) => {
                entries.iter().map(|entry| (entry.key.clone(), self.value(&entry.node))).collect()
            }
        }
    }

    /// Checks the fields by the types of the operations, and refuses secrets in clear.
    fn check(&mut self, object: &mut Object) {
        for (name, written) in &object.written {
            let Some(field) = object.kind.field(name, &object.body) else { continue };
            for path in clear_secrets::find(field, written) {
                let text = format!(
                    "`{path}` is a secret in clear; write a reference such as `${{env:NAME}}`, or `${{clear:…}}` to allow it"
                );
                self.problems.push(object.at.problem_at(&path, text));
            }
        }
        let mut body = object.body.clone();
        if object.workflow.is_some() {
            // The id is known only when the workflow exists.
            body.insert(WORKFLOW_ID.to_owned(), "".into());
        }
        self.check_fields(object, object.kind.create, body);
        if let Some(operation) = object.kind.status.filter(|_| !object.status.is_empty()) {
            self.check_fields(object, operation, object.status.clone());
        }
    }

    fn check_fields(&mut self, object: &mut Object, operation: &Operation, body: Map<String, Value>) {
        let body = Value::Object(body);
        let Err(error) = check_body(operation, Some(&body)) else { return };
        for invalid in error.field_errors() {
            let (head, rest) = split_path(&invalid.path);
            let path = match head {
                WORKFLOW_ID => WORKFLOW.to_owned(),
                head if head == object.kind.name_field => format!("name{rest}"),
                _ => invalid.path.clone(),
            };
            // A value from a reference may be a secret.
            let refers = clear_secrets::refers(&object.shown(head));
            let reason = invalid.message.split_once(", not `").filter(|_| refers);
            let reason = reason.map_or(invalid.message.as_str(), |(reason, _)| reason);
            let problem = object.at.problem_at(&path, format!("`{path}` {reason}"));
            if value_at(&body, &invalid.path).is_some() {
                self.problems.push(problem);
            } else {
                object.missing.push((head.to_owned(), problem));
            }
        }
    }
}

fn is_family(kind: &Kind) -> bool {
    FAMILIES.iter().any(|family| family.section == kind.section)
}

impl Node {
    /// Returns the value as the file writes it.
    fn to_json(&self) -> Value {
        match &self.content {
            Content::Scalar(value) => value.clone(),
            Content::List(items) => items.iter().map(Self::to_json).collect(),
            Content::Map(entries) => {
                entries.iter().map(|entry| (entry.key.clone(), entry.node.to_json())).collect()
            }
        }
    }
}
