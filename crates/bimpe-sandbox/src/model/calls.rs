//! Phone calls. The time since the creation of a call decides its status.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::ids::{derived_id, new_id};
use super::{Error, phone_numbers};
use crate::clock;
use crate::store::{Db, Listing, Row, Table};

pub(crate) const LISTING: Listing = Listing {
    table: Table::Calls,
    search: &["destination", "source"],
    sort: &["created_on", "status", "duration_seconds"],
};

/// The source of test calls. Ofcom reserves its range for fiction, so no subscriber has it.
const TEST_SOURCE: &str = "+447700900100";

/// Times of the status changes, in milliseconds after the creation.
const RINGING: i64 = 300;
const PICKED_UP: i64 = 700;
const ENDED: i64 = 1700;

/// The outcome of placing a call, with the id of the call if one exists.
pub(crate) enum Placement {
    Initiated(String),
    Busy(String),
    Failed,
}

/// Places a call. Destinations ending in 0001 are busy, in 0002 fail, in 0003 are missed.
pub(crate) fn place(
    db: &Db<'_>,
    agent: &str,
    destination: &str,
    is_test: bool,
    now: &str,
) -> Result<Placement, Error> {
    let source = if is_test { Some(TEST_SOURCE.to_owned()) } else { linked_number(db, agent)? };
    let Some(source) = source else {
        let text =
            "The agent has no live telephony channel. Link a phone number, or set is_test_call to true.";
        return Err(Error::new("channel_not_configured", text));
    };
    if destination.ends_with("0002") {
        return Ok(Placement::Failed);
    }
    let busy = destination.ends_with("0001");
    let id = new_id(db)?;
    let call = json!({
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
        "ended_at": busy.then_some(now),
        "started_at": null,
        "answered_at": null,
        "conversation_logs": [],
    });
    db.insert(Table::Calls, agent, &call)?;
    Ok(if busy { Placement::Busy(id) } else { Placement::Initiated(id) })
}

/// Returns a call with its current status.
pub(crate) fn find(db: &Db<'_>, agent: &str, id: &str, now: DateTime<Utc>) -> Result<Row, Error> {
    let mut call = db.child(Table::Calls, agent, id)?.ok_or_else(|| Error::not_found("Call"))?;
    update_status(db, &mut call, now)?;
    Ok(call)
}

/// Updates the status of all calls of an agent, because lists filter and sort by the stored status.
pub(crate) fn update_all(db: &Db<'_>, agent: &str, now: DateTime<Utc>) -> Result<(), Error> {
    for mut call in db.children(Table::Calls, agent)? {
        update_status(db, &mut call, now)?;
    }
    Ok(())
}

fn linked_number(db: &Db<'_>, agent: &str) -> Result<Option<String>, Error> {
    let number = phone_numbers::linked_to(db, agent)?.into_iter().next();
    Ok(number.and_then(|number| number.data["e164"].as_str().map(str::to_owned)))
}

fn update_status(db: &Db<'_>, call: &mut Row, now: DateTime<Utc>) -> Result<(), Error> {
    let in_progress = matches!(call.data["status"].as_str(), Some("queued" | "ringing" | "answered"));
    let created = call.data["created_on"].as_str().and_then(clock::parse).filter(|_| in_progress);
    let Some(created) = created else { return Ok(()) };
    let at = |milliseconds| Value::from(clock::iso(created + TimeDelta::milliseconds(milliseconds)));
    let elapsed = (now - created).num_milliseconds();
    let missed = call.data["destination"].as_str().is_some_and(|number| number.ends_with("0003"));
    if elapsed >= RINGING {
        call.data["status"] = "ringing".into();
        call.data["started_at"] = at(RINGING);
        call.data["ringing_at"] = at(RINGING);
    }
    if elapsed >= PICKED_UP && !missed {
        call.data["status"] = "answered".into();
        call.data["answered_at"] = at(PICKED_UP);
    }
    if elapsed >= ENDED {
        call.data["status"] = "ended".into();
        call.data["ended_at"] = at(ENDED);
        call.data["end_reason"] = if missed { "no_answer" } else { "completed" }.into();
        call.data["duration_seconds"] = if missed { 0 } else { (ENDED - PICKED_UP) / 1000 }.into();
        if !missed {
            call.data["conversation_logs"] = transcript(&call.id, &at(PICKED_UP), &at(ENDED));
        }
    }
    Ok(db.save(Table::Calls, call)?)
}

/// Returns the messages of a call. Their ids belong to the call, because a request that reads the call creates them.
fn transcript(call: &str, picked_up: &Value, ended: &Value) -> Value {
    let message = |role, text, time: &Value| {
        let id = derived_id(&format!("{call} {role}"));
        json!({ "id": id, "role": role, "message": text, "message_type": "text", "created_at": time })
    };
    json!([
        message("assistant", "Hello, this is a call from the sandbox.", picked_up),
        message("user", "Thank you, goodbye.", ended),
    ])
}
