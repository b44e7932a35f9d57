//! Messages of one conversation.

use serde_json::json;

use super::conversations::conversation;
use super::dialogue::speak;
use super::{Answer, Call, Handler, data, stream};
use crate::clock;
use crate::http::{Problem, Reply};
use crate::ids::new_token;
use crate::store::{Db, Listing, Table};

const LISTING: Listing = Listing { table: Table::Messages, search: &["message"], sort: &["created_at"] };
const TICKET_SECONDS: i64 = 60;

pub(super) fn find(operation: &str) -> Option<Handler> {
    Some(match operation {
        "conversations.messages.list" => Handler::Quick(list),
        "conversations.messages.send" => Handler::Quick(send),
        "conversations.messages.retrieve" => Handler::Quick(retrieve),
        "conversations.messages.stream_ticket" => Handler::Quick(stream_ticket),
        "conversations.messages.stream" => Handler::Stream(stream::open),
        _ => return None,
    })
}

fn list(call: &Call, db: &Db<'_>) -> Answer {
    let conversation = conversation(call, db)?;
    let (rows, meta) = LISTING.page::<Problem>(db, &[&conversation.id], &call.query, &[])?;
    Ok(Reply::page("Messages retrieved successfully", data(rows), meta))
}

fn send(call: &Call, db: &Db<'_>) -> Answer {
    let agent = call.agent(db)?;
    let conversation = conversation(call, db)?;
    speak(call, db, &agent, conversation)
}

fn retrieve(call: &Call, db: &Db<'_>) -> Answer {
    let conversation = conversation(call, db)?;
    let message = db.child(Table::Messages, &conversation.id, call.id("message_id"))?;
    Ok(Reply::new(
        "Message retrieved successfully",
        message.ok_or_else(|| Problem::not_found("Message"))?.data,
    ))
}

fn stream_ticket(call: &Call, db: &Db<'_>) -> Answer {
    let conversation = conversation(call, db)?;
    let ticket = new_token();
    let expiry = clock::iso(call.app.clock.now() + chrono::TimeDelta::seconds(TICKET_SECONDS));
    db.insert(Table::Tickets, &conversation.id, &json!({ "id": ticket, "expires_at": expiry }))?;
    Ok(Reply::new("Stream ticket issued", json!({ "ticket": ticket, "expires_in": TICKET_SECONDS })))
}
