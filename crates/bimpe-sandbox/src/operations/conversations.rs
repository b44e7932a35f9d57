//! Conversations of an agent.

use serde_json::{Value, json};

use super::{Handler, HandlerResult, RequestContext};
use crate::model::{conversations, messages};
use crate::response::{ApiError, ApiResponse};
use crate::store::{Db, Filter, Row, into_data};

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(Handler::Sync(match operation {
        "conversations.list" => list,
        "conversations.retrieve" => retrieve,
        "conversations.send" => send,
        "conversations.set_ai_status" => set_ai_status,
        _ => return None,
    }))
}

fn list(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    let mut filters = Vec::new();
    let mut filter = |field, value: Value| filters.push(Filter { field, value });
    if let Some(channel) = context.query.get("channel").and_then(Value::as_str) {
        if let Some(channel) = channel.strip_prefix("test_") {
            filter("channel_type", channel.into());
            filter("is_test_channel", true.into());
        } else {
            filter("channel_type", channel.into());
        }
    }
    for field in ["is_test_channel", "is_ai_chat_paused", "needs_attention"] {
        if let Some(value) = context.query.get(field) {
            filter(field, value.clone());
        }
    }
    let (rows, meta) = conversations::LISTING.page::<ApiError>(db, &[&agent.id], &context.query, &filters)?;
    Ok(ApiResponse::page("Conversations retrieved successfully", into_data(rows), meta))
}

fn retrieve(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let mut detail = conversation(context, db)?.data;
    detail["full_name"] = detail["channel_user_username"].clone();
    detail["email"] = Value::Null;
    let phone = detail["channel_user_id"].as_str().filter(|user| user.starts_with('+')).map(str::to_owned);
    detail["phone_number"] = phone.into();
    detail["profile_picture"] = Value::Null;
    Ok(ApiResponse::new("Conversation retrieved successfully", detail))
}

fn set_ai_status(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let mut conversation = conversation(context, db)?;
    conversations::set_ai_status(db, &mut conversation, &context.body, &context.now())?;
    let status = json!({ "is_ai_chat_paused": conversation.data["is_ai_chat_paused"] });
    Ok(ApiResponse::new("AI status updated successfully", status))
}

fn send(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    let now = context.now();
    let conversation = match context.body["conversation_id"].as_str() {
        Some(id) => conversations::find(db, &agent.id, id)?,
        None => conversations::find_or_create(db, &agent.id, &context.body, &now)?,
    };
    let message = messages::send(db, &agent, conversation, &context.body, &now)?;
    Ok(ApiResponse::new("Message sent successfully", message))
}

/// Returns the conversation of the path.
pub(super) fn conversation(context: &RequestContext, db: &Db<'_>) -> Result<Row, ApiError> {
    let agent = context.agent(db)?;
    Ok(conversations::find(db, &agent.id, context.id("conversation_id"))?)
}
