//! The objects of a new sandbox. Their ids are those of the examples in the OpenAPI document, so the examples work.

use serde_json::{Value, json};

use super::agents::new_agent;
use super::ids::{self, derived_id, new_api_key};
use super::phone_numbers::new_number;
use super::workflows::new_workflow;
use super::{PUBLIC, TEAM};
use crate::spec::SPEC;
use crate::store::{Db, Table};

/// The key and the ids that a user of a new sandbox needs.
#[derive(Clone, Debug)]
pub(crate) struct SeedData {
    pub key: String,
    pub agent: String,
    pub workflow: String,
}

/// Seeds an empty database, and returns the first key and ids of any database.
pub(crate) fn ensure(db: &Db<'_>, now: &str) -> rusqlite::Result<SeedData> {
    let seed = settings(db)?;
    if db.get(Table::ApiKeys, &seed.key)?.is_some() {
        return Ok(seed);
    }
    db.insert(
        Table::ApiKeys,
        "",
        &json!({ "id": seed.key, "scopes": null, "expires_at": null, "rate_limit": null, "rate_window": null }),
    )?;

    let mut public = new_workflow(&derived_id("public workflow"), now);
    public["name"] = "Shop assistant".into();
    public["description"] = "Informs about products, orders and opening hours.".into();
    public["category"] = "retail".into();
    public["visibility"] = "public".into();
    public["is_owner"] = false.into();
    public["system_prompt"] = "You help the customers of a shop. Be brief and kind.".into();
    let mut own = public.clone();
    // The service sends such placeholders.
    public["setup_steps"] = json!([[]]);
    db.insert(Table::Workflows, PUBLIC, &public)?;

    own["id"] = seed.workflow.as_str().into();
    own["name"] = "Corner shop".into();
    own["visibility"] = "private".into();
    own["is_owner"] = true.into();
    db.insert(Table::Workflows, TEAM, &own)?;

    let mut agent = new_agent(&seed.agent, now);
    agent["name"] = "Ada".into();
    agent["description"] = "Looks after the customers of the corner shop.".into();
    agent["workflow_id"] = seed.workflow.as_str().into();
    agent["business_name"] = "Corner Shop".into();
    db.insert(Table::Agents, TEAM, &agent)?;

    let number = new_number(&example("phone_number_id"), &Value::Null, "+447700900456", now);
    db.insert(Table::PhoneNumbers, TEAM, &number)?;
    ids::restart(db)?;
    Ok(seed)
}

/// Returns the first key and ids. A reset keeps them.
fn settings(db: &Db<'_>) -> rusqlite::Result<SeedData> {
    if let Some(row) = db.get(Table::Settings, "seed")? {
        let text = |field: &str| row.data[field].as_str().unwrap_or_default().to_owned();
        return Ok(SeedData { key: text("key"), agent: text("agent"), workflow: text("workflow") });
    }
    let ids =
        SeedData { key: new_api_key(db)?, agent: example("agent_id"), workflow: example("workflow_id") };
    let data = json!({ "id": "seed", "key": ids.key, "agent": ids.agent, "workflow": ids.workflow });
    db.insert(Table::Settings, "", &data)?;
    Ok(ids)
}

/// Returns the example id of a path parameter.
fn example(parameter: &str) -> String {
    SPEC.example(parameter).map_or_else(|| derived_id(parameter), str::to_owned)
}
