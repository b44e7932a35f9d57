//! Phone numbers of the team, and requests for new ones.

use serde_json::{Value, json};

use super::agents::TEAM;
use super::{Answer, Call, Handler, data};
use crate::http::{Problem, Reply};
use crate::ids::new_id;
use crate::store::{Db, Listing, Row, Table};

const NUMBERS: Listing = Listing {
    table: Table::PhoneNumbers,
    search: &["e164", "label"],
    sort: &["created_at", "updated_at", "label"],
};

const REQUESTS: Listing = Listing {
    table: Table::PhoneNumberRequests,
    search: &["business_name", "intended_use"],
    sort: &["created_at", "updated_at", "status"],
};

pub(super) fn find(operation: &str) -> Option<Handler> {
    Some(Handler::Quick(match operation {
        "phone_numbers.list" => list,
        "phone_numbers.retrieve" => retrieve,
        "phone_numbers.update" => update,
        "phone_numbers.requests.list" => list_requests,
        "phone_numbers.requests.create" => create_request,
        _ => return None,
    }))
}

fn list(call: &Call, db: &Db<'_>) -> Answer {
    let (rows, meta) = NUMBERS.page::<Problem>(db, &[TEAM], &call.query, &[])?;
    let brief = |row: Row| {
        let number = row.data;
        json!({ "id": number["id"], "agent_id": number["agent_id"], "label": number["label"], "e164": number["e164"] })
    };
    Ok(Reply::page("Phone numbers retrieved successfully", rows.into_iter().map(brief).collect(), meta))
}

fn retrieve(call: &Call, db: &Db<'_>) -> Answer {
    Ok(Reply::new("Phone number retrieved successfully", number(call, db)?.data))
}

fn update(call: &Call, db: &Db<'_>) -> Answer {
    let mut number = number(call, db)?;
    if let Some(agent) = call.body["agent_id"].as_str()
        && db.get(Table::Agents, agent)?.is_none()
    {
        return Err(Problem::not_found("Agent"));
    }
    call.update(&mut number, db, Table::PhoneNumbers)?;
    number.data["inbound_enabled"] = Value::from(!number.data["agent_id"].is_null());
    db.save(Table::PhoneNumbers, &number)?;
    Ok(Reply::new("Phone number updated successfully", number.data))
}

fn number(call: &Call, db: &Db<'_>) -> Result<Row, Problem> {
    db.get(Table::PhoneNumbers, call.id("phone_number_id"))?.ok_or_else(|| Problem::not_found("Resource"))
}

fn list_requests(call: &Call, db: &Db<'_>) -> Answer {
    let (rows, meta) = REQUESTS.page::<Problem>(db, &[TEAM], &call.query, &[])?;
    Ok(Reply::page("Phone number requests retrieved successfully", data(rows), meta))
}

fn create_request(call: &Call, db: &Db<'_>) -> Answer {
    let now = call.now();
    let mut request = json!({ "id": new_id(), "status": "under_review" });
    for field in ["business_name", "intended_use", "region", "agent_count", "outbound_minutes"] {
        request[field] = call.body[field].clone();
    }
    request["agent_id"] = call.body["submitted_by_agent_id"].clone();
    request["created_at"] = now.as_str().into();
    request["updated_at"] = now.into();
    db.insert(Table::PhoneNumberRequests, TEAM, &request)?;
    Ok(Reply::new("Phone number request submitted successfully", request))
}

/// What the review ends with: a number, not yet linked to an agent.
pub(crate) fn approve_number(db: &Db<'_>, request: &str, now: &str) -> Result<Value, Problem> {
    let request = db.get(Table::PhoneNumberRequests, request)?;
    let mut request = request.ok_or_else(|| Problem::not_found("Resource"))?;
    if request.data["status"] != "under_review" {
        return Err(Problem::new(409, "conflict", "The request was reviewed before"));
    }
    request.data["status"] = "approved".into();
    request.data["updated_at"] = now.into();
    db.save(Table::PhoneNumberRequests, &request)?;
    // From a range that is never given to anybody.
    let e164 = format!("+447700900{:03}", 500 + request.seq % 500);
    let number = json!({
        "id": new_id(),
        "agent_id": null,
        "label": request.data["business_name"],
        "e164": e164,
        "created_at": now,
        "updated_at": now,
        "inbound_enabled": false,
    });
    db.insert(Table::PhoneNumbers, TEAM, &number)?;
    Ok(number)
}
