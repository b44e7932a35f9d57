//! Workflows: the team's own and the public ones.

use serde_json::{Value, json};

use super::agents::TEAM;
use super::{Answer, Call, Handler};
use crate::http::{Problem, Reply};
use crate::ids::new_id;
use crate::store::{Db, Listing, Row, Table};

/// The owner of the workflows that everybody may read and clone.
pub(crate) const PUBLIC: &str = "public";

const LISTING: Listing = Listing {
    table: Table::Workflows,
    search: &["name", "description", "category"],
    sort: &["created_at", "updated_at", "name", "category"],
};

pub(super) fn find(operation: &str) -> Option<Handler> {
    Some(Handler::Quick(match operation {
        "workflows.list" => list,
        "workflows.create" => create,
        "workflows.clone" => clone,
        "workflows.retrieve" => retrieve,
        "workflows.update" => update,
        "workflows.delete" => delete,
        _ => return None,
    }))
}

fn list(call: &Call, db: &Db<'_>) -> Answer {
    let owners: &[&str] = match call.query.get("scope").and_then(Value::as_str) {
        Some("owned") => &[TEAM],
        Some("public") => &[PUBLIC],
        _ => &[TEAM, PUBLIC],
    };
    let (rows, meta) = LISTING.page::<Problem>(db, owners, &call.query, &[])?;
    Ok(Reply::page("Workflows retrieved successfully", super::data(rows), meta))
}

fn create(call: &Call, db: &Db<'_>) -> Answer {
    refuse_blank(call)?;
    let mut workflow = new_workflow(&new_id(), &call.now());
    for (name, value) in call.body.as_object().into_iter().flatten() {
        workflow[name] = value.clone();
    }
    db.insert(Table::Workflows, TEAM, &workflow)?;
    Ok(Reply::new("Workflow created successfully", workflow))
}

/// A private workflow of the team with nothing in it.
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

fn clone(call: &Call, db: &Db<'_>) -> Answer {
    let source = readable(db, call.body["source_workflow_id"].as_str().unwrap_or_default())?;
    Ok(Reply::new("Workflow cloned successfully", copy(call, db, source)?.data))
}

fn retrieve(call: &Call, db: &Db<'_>) -> Answer {
    Ok(Reply::new("Workflow retrieved successfully", readable(db, call.id("workflow_id"))?.data))
}

fn update(call: &Call, db: &Db<'_>) -> Answer {
    refuse_blank(call)?;
    let mut workflow = owned(db, call.id("workflow_id"))?;
    call.update(&mut workflow, db, Table::Workflows)?;
    Ok(Reply::new("Workflow updated successfully", workflow.data))
}

/// Agents that ran the workflow are left without one, which the integration endpoints then report.
fn delete(call: &Call, db: &Db<'_>) -> Answer {
    let workflow = owned(db, call.id("workflow_id"))?;
    db.delete(Table::Workflows, &workflow.id, &call.now())?;
    for mut agent in db.children(Table::Agents, TEAM)? {
        if agent.data["workflow_id"] == workflow.id.as_str() {
            agent.data["workflow_id"] = Value::Null;
            db.save(Table::Agents, &agent)?;
        }
    }
    Ok(Reply::new("Workflow deleted successfully", Value::Null))
}

/// The workflow an agent will run: the team's own, or the team's copy of a public one.
pub(super) fn adopt(call: &Call, db: &Db<'_>, id: &str) -> Result<Row, Problem> {
    let workflow = readable(db, id)?;
    if workflow.parent == TEAM { Ok(workflow) } else { copy(call, db, workflow) }
}

fn copy(call: &Call, db: &Db<'_>, source: Row) -> Result<Row, Problem> {
    let mut workflow = source.data;
    let (id, now) = (new_id(), call.now());
    workflow["id"] = Value::from(id.as_str());
    workflow["visibility"] = Value::from("private");
    workflow["is_owner"] = Value::from(true);
    workflow["created_at"] = Value::from(now.as_str());
    workflow["updated_at"] = Value::from(now);
    db.insert(Table::Workflows, TEAM, &workflow)?;
    db.get(Table::Workflows, &id)?.ok_or_else(|| Problem::not_found("Workflow"))
}

fn readable(db: &Db<'_>, id: &str) -> Result<Row, Problem> {
    db.get(Table::Workflows, id)?.ok_or_else(|| Problem::not_found("Workflow"))
}

fn owned(db: &Db<'_>, id: &str) -> Result<Row, Problem> {
    db.child(Table::Workflows, TEAM, id)?.ok_or_else(|| Problem::not_found("Workflow"))
}

fn refuse_blank(call: &Call) -> Result<(), Problem> {
    let blank = |field: &&str| call.body[*field].as_str().is_some_and(|text| text.trim().is_empty());
    let problems: Vec<String> = ["name", "system_prompt"]
        .iter()
        .filter(|field| blank(field))
        .map(|field| format!("{field}: must not be blank"))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Problem::from(problems)) }
}
