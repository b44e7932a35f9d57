//! Messages of one conversation.

use serde_json::json;

use super::conversations::conversation;
use super::scripted_agent::send_message;
use super::{Handler, HandlerResult, RequestContext, data, stream};
use crate::clock;
use crate::http::{ApiError, ApiResponse};
use crate::ids::new_token;
use crate::store::{Db, Listing, Table};

const LISTING: Listing = Listing { table: Table::Messages, search: &["message"], sort: &["created_at"] };
const TICKET_SECONDS: i64 = 60;

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(match operation {
        "conversations.messages.list" => Handler::Sync(list),
        "conversations.messages.send" => Handler::Sync(send),
        "conversations.messages.retrieve" => Handler::Sync(retrieve),
        "conversations.messages.stream_ticket" => Handler::Sync(stream_ticket),
        "conversations.messages.stream" => Handler::Stream(stream::open),
        _ => return None,
    })
}

fn list(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let conversation = conversation(context, db)?;
    let (rows, meta) = LISTING.page::<ApiError>(db, &[&conversation.id], &context.query, &[])?;
    Ok(ApiResponse::page("Messages retrieved successfully", data(rows), meta))
}

fn send(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    let conversation = conversation(context, db)?;
    send_message(context, db, &agent, conversation)
}

fn retrieve(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let conversation = conversation(context, db)?;
    let message = db.child(Table::Messages, &conversation.id, context.id("message_id"))?;
    Ok(ApiResponse::new(
        "Message retrieved successfully",
        message.ok_or_else(|| ApiError::not_found("Message"))?.data,
    ))
}

fn stream_ticket(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let conversation = conversation(context, db)?;
    let ticket = new_token();
    let expiry = clock::iso(context.state.clock.now() + chrono::TimeDelta::seconds(TICKET_SECONDS));
    db.insert(Table::Tickets, &conversation.id, &json!({ "id": ticket, "expires_at": expiry }))?;
    Ok(ApiResponse::new("Stream ticket issued", json!({ "ticket": ticket, "expires_in": TICKET_SECONDS })))
}
