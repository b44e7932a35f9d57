//! Agents.

use serde_json::{Value, json};

use super::ids::{new_id, new_test_code};
use super::{Error, TEAM, workflows};
use crate::store::{Db, Listing, Row, Table, set_fields};

pub(crate) const LISTING: Listing = Listing {
    table: Table::Agents,
    search: &["name", "description", "business_name"],
    sort: &["created_at", "updated_at", "name", "status"],
};

/// Returns an agent with the default of every field.
pub(crate) fn new_agent(id: &str, now: &str) -> Value {
    json!({
        "id": id,
        "name": "",
        "description": "",
        "workflow_id": null,
        "language": "en",
        "persona": "friendly",
        "timezone": "UTC",
        "logo": null,
        "business_name": null,
        "business_address": null,
        "business_email": null,
        "business_description": null,
        "test_channel_code": null,
        "status": "development",
        "status_reason": null,
        "escalation_email": null,
        "created_at": now,
        "updated_at": now,
    })
}

pub(crate) fn find(db: &Db<'_>, id: &str) -> Result<Row, Error> {
    db.get(Table::Agents, id)?.ok_or_else(|| Error::not_found("Agent"))
}

/// Creates an agent unless the team has `limit` agents. Returns the agent and its workflow.
pub(crate) fn create(db: &Db<'_>, fields: &Value, limit: usize, now: &str) -> Result<(Value, Value), Error> {
    if db.count_all(Table::Agents)? >= limit {
        return Err(Error::new("agent_limit_reached", "Agent limit reached for your plan"));
    }
    let workflow = workflows::copy_if_public(db, fields["workflow_id"].as_str().unwrap_or_default(), now)?;
    let mut agent = new_agent(&new_id(db)?, now);
    set_fields(&mut agent, fields);
    agent["workflow_id"] = Value::from(workflow.id);
    db.insert(Table::Agents, TEAM, &agent)?;
    Ok((agent, workflow.data))
}

pub(crate) fn update(db: &Db<'_>, agent: &mut Row, fields: &Value, now: &str) -> Result<(), Error> {
    agent.update(fields, now);
    if let Some(workflow) = fields["workflow_id"].as_str() {
        agent.data["workflow_id"] = workflows::copy_if_public(db, workflow, now)?.id.into();
    }
    Ok(db.save(Table::Agents, agent)?)
}

/// Sets the live status. Removes the reason of the earlier status unless `fields` holds a new reason.
pub(crate) fn update_live_status(
    db: &Db<'_>,
    agent: &mut Row,
    fields: &Value,
    now: &str,
) -> Result<(), Error> {
    agent.data["status_reason"] = Value::Null;
    agent.update(fields, now);
    Ok(db.save(Table::Agents, agent)?)
}

/// Returns the agent that a start message names by its test code.
pub(crate) fn find_by_start_message(db: &Db<'_>, text: &str) -> Result<Option<Row>, Error> {
    let agents = db.children(Table::Agents, TEAM)?;
    Ok(agents.into_iter().find(|agent| is_start_message(agent, text)))
}

/// Returns whether a message is `start` and the test code of the agent.
pub(super) fn is_start_message(agent: &Row, text: &str) -> bool {
    let mut words = text.split_whitespace();
    let is_start = words.next().is_some_and(|word| word.eq_ignore_ascii_case("start"));
    let code = words.next().filter(|_| is_start && words.next().is_none());
    code.is_some_and(|code| agent.data["test_channel_code"] == code.to_ascii_uppercase())
}

/// Returns the test code of an agent. The first request creates the code.
pub(crate) fn test_code(db: &Db<'_>, agent: &mut Row) -> Result<String, Error> {
    if let Some(code) = agent.data["test_channel_code"].as_str() {
        return Ok(code.to_owned());
    }
    let code = new_test_code(db)?;
    agent.data["test_channel_code"] = code.as_str().into();
    db.save(Table::Agents, agent)?;
    Ok(code)
}
