//! The changes of a plan that is carried out.

use std::collections::HashMap;

use crate::plan::{Action, Change, FieldChange};

/// The changes of a plan, for look-ups.
pub(crate) struct Approved<'a>(HashMap<(Action, &'a str), Vec<&'a Change>>);

impl<'a> Approved<'a> {
    pub(crate) fn new(planned: &'a [Change]) -> Self {
        let mut changes: HashMap<_, Vec<_>> = HashMap::new();
        for change in planned {
            changes.entry((change.action, change.address.as_str())).or_default().push(change);
        }
        Self(changes)
    }

    pub(crate) fn allows(&self, change: &Change) -> bool {
        let planned = self.0.get(&(change.action, change.address.as_str())).into_iter().flatten();
        let mut planned = planned.filter(|planned| planned.id.is_none() || planned.id == change.id);
        match change.action {
            Action::Update | Action::Replace | Action::SetStatus => planned.any(|planned| {
                change.fields.iter().all(|field| planned.fields.iter().any(|other| covers(other, field)))
            }),
            Action::Delete => {
                planned.next().is_some() || self.replaces(&change.address, change.id.as_deref())
            }
            _ => planned.next().is_some(),
        }
    }

    /// Whether the plan replaces the object of this id.
    pub(crate) fn replaces(&self, address: &str, id: Option<&str>) -> bool {
        let planned = self.0.get(&(Action::Replace, address)).into_iter().flatten();
        id.is_some() && planned.into_iter().any(|planned| planned.id.as_deref() == id)
    }
}

/// Whether a planned change of a field is the one that is needed now. An object that did not exist had no value.
fn covers(planned: &FieldChange, now: &FieldChange) -> bool {
    planned.field == now.field
        && planned.after == now.after
        && (planned.before.is_none() || planned.before == now.before)
}
