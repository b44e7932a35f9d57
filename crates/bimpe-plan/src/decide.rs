//! Compares an object of a file with the server.

use bimpe::engine::{Comparison, compare, returned_fields};
use serde_json::{Map, Value};

use crate::document::Object;
use crate::fingerprints::{Fingerprints, Verdict};
use crate::kinds::Kind;
use crate::plan::{Action, FieldChange};
use crate::problem::Problem;

/// The change that an object needs.
#[derive(Debug, Default)]
pub(crate) struct Decision {
    /// Create, update or replace; none if the server has the object.
    pub(crate) action: Option<Action>,
    pub(crate) fields: Vec<FieldChange>,
    /// Fields that can be compared neither with the server nor with a fingerprint.
    pub(crate) unverifiable: Vec<String>,
}

impl Decision {
    /// The decision about an object that the server does not have.
    pub(crate) fn create(object: &Object) -> Self {
        let fields = object.body.keys().filter(|field| *field != object.kind.name_field);
        let mut fields: Vec<FieldChange> = fields.map(|field| shown(object, field)).collect();
        fields.extend(object.workflow.as_deref().map(|name| workflow(None, name)));
        Self { action: Some(Action::Create), fields, unverifiable: Vec::new() }
    }

    /// The decision about an object that the server has. `workflow_name` is the name of its workflow there.
    pub(crate) fn existing(
        object: &Object,
        entry: &Value,
        workflow_name: Option<&str>,
        fingerprints: &Fingerprints,
    ) -> Self {
        let kind = object.kind;
        let id = entry["id"].as_str().unwrap_or_default();
        let mut decision = Self::default();
        for (name, value) in object.body.iter().filter(|(name, _)| *name != kind.name_field) {
            match comparison(kind, &object.body, name, value, entry) {
                Comparison::Same => continue,
                Comparison::Different(there) => {
                    let before = Some(there.clone());
                    decision.fields.push(FieldChange { before, ..shown(object, name) });
                }
                Comparison::NotReturned => match fingerprints.verdict(id, name, value) {
                    Verdict::Same => continue,
                    Verdict::Unknown => {
                        decision.unverifiable.push(name.clone());
                        continue;
                    }
                    Verdict::Changed => {
                        decision.fields.push(FieldChange { field: name.clone(), before: None, after: None });
                    }
                },
            }
            if !kind.can_update(name) {
                decision.action = Some(Action::Replace);
            }
        }
        if let Some(wanted) = object.workflow.as_deref().filter(|wanted| Some(*wanted) != workflow_name) {
            decision.fields.push(workflow(Some(workflow_name.into()), wanted));
        }
        if !decision.fields.is_empty() {
            decision.action = decision.action.or(Some(Action::Update));
        }
        decision
    }

    /// Returns what the file lacks for this change.
    pub(crate) fn missing(&self, object: &Object) -> Vec<Problem> {
        let needs = |field: &str| match self.action {
            None => false,
            Some(Action::Update) => self.fields.iter().any(|change| change.field == field),
            Some(_) => true,
        };
        let verb = if self.action == Some(Action::Create) { "create" } else { "change" };
        let missing = object.missing.iter().filter(|(field, _)| needs(field));
        let explained = missing.map(|(_, problem)| {
            let mut problem = problem.clone();
            problem.message = format!("cannot {verb} `{}`: {}", object.name, problem.message);
            problem
        });
        explained.collect()
    }
}

/// Compares a field with a list entry.
pub(crate) fn comparison<'a>(
    kind: &Kind,
    body: &Map<String, Value>,
    name: &str,
    value: &Value,
    entry: &'a Value,
) -> Comparison<'a> {
    let Some(field) = kind.field(name, body) else { return Comparison::NotReturned };
    compare(field, value, returned_fields(kind.list, kind.part), kind.configured(entry))
}

/// The fields of the status operation that differ; all of them for an agent that does not exist.
pub(crate) fn status(object: &Object, entry: Option<&Value>) -> Vec<FieldChange> {
    let changes = object.status.iter().filter_map(|(name, value)| match entry {
        None => Some(shown(object, name)),
        Some(entry) => match comparison(object.kind, &object.body, name, value, entry) {
            Comparison::Different(there) => {
                Some(FieldChange { before: Some(there.clone()), ..shown(object, name) })
            }
            _ => None,
        },
    });
    changes.collect()
}

/// The change of a field to what the file says. A secret has no value.
fn shown(object: &Object, name: &str) -> FieldChange {
    let written = object.shown(name);
    let is_secret = object.kind.field(name, &object.body).is_none_or(holds_secret);
    FieldChange { field: name.to_owned(), before: None, after: (!is_secret).then_some(written) }
}

fn holds_secret(field: &bimpe::schema::Field) -> bool {
    use bimpe::schema::Type;
    field.secret || matches!(field.ty, Type::Object(object) if object.fields.iter().any(holds_secret))
}

fn workflow(before: Option<Value>, name: &str) -> FieldChange {
    FieldChange { field: crate::kinds::WORKFLOW.to_owned(), before, after: Some(name.into()) }
}
