//! Phone numbers of the team, and requests for new ones.

use serde_json::json;

use super::{Handler, HandlerResult, RequestContext};
use crate::model::{TEAM, phone_numbers};
use crate::response::{ApiError, ApiResponse};
use crate::store::{Db, Row, into_data};

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
    let (rows, meta) = phone_numbers::NUMBERS.page::<ApiError>(db, &[TEAM], &context.query, &[])?;
    let summary = |row: Row| {
        let number = row.data;
        json!({ "id": number["id"], "agent_id": number["agent_id"], "label": number["label"], "e164": number["e164"] })
    };
    let numbers = rows.into_iter().map(summary).collect();
    Ok(ApiResponse::page("Phone numbers retrieved successfully", numbers, meta))
}

fn retrieve(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let number = phone_numbers::find(db, context.id("phone_number_id"))?;
    Ok(ApiResponse::new("Phone number retrieved successfully", number.data))
}

fn update(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let mut number = phone_numbers::find(db, context.id("phone_number_id"))?;
    phone_numbers::update(db, &mut number, &context.body, &context.now())?;
    Ok(ApiResponse::new("Phone number updated successfully", number.data))
}

fn list_requests(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let (rows, meta) = phone_numbers::REQUESTS.page::<ApiError>(db, &[TEAM], &context.query, &[])?;
    Ok(ApiResponse::page("Phone number requests retrieved successfully", into_data(rows), meta))
}

fn create_request(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let request = phone_numbers::create_request(db, &context.body, &context.now())?;
    Ok(ApiResponse::new("Phone number request submitted successfully", request))
}
