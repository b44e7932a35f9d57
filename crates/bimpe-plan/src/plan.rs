//! A plan: the changes that lead from the state of the server to the files.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::FileDigest;
use crate::problem::Place;

/// Longer values are cut where people read them.
const SHOWN: usize = 60;

/// The changes that lead from the state of the server to the files. A plan holds no resolved reference.
///
/// ```
/// let text = r#"{ "version": 1, "origin": "https://api.bimpe.ai", "files": [], "prune": false,
///   "changes": [{ "action": "create", "address": "workflows/Shop assistant", "fields": [] }], "notes": [] }"#;
/// let plan: bimpe_plan::Plan = bimpe::serde_json::from_str(text)?;
/// assert_eq!(plan.to_string(), "+ workflows/Shop assistant\n\n1 to create.\n");
/// # Ok::<(), bimpe::serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Version of this format.
    pub version: u32,
    /// Address of the API that the plan is for.
    pub origin: String,
    /// The files that were read.
    pub files: Vec<FileDigest>,
    /// Whether the plan deletes what the files do not name.
    pub prune: bool,
    /// The changes, in their order.
    pub changes: Vec<Change>,
    /// Facts that need no change.
    pub notes: Vec<Note>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The kind of change.
    pub action: Action,
    /// Sections and names from the top, as in `agents/Ada/knowledge/Opening hours`.
    pub address: String,
    /// Id of the object, if it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The fields that change.
    pub fields: Vec<FieldChange>,
    /// Position of the object in a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// The kind of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The object is created.
    Create,
    /// A public workflow is copied for the team.
    Clone,
    /// Fields of the object change.
    Update,
    /// The object is created again, and the old one is deleted, because the API cannot change it.
    Replace,
    /// The live status of an agent changes.
    SetStatus,
    /// An action is enabled.
    Enable,
    /// An action is disabled.
    Disable,
    /// The tools of an MCP server are discovered.
    Discover,
    /// The object is deleted.
    Delete,
}

/// A field that changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Name of the field.
    pub field: String,
    /// The value on the server; absent if the API does not return it, or the object does not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The value as the file writes it; absent for a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// A fact about an object that needs no change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Address of the object.
    pub address: String,
    /// The fact.
    pub message: String,
}

impl Plan {
    /// Whether the server has all that the files ask for.
    ///
    /// ```
    /// fn exit_code(plan: &bimpe_plan::Plan) -> u8 {
    ///     if plan.is_empty() { 0 } else { 2 }
    /// }
    /// ```
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl Action {
    /// The mark of the change in a plan: `+`, `~`, `-/+` or `-`.
    ///
    /// ```
    /// assert_eq!(bimpe_plan::Action::Create.mark(), "+");
    /// ```
    pub fn mark(self) -> &'static str {
        match self {
            Self::Create | Self::Clone => "+",
            Self::Update | Self::SetStatus | Self::Enable | Self::Disable | Self::Discover => "~",
            Self::Replace => "-/+",
            Self::Delete => "-",
        }
    }

    /// The words after the address, where the mark does not say all.
    pub(crate) fn detail(self) -> &'static str {
        match self {
            Self::Clone => " (copy of the public workflow)",
            Self::Replace => " (replaced, because the API cannot change it)",
            Self::SetStatus => " (live status)",
            Self::Enable => " (enable)",
            Self::Disable => " (disable)",
            Self::Discover => " (discover its tools)",
            Self::Create | Self::Update | Self::Delete => "",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.action.mark(), self.address, self.action.detail())?;
        if let Some(id) = &self.id {
            write!(f, " {id}")?;
        }
        for change in &self.fields {
            write!(f, "\n    {}: ", change.field)?;
            match (&change.before, &change.after) {
                (Some(before), Some(after)) => write!(f, "{} -> {}", show(before), show(after))?,
                (None, Some(after)) => f.write_str(&show(after))?,
                _ if self.id.is_some() => f.write_str("(write-only, fingerprint differs)")?,
                _ => f.write_str("(write-only)")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for change in &self.changes {
            writeln!(f, "{change}")?;
        }
        for note in &self.notes {
            writeln!(f, "  {}: {}", note.address, note.message)?;
        }
        if !self.changes.is_empty() || !self.notes.is_empty() {
            writeln!(f)?;
        }
        writeln!(f, "{}", self.summary())
    }
}

impl Plan {
    /// The numbers of changes, as in `2 to create, 1 to change.`
    fn summary(&self) -> String {
        let count = |mark: &str| self.changes.iter().filter(|change| change.action.mark() == mark).count();
        let counts = [("+", "create"), ("~", "change"), ("-/+", "replace"), ("-", "delete")];
        let counts = counts.map(|(mark, verb)| (count(mark), verb));
        let parts: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, verb)| format!("{count} to {verb}"))
            .collect();
        if parts.is_empty() { "Nothing to do.".to_owned() } else { format!("{}.", parts.join(", ")) }
    }
}

fn show(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text,
    }
}
