//! Phone numbers of the team, and requests for new ones.

use serde_json::{Value, json};

use super::agents::TEAM;
use super::{Handler, HandlerResult, RequestContext, data};
use crate::http::{ApiError, ApiResponse};
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

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(Handler::Sync(match operation {
        "phone_numbers.list" => list,
        "phone_numbers.retrieve" => retrieve,
        "phone_numbers.update" => update,
        "phone_numbers.requests.list" => list_requests,
        "phone_numbers.requests.create" => create_request,
        _ => return None,
    }))
}

fn list(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let (rows, meta) = NUMBERS.page::<ApiError>(db, &[TEAM], &context.query, &[])?;
    let brief = |row: Row| {
        let number = row.data;
        json!({ "id": number["id"], "agent_id": number["agent_id"], "label": number["label"], "e164": number["e164"] })
    };
    Ok(ApiResponse::page("Phone numbers retrieved successfully", rows.into_iter().map(brief).collect(), meta))
}

fn retrieve(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    Ok(ApiResponse::new("Phone number retrieved successfully", number(context, db)?.data))
}

fn update(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let mut number = number(context, db)?;
    if let Some(agent) = context.body["agent_id"].as_str()
        && db.get(Table::Agents, agent)?.is_none()
    {
        return Err(ApiError::not_found("Agent"));
    }
    context.update(&mut number, db, Table::PhoneNumbers)?;
    number.data["inbound_enabled"] = Value::from(!number.data["agent_id"].is_null());
    db.save(Table::PhoneNumbers, &number)?;
    Ok(ApiResponse::new("Phone number updated successfully", number.data))
}

fn number(context: &RequestContext, db: &Db<'_>) -> Result<Row, ApiError> {
    db.get(Table::PhoneNumbers, context.id("phone_number_id"))?.ok_or_else(|| ApiError::not_found("Resource"))
}

fn list_requests(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let (rows, meta) = REQUESTS.page::<ApiError>(db, &[TEAM], &context.query, &[])?;
    Ok(ApiResponse::page("Phone number requests retrieved successfully", data(rows), meta))
}

fn create_request(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let now = context.now();
    let mut request = json!({ "id": new_id(), "status": "under_review" });
    for field in ["business_name", "intended_use", "region", "agent_count", "outbound_minutes"] {
        request[field] = context.body[field].clone();
    }
    request["agent_id"] = context.body["submitted_by_agent_id"].clone();
    request["created_at"] = now.as_str().into();
    request["updated_at"] = now.into();
    db.insert(Table::PhoneNumberRequests, TEAM, &request)?;
    Ok(ApiResponse::new("Phone number request submitted successfully", request))
}

/// What the review ends with: a number, not yet linked to an agent.
pub(crate) fn approve_number(db: &Db<'_>, request: &str, now: &str) -> Result<Value, ApiError> {
    let request = db.get(Table::PhoneNumberRequests, request)?;
    let mut request = request.ok_or_else(|| ApiError::not_found("Resource"))?;
    if request.data["status"] != "under_review" {
        return Err(ApiError::new(409, "conflict", "The request was reviewed before"));
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
