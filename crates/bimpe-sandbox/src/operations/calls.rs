//! Calls: made in an instant, over in two seconds.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::agents::TEAM;
use super::{Handler, HandlerResult, RequestContext};
use crate::clock;
use crate::http::{ApiError, ApiResponse};
use crate::ids::new_id;
use crate::store::{Db, Filter, Listing, Row, Table};

const LISTING: Listing = Listing {
    table: Table::Calls,
    search: &["destination", "source"],
    sort: &["created_on", "status", "duration_seconds"],
};

/// The number test calls come from: from a range that is never given to anybody.
const TEST_SOURCE: &str = "+447700900100";

/// When a call rings, is answered and ends, in milliseconds after it was made.
const RINGING: i64 = 300;
const ANSWERED: i64 = 700;
const ENDED: i64 = 1700;

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(Handler::Sync(match operation {
        "calls.list" => list,
        "calls.make" => make,
        "calls.retrieve" => retrieve,
        _ => return None,
    }))
}

fn list(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    for mut row in db.children(Table::Calls, &agent.id)? {
        update_status(&mut row, context.state.clock.now(), db)?;
    }
    let given = |field| context.query.get(field).map(|value| Filter { field, value: value.clone() });
    let filters: Vec<Filter> = ["is_test_call", "status"].into_iter().filter_map(given).collect();
    let (rows, meta) = LISTING.page::<ApiError>(db, &[&agent.id], &context.query, &filters)?;
    Ok(ApiResponse::page("Calls retrieved successfully", rows.into_iter().map(summary).collect(), meta))
}

fn retrieve(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    let row = db.child(Table::Calls, &agent.id, context.id("call_id"))?;
    let mut row = row.ok_or_else(|| ApiError::not_found("RequestContext"))?;
    update_status(&mut row, context.state.clock.now(), db)?;
    Ok(ApiResponse::new("RequestContext retrieved successfully", row.data))
}

/// The last digits of a number decide: 0001 is busy, 0002 fails, 0003 is not answered.
fn make(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    let is_test = context.body["is_test_call"] == true;
    let source = if is_test { Some(TEST_SOURCE.to_owned()) } else { linked_number(db, &agent.id)? };
    let Some(source) = source else {
        let text =
            "The agent has no live telephony channel. Link a phone number, or set is_test_call to true.";
        return Err(ApiError::new(400, "channel_not_configured", text));
    };
    let destination = context.body["destination"].as_str().unwrap_or_default();
    if destination.ends_with("0002") {
        let result = json!({ "status": "failed", "detail": "The call could not be placed." });
        return Ok(ApiResponse::new("RequestContext could not be placed", result));
    }
    let busy = destination.ends_with("0001");
    let (id, now) = (new_id(), context.now());
    let row = json!({
        "id": id,
        "source": source,
        "destination": destination,
        "status": if busy { "busy" } else { "queued" },
        "direction": "outbound",
        "created_on": now,
        "duration_seconds": null,
        "is_test_call": is_test,
        "error_reason": null,
        "end_reason": busy.then_some("busy"),
        "ringing_at": null,
        "ended_at": busy.then_some(now.as_str()),
        "started_at": null,
        "answered_at": null,
        "conversation_logs": [],
    });
    db.insert(Table::Calls, &agent.id, &row)?;
    if busy {
        let result = json!({ "status": "busy", "call_id": id, "detail": "The line is busy." });
        return Ok(ApiResponse::new("Line is busy", result));
    }
    Ok(ApiResponse::new(
        "RequestContext initiated successfully",
        json!({ "status": "initiated", "call_id": id }),
    ))
}

fn linked_number(db: &Db<'_>, agent: &str) -> Result<Option<String>, ApiError> {
    let numbers = db.children(Table::PhoneNumbers, TEAM)?;
    let linked = numbers.into_iter().find(|number| number.data["agent_id"] == agent);
    Ok(linked.and_then(|number| number.data["e164"].as_str().map(str::to_owned)))
}

/// Brings a call to where it is by now.
fn update_status(row: &mut Row, now: DateTime<Utc>, db: &Db<'_>) -> Result<(), ApiError> {
    let under_way = matches!(row.data["status"].as_str(), Some("queued" | "ringing" | "answered"));
    let Some(made) = row.data["created_on"].as_str().and_then(clock::parse).filter(|_| under_way) else {
        return Ok(());
    };
    let at = |milliseconds| Value::from(clock::iso(made + TimeDelta::milliseconds(milliseconds)));
    let elapsed = (now - made).num_milliseconds();
    let unanswered = row.data["destination"].as_str().is_some_and(|number| number.ends_with("0003"));
    if elapsed >= RINGING {
        row.data["status"] = "ringing".into();
        row.data["started_at"] = at(RINGING);
        row.data["ringing_at"] = at(RINGING);
    }
    if elapsed >= ANSWERED && !unanswered {
        row.data["status"] = "answered".into();
        row.data["answered_at"] = at(ANSWERED);
    }
    if elapsed >= ENDED {
        row.data["status"] = "ended".into();
        row.data["ended_at"] = at(ENDED);
        row.data["end_reason"] = if unanswered { "no_answer" } else { "completed" }.into();
        row.data["duration_seconds"] = if unanswered { 0 } else { (ENDED - ANSWERED) / 1000 }.into();
        if !unanswered {
            row.data["conversation_logs"] = transcript(&at(ANSWERED), &at(ENDED));
        }
    }
    Ok(db.save(Table::Calls, row)?)
}

fn transcript(answered: &Value, ended: &Value) -> Value {
    let said = |role, text, when: &Value| json!({ "id": new_id(), "role": role, "message": text, "message_type": "text", "created_at": when });
    json!([
        said("assistant", "Hello, this is a call from the sandbox.", answered),
        said("user", "Thank you, goodbye.", ended),
    ])
}

/// A call without what only its details show.
fn summary(row: Row) -> Value {
    let mut call = row.data;
    if let Some(fields) = call.as_object_mut() {
        fields.retain(|name, _| !matches!(name.as_str(), "started_at" | "answered_at" | "conversation_logs"));
    }
    call
}
