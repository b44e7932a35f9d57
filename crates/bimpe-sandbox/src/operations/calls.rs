//! Phone calls of an agent.

use serde_json::{Value, json};

use super::{Handler, HandlerResult, RequestContext};
use crate::model::calls::{self, Placement};
use crate::response::{ApiError, ApiResponse};
use crate::store::{Db, Filter, Row};

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
    calls::update_all(db, &agent.id, context.state.clock.now())?;
    let filter = |field| context.query.get(field).map(|value| Filter { field, value: value.clone() });
    let filters: Vec<Filter> = ["is_test_call", "status"].into_iter().filter_map(filter).collect();
    let (rows, meta) = calls::LISTING.page::<ApiError>(db, &[&agent.id], &context.query, &filters)?;
    Ok(ApiResponse::page("Calls retrieved successfully", rows.into_iter().map(summary).collect(), meta))
}

fn retrieve(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    let call = calls::find(db, &agent.id, context.id("call_id"), context.state.clock.now())?;
    Ok(ApiResponse::new("Call retrieved successfully", call.data))
}

fn make(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    let is_test = context.body["is_test_call"] == true;
    let placement = calls::place(db, &agent.id, context.text("destination"), is_test, &context.now())?;
    let (message, result) = match placement {
        Placement::Initiated(id) => {
            ("Call initiated successfully", json!({ "status": "initiated", "call_id": id }))
        }
        Placement::Busy(id) => {
            ("Line is busy", json!({ "status": "busy", "call_id": id, "detail": "The line is busy." }))
        }
        Placement::Failed => (
            "Call could not be placed",
            json!({ "status": "failed", "detail": "The call could not be placed." }),
        ),
    };
    Ok(ApiResponse::new(message, result))
}

/// Removes the fields that lists do not hold.
fn summary(row: Row) -> Value {
    let mut call = row.data;
    if let Some(fields) = call.as_object_mut() {
        fields.retain(|name, _| !matches!(name.as_str(), "started_at" | "answered_at" | "conversation_logs"));
    }
    call
}
