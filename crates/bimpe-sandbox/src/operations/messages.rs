//! Messages of a conversation.

use serde_json::json;

use super::conversations::{conversation, tool_reply};
use super::{Apply, Handler, HandlerResult, RequestContext, message_stream};
use crate::model::{conversations, messages, stream_tickets};
use crate::response::{ApiError, ApiResponse};
use crate::store::{Db, into_data};

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(match operation {
        "conversations.messages.list" => Handler::Sync(list),
        "conversations.messages.send" => Handler::Async(|context| Box::pin(send(context))),
        "conversations.messages.retrieve" => Handler::Sync(retrieve),
        "conversations.messages.stream_ticket" => Handler::Sync(stream_ticket),
        "conversations.messages.stream" => Handler::Stream(message_stream::open),
        _ => return None,
    })
}

fn list(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let conversation = conversation(context, db)?;
    let (rows, meta) = messages::LISTING.page::<ApiError>(db, &[&conversation.id], &context.query, &[])?;
    Ok(ApiResponse::page("Messages retrieved successfully", into_data(rows), meta))
}

async fn send(context: RequestContext) -> Result<Apply, ApiError> {
    let id = context.id("conversation_id");
    let reply = tool_reply(&context, |db, agent| conversations::find(db, &agent.id, id).map(Some)).await?;
    Ok(Box::new(move |db| {
        let agent = context.agent(db)?;
        let conversation = conversation(&context, db)?;
        let message = messages::send(db, &agent, conversation, &context.body, reply, &context.now())?;
        Ok(ApiResponse::new("Message sent successfully", message))
    }))
}

fn retrieve(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let conversation = conversation(context, db)?;
    let message = messages::find(db, &conversation.id, context.id("message_id"))?;
    Ok(ApiResponse::new("Message retrieved successfully", message.data))
}

fn stream_ticket(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let conversation = conversation(context, db)?;
    let ticket = stream_tickets::issue(db, &conversation.id, context.state.clock.now())?;
    let data = json!({ "ticket": ticket, "expires_in": stream_tickets::LIFETIME_SECONDS });
    Ok(ApiResponse::new("Stream ticket issued", data))
}
