//! The objects that the files ask for, with their fields and positions.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::kinds::Kind;
use crate::problem::{Problem, Source, Spot};
use crate::yaml::{Node, split_path};

/// The content of all files. [`crate::Files`] reads it.
#[derive(Debug, Default)]
pub struct Document {
    pub(crate) workflows: Vec<Object>,
    pub(crate) agents: Vec<Object>,
    /// The fields and objects of each agent of a [`crate::Fleet`].
    pub(crate) each_agent: Option<Object>,
    /// The sections at the top that a file has.
    pub(crate) sections: Vec<&'static str>,
    pub(crate) files: Vec<FileDigest>,
    /// The folder of the first file, which holds the fingerprints; none without files.
    pub(crate) folder: Option<PathBuf>,
}

impl Document {
    /// Returns the objects of a kind at the top.
    pub(crate) fn objects_mut(&mut self, section: &str) -> &mut Vec<Object> {
        if section == "workflows" { &mut self.workflows } else { &mut self.agents }
    }

    /// Returns the agents and the section for each agent, which may name workflows.
    pub(crate) fn users_of_workflows(&self) -> impl Iterator<Item = &Object> {
        self.agents.iter().chain(&self.each_agent)
    }

    /// Whether a file has the section `each_agent`, which [`crate::Fleet`] applies to many agents.
    ///
    /// ```
    /// let mut files = bimpe_plan::Files::default();
    /// files.read_text("bimpe.yaml", "each_agent: { timezone: Africa/Lagos }")?;
    /// assert!(files.finish()?.is_for_many());
    /// # Ok::<(), bimpe_plan::Error>(())
    /// ```
    pub fn is_for_many(&self) -> bool {
        self.each_agent.is_some()
    }

    /// The files, with the hashes of their texts.
    ///
    /// ```
    /// let mut files = bimpe_plan::Files::default();
    /// files.read_text("bimpe.yaml", "agents: []")?;
    /// assert_eq!(files.finish()?.files()[0].path, "bimpe.yaml");
    /// # Ok::<(), bimpe_plan::Error>(())
    /// ```
    pub fn files(&self) -> &[FileDigest] {
        &self.files
    }
}

/// A file and the hash of its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDigest {
    /// The path as the caller gave it.
    pub path: String,
    /// SHA-256 of the text, in hexadecimal digits.
    pub sha256: String,
}

/// One object of a file.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) kind: &'static Kind,
    pub(crate) name: String,
    /// The id of an agent that exists. Others are found by their names.
    pub(crate) id: Option<String>,
    /// The body that creates it, with resolved references. An agent has no `workflow_id` yet.
    pub(crate) body: Map<String, Value>,
    /// The fields of the status operation.
    pub(crate) status: Map<String, Value>,
    /// The fields as the file writes them, to show instead of resolved references.
    pub(crate) written: Map<String, Value>,
    /// The problems of missing fields, by field. An object that exists needs none of these fields.
    pub(crate) missing: Vec<(String, Problem)>,
    /// The name of an agent's workflow.
    pub(crate) workflow: Option<String>,
    pub(crate) actions: Vec<WantedAction>,
    /// Whether the tools of an MCP server are to be discovered.
    pub(crate) discover: bool,
    pub(crate) children: Vec<(&'static Kind, Vec<Object>)>,
    pub(crate) at: Location,
}

/// An action of an agent that is to be enabled or disabled.
#[derive(Clone, Debug)]
pub(crate) struct WantedAction {
    pub(crate) name: String,
    /// The integration that the action belongs to, if the file says so.
    pub(crate) integration: Option<String>,
    pub(crate) is_enabled: bool,
    pub(crate) at: Location,
}

impl WantedAction {
    /// Whether both name the same action.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.integration == other.integration
    }
}

/// A part of a file.
#[derive(Debug, Clone)]
pub(crate) struct Location {
    pub(crate) source: Arc<Source>,
    pub(crate) node: Arc<Node>,
}

impl Location {
    /// A problem of the whole part.
    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        self.source.problem(self.spot(), message)
    }

    /// A problem of the value at a path. Defaults live elsewhere in the file, so the path may not exist here.
    pub(crate) fn problem_at(&self, path: &str, message: impl Into<String>) -> Problem {
        self.source.problem(self.node.locate(path).0, message)
    }

    /// The position of the name, or of the part.
    fn spot(&self) -> Spot {
        self.node.get("name").map_or(self.node.spot, |entry| entry.spot)
    }
}

impl Object {
    /// Returns a field as plans and errors may show it.
    pub(crate) fn shown(&self, field: &str) -> Value {
        self.written.get(field).cloned().unwrap_or_default()
    }

    /// Returns the object for an agent that exists.
    pub(crate) fn of_agent(&self, id: &str, name: &str) -> Self {
        Self { id: Some(id.to_owned()), name: name.to_owned(), ..self.clone() }
    }

    /// Whether this is the object of a list entry.
    pub(crate) fn is(&self, entry: &Value) -> bool {
        match &self.id {
            Some(id) => entry["id"] == id.as_str(),
            None => self.kind.name_of(entry) == self.name,
        }
    }

    /// Returns the children of a kind; none if the file does not name the section.
    pub(crate) fn children_of(&self, kind: &Kind) -> &[Self] {
        let found = self.children.iter().find(|(other, _)| other.section == kind.section);
        found.map_or(&[], |(_, objects)| objects)
    }
}

/// Returns the value at a path such as `rules[0].name`, if it exists.
pub(crate) fn value_at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let (head, rest) = split_path(path);
    if head.is_empty() {
        return Some(value);
    }
    let index = head.strip_prefix('[').and_then(|head| head.strip_suffix(']')?.parse::<usize>().ok());
    let inner = match index {
        Some(index) => value.get(index),
        None => value.get(head),
    };
    value_at(inner?, rest)
}

/// Adds a problem for each object whose name another one of its list has.
pub(crate) fn refuse_duplicates(objects: &[Object], problems: &mut Vec<Problem>) {
    let mut first: HashMap<&str, &Location> = HashMap::new();
    for object in objects {
        if let Some(earlier) = first.get(object.name.as_str()) {
            let place = earlier.problem("").place.map(|place| place.to_string()).unwrap_or_default();
            let text = format!("`{}` is there twice, first at {place}; remove one", object.name);
            problems.push(object.at.problem(text));
        } else {
            first.insert(&object.name, &object.at);
        }
    }
}
