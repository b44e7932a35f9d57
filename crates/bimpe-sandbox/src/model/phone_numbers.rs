//! Phone numbers of the team, and requests for new ones.

use serde_json::{Value, json};

use super::ids::new_id;
use super::{Error, TEAM, agents};
use crate::store::{Db, Listing, Row, Table};

pub(crate) const NUMBERS: Listing = Listing {
    table: Table::PhoneNumbers,
    search: &["e164", "label"],
    sort: &["created_at", "updated_at", "label"],
};

pub(crate) const REQUESTS: Listing = Listing {
    table: Table::PhoneNumberRequests,
    search: &["business_name", "intended_use"],
    sort: &["created_at", "updated_at", "status"],
};

pub(crate) fn find(db: &Db<'_>, id: &str) -> Result<Row, Error> {
    db.get(Table::PhoneNumbers, id)?.ok_or_else(|| Error::not_found("Resource"))
}

/// Returns the phone numbers that are linked to an agent.
pub(crate) fn linked_to(db: &Db<'_>, agent: &str) -> Result<Vec<Row>, Error> {
    let mut numbers = db.children(Table::PhoneNumbers, TEAM)?;
    numbers.retain(|number| number.data["agent_id"] == agent);
    Ok(numbers)
}

/// Updates a number. A number that is linked to an agent accepts inbound calls.
pub(crate) fn update(db: &Db<'_>, number: &mut Row, fields: &Value, now: &str) -> Result<(), Error> {
    if let Some(agent) = fields["agent_id"].as_str() {
        agents::find(db, agent)?;
    }
    number.update(fields, now);
    number.data["inbound_enabled"] = Value::from(!number.data["agent_id"].is_null());
    Ok(db.save(Table::PhoneNumbers, number)?)
}

pub(crate) fn create_request(db: &Db<'_>, fields: &Value, now: &str) -> Result<Value, Error> {
    let mut request = json!({ "id": new_id(db)?, "status": "under_review" });
    for field in ["business_name", "intended_use", "region", "agent_count", "outbound_minutes"] {
        request[field] = fields[field].clone();
    }
    request["agent_id"] = fields["submitted_by_agent_id"].clone();
    request["created_at"] = now.into();
    request["updated_at"] = now.into();
    db.insert(Table::PhoneNumberRequests, TEAM, &request)?;
    Ok(request)
}

/// Approves a request, and returns the new number. The number is not linked to an agent.
pub(crate) fn approve_request(db: &Db<'_>, id: &str, now: &str) -> Result<Value, Error> {
    let request = db.get(Table::PhoneNumberRequests, id)?;
    let mut request = request.ok_or_else(|| Error::not_found("Resource"))?;
    if request.data["status"] != "under_review" {
        return Err(Error::new("conflict", "The request was reviewed before"));
    }
    request.data["status"] = "approved".into();
    request.data["updated_at"] = now.into();
    db.save(Table::PhoneNumberRequests, &request)?;
    // Ofcom reserves this range for fiction, so no subscriber has the number.
    let count = db.count(Table::PhoneNumbers, TEAM)?;
    let e164 = format!("+447700900{:03}", 500 + count % 500);
    let number = new_number(&new_id(db)?, &request.data["business_name"], &e164, now);
    db.insert(Table::PhoneNumbers, TEAM, &number)?;
    Ok(number)
}

/// Returns a number that is not linked to an agent.
pub(crate) fn new_number(id: &str, label: &Value, e164: &str, now: &str) -> Value {
    json!({
        "id": id,
        "agent_id": null,
        "label": label,
        "e164": e164,
        "created_at": now,
        "updated_at": now,
        "inbound_enabled": false,
    })
}
