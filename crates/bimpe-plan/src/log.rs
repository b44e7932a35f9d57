//! The result of a walk, and the addresses of objects.

use crate::kinds::Kind;
use crate::plan::{Change, Note};

/// The result of a walk: the changes that are needed, or those that were carried out.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) changes: Vec<Change>,
    pub(crate) notes: Vec<Note>,
    pub(crate) pending: Vec<Pending>,
    /// Addresses of objects at the top that need nothing more.
    pub(crate) finished: Vec<String>,
}

/// A connection that a person must finish.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Pending {
    /// Address of the integration.
    pub address: String,
    /// The page to open.
    pub url: String,
}

/// The object that others lie below.
pub(crate) struct Parent {
    pub(crate) address: String,
    /// The ids of the path; none if the object does not exist yet.
    pub(crate) ids: Option<Vec<String>>,
}

impl Parent {
    pub(crate) fn top() -> Self {
        Self { address: String::new(), ids: Some(Vec::new()) }
    }

    pub(crate) fn address_of(&self, kind: &Kind, name: &str) -> String {
        self.below(kind.section, name)
    }

    /// Returns the address of an object in a section below.
    pub(crate) fn below(&self, section: &str, name: &str) -> String {
        let slash = if self.address.is_empty() { "" } else { "/" };
        format!("{}{slash}{section}/{}", self.address, name.replace('/', "%2F"))
    }

    pub(crate) fn ids(&self) -> &[String] {
        self.ids.as_deref().unwrap_or_default()
    }

    /// Returns the id of the object itself.
    pub(crate) fn id(&self) -> Option<&str> {
        self.ids().last().map(String::as_str)
    }
}
