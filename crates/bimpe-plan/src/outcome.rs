//! The result of one agent of a fleet.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::log::Pending;
use crate::plan::{Change, Note};
use crate::problem::Error;

/// The result of one agent of a [`crate::Fleet`].
#[derive(Debug, Serialize)]
pub struct AgentOutcome {
    /// Id of the agent; none if no agent has the id or the name of the list.
    pub id: Option<String>,
    /// Name of the agent, or the text of the list.
    pub name: String,
    /// How the agent ended.
    pub result: AgentResult,
    /// The changes: planned ones of a plan, those that were carried out of an application.
    pub changes: Vec<Change>,
    /// Facts that need no change.
    pub notes: Vec<Note>,
    /// The connections that a person must finish.
    pub pending: Vec<Pending>,
    /// The changes that an error or a stop prevented.
    pub left: Vec<Change>,
    /// The reason why changes are left.
    #[serde(serialize_with = "as_text")]
    pub error: Option<Error>,
}

/// How an agent of a [`crate::Fleet`] ended.
///
/// ```
/// assert_eq!(bimpe_plan::AgentResult::Unchanged.to_string(), "unchanged");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentResult {
    /// The agent needs changes.
    Planned,
    /// All changes were carried out.
    Done,
    /// The agent needs no change.
    Unchanged,
    /// A person must finish a connection.
    Pending,
    /// An error left changes.
    Failed,
    /// A stop left changes.
    Stopped,
}

impl AgentResult {
    /// Whether the agent has all that the file describes.
    pub(crate) fn is_finished(self) -> bool {
        matches!(self, Self::Done | Self::Unchanged)
    }
}

impl fmt::Display for AgentResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Planned => "planned",
            Self::Done => "done",
            Self::Unchanged => "unchanged",
            Self::Pending => "pending",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        })
    }
}

impl AgentOutcome {
    pub(crate) fn new(id: &str, name: &str) -> Self {
        Self {
            id: Some(id.to_owned()),
            name: name.to_owned(),
            result: AgentResult::Unchanged,
            changes: Vec::new(),
            notes: Vec::new(),
            pending: Vec::new(),
            left: Vec::new(),
            error: None,
        }
    }

    /// The outcome of a text that names no agent.
    pub(crate) fn failed(text: String, error: Error) -> Self {
        Self { id: None, name: text, ..Self::new("", "") }.ended(AgentResult::Failed, Some(error))
    }

    /// Sets the result, unless an error or a stop is one.
    pub(crate) fn ended(self, result: AgentResult, error: Option<Error>) -> Self {
        let result = match &error {
            None => result,
            Some(error) if error.is_stop => AgentResult::Stopped,
            Some(_) => AgentResult::Failed,
        };
        Self { result, error, ..self }
    }
}

#[expect(clippy::ref_option, reason = "serde passes the field so")]
fn as_text<S: Serializer>(error: &Option<Error>, serializer: S) -> Result<S::Ok, S::Error> {
    error.as_ref().map(ToString::to_string).serialize(serializer)
}
