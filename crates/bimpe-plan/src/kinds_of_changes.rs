//! The changes of many agents, by kind.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::plan::{Action, Change};
use crate::problem::{Error, Problem};

/// The kinds of changes of many agents, and how many agents need each: a plan of many in short.
///
/// ```
/// let text = r#"{ "action": "create", "address": "agents/Ada/custom_api/Orders", "fields": [] }"#;
/// let mut kinds = bimpe_plan::ChangeKinds::default();
/// kinds.add(&[bimpe::serde_json::from_str(text)?]);
/// assert_eq!(kinds.to_string(), "+ agents/*/custom_api/Orders: 1 agent\n");
/// # Ok::<(), bimpe::serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ChangeKinds(BTreeMap<(String, Action), Kind>);

#[derive(Clone, Debug, Default)]
struct Kind {
    agents: u64,
    fields: BTreeSet<String>,
}

impl ChangeKinds {
    /// Adds the changes of one agent.
    pub fn add(&mut self, changes: &[Change]) {
        for change in changes {
            let kind = self.0.entry((below(change), change.action)).or_default();
            kind.agents += 1;
            kind.fields.extend(change.fields.iter().map(|field| field.field.clone()));
        }
    }

    /// Whether no agent needs a change.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Refuses a change of another kind.
    pub(crate) fn check(&self, changes: &[Change]) -> Result<(), Error> {
        let allows = |change: &Change| {
            let kind = self.0.get(&(below(change), change.action));
            kind.is_some_and(|kind| change.fields.iter().all(|field| kind.fields.contains(&field.field)))
        };
        match changes.iter().find(|change| !allows(change)) {
            None => Ok(()),
            Some(change) => {
                let text = format!("the plan has no change of this kind; plan again:\n{change}");
                Err(Problem::at(change.place.clone(), text).into())
            }
        }
    }
}

/// The address below the agent.
fn below(change: &Change) -> String {
    change.address.splitn(3, '/').nth(2).unwrap_or_default().to_owned()
}

impl fmt::Display for ChangeKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((below, action), kind) in &self.0 {
            let slash = if below.is_empty() { "" } else { "/" };
            write!(f, "{} agents/*{slash}{below}{}", action.mark(), action.detail())?;
            if *action == Action::Update {
                let fields: Vec<&str> = kind.fields.iter().map(String::as_str).collect();
                write!(f, " ({})", fields.join(", "))?;
            }
            writeln!(f, ": {} agent{}", kind.agents, if kind.agents == 1 { "" } else { "s" })?;
        }
        Ok(())
    }
}
