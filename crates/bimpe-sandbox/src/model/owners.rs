//! The owners of agents, workflows and phone numbers.

/// The only team of a sandbox.
pub(crate) const TEAM: &str = "team";

/// The owner of workflows that every team can read and clone.
pub(crate) const PUBLIC: &str = "public";
