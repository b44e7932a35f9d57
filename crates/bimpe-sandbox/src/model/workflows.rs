//! Workflows: those of the team, and public ones.

use serde_json::{Value, json};

use super::ids::new_id;
use super::{Error, PUBLIC, TEAM};
use crate::store::{Db, Listing, Row, Table, set_fields};

pub(crate) const LISTING: Listing = Listing {
    table: Table::Workflows,
    search: &["name", "description", "category"],
    sort: &["created_at", "updated_at", "name", "category"],
};

/// Returns the owners whose workflows a list with this `scope` holds.
pub(crate) fn owners(scope: Option<&str>) -> &'static [&'static str] {
    match scope {
        Some("owned") => &[TEAM],
        Some("public") => &[PUBLIC],
        _ => &[TEAM, PUBLIC],
    }
}

/// Returns a private workflow of the team with the default of every field.
pub(crate) fn new_workflow(id: &str, now: &str) -> Value {
    json!({
        "id": id,
        "name": "",
        "description": null,
        "category": null,
        "visibility": "private",
        "is_owner": true,
        "system_prompt": null,
        "rules": [],
        "flows": [],
        "tags": null,
        "integrations": null,
        "channels": null,
        "actions": null,
        "guide": null,
        "faq": null,
        "setup_steps": [],
        "setup_time": null,
        "video_url": null,
        "created_at": now,
        "updated_at": now,
    })
}

/// Returns a workflow that the team can read.
pub(crate) fn find(db: &Db<'_>, id: &str) -> Result<Row, Error> {
    db.get(Table::Workflows, id)?.ok_or_else(|| Error::not_found("Workflow"))
}

fn find_owned(db: &Db<'_>, id: &str) -> Result<Row, Error> {
    db.child(Table::Workflows, TEAM, id)?.ok_or_else(|| Error::not_found("Workflow"))
}

pub(crate) fn create(db: &Db<'_>, fields: &Value, now: &str) -> Result<Value, Error> {
    check_blank_fields(fields)?;
    let mut workflow = new_workflow(&new_id(db)?, now);
    set_fields(&mut workflow, fields);
    complete(&mut workflow);
    db.insert(Table::Workflows, TEAM, &workflow)?;
    Ok(workflow)
}

pub(crate) fn update(db: &Db<'_>, id: &str, fields: &Value, now: &str) -> Result<Row, Error> {
    check_blank_fields(fields)?;
    let mut workflow = find_owned(db, id)?;
    workflow.update(fields, now);
    complete(&mut workflow.data);
    db.save(Table::Workflows, &workflow)?;
    Ok(workflow)
}

/// Deletes a workflow. Agents that used the workflow have none afterwards.
pub(crate) fn delete(db: &Db<'_>, id: &str) -> Result<(), Error> {
    let workflow = find_owned(db, id)?;
    db.remove(Table::Workflows, &workflow.id)?;
    for mut agent in db.children(Table::Agents, TEAM)? {
        if agent.data["workflow_id"] == workflow.id.as_str() {
            agent.data["workflow_id"] = Value::Null;
            db.save(Table::Agents, &agent)?;
        }
    }
    Ok(())
}

/// Returns the workflow for an agent: the team's own, or a copy of a public workflow.
pub(crate) fn copy_if_public(db: &Db<'_>, id: &str, now: &str) -> Result<Row, Error> {
    let workflow = find(db, id)?;
    if workflow.parent == TEAM { Ok(workflow) } else { copy(db, workflow, now) }
}

/// Creates a private copy for the team.
pub(crate) fn copy(db: &Db<'_>, source: Row, now: &str) -> Result<Row, Error> {
    let mut workflow = source.data;
    let id = new_id(db)?;
    workflow["id"] = Value::from(id.as_str());
    workflow["visibility"] = Value::from("private");
    workflow["is_owner"] = Value::from(true);
    workflow["created_at"] = Value::from(now);
    workflow["updated_at"] = Value::from(now);
    db.insert(Table::Workflows, TEAM, &workflow)?;
    find(db, &id)
}

fn check_blank_fields(fields: &Value) -> Result<(), Error> {
    let blank = |field: &&str| fields[*field].as_str().is_some_and(|text| text.trim().is_empty());
    let errors: Vec<String> = ["name", "system_prompt"]
        .iter()
        .filter(|field| blank(field))
        .map(|field| format!("{field}: must not be blank"))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::from(errors)) }
}

/// Gives rules and flows the form of responses.
fn complete(workflow: &mut Value) {
    // Responses hold all fields of a rule.
    for rule in workflow["rules"].as_array_mut().into_iter().flatten() {
        for field in ["condition", "action"] {
            if rule.get(field).is_none() {
                rule[field] = Value::Null;
            }
        }
    }
    // A request can set a field of a step to null, but responses hold no null there.
    for flow in workflow["flows"].as_array_mut().into_iter().flatten() {
        let steps = flow.get_mut("conversation_steps").and_then(Value::as_array_mut).into_iter().flatten();
        for step in steps.filter_map(Value::as_object_mut) {
            step.retain(|_, field| !field.is_null());
        }
    }
}
