//! Conversations of an agent.

use serde_json::{Value, json};

use super::{Apply, Handler, HandlerResult, RequestContext};
use crate::model::scripted_agent::Reply;
use crate::model::{Error, conversations, messages, tool_calls};
use crate::response::{ApiError, ApiResponse};
use crate::store::{Db, Filter, Row, into_data};

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    Some(match operation {
        "conversations.list" => Handler::Sync(list),
        "conversations.retrieve" => Handler::Sync(retrieve),
        "conversations.send" => Handler::Async(|context| Box::pin(send(context))),
        "conversations.set_ai_status" => Handler::Sync(set_ai_status),
        _ => return None,
    })
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

async fn send(context: RequestContext) -> Result<Apply, ApiError> {
    let reply = tool_reply(&context, |db, agent| match context.body["conversation_id"].as_str() {
        Some(id) => conversations::find(db, &agent.id, id).map(Some),
        None => conversations::find_continued(db, agent, &context.body, &context.now()),
    });
    let reply = reply.await?;
    Ok(Box::new(move |db| {
        let agent = context.agent(db)?;
        let now = context.now();
        let conversation = match context.body["conversation_id"].as_str() {
            Some(id) => conversations::find(db, &agent.id, id)?,
            None => conversations::find_or_create(db, &agent, &context.body, &now)?,
        };
        let message = messages::send(db, &agent, conversation, &context.body, reply, &now)?;
        Ok(ApiResponse::new("Message sent successfully", message))
    }))
}

/// Runs the tool of a `/call` message, unless the AI of the conversation is paused. Returns the reply of the agent.
pub(super) async fn tool_reply(
    context: &RequestContext,
    conversation: impl FnOnce(&Db<'_>, &Row) -> Result<Option<Row>, Error>,
) -> Result<Option<Reply>, ApiError> {
    let text = context.text("message");
    if context.body["role"] == "assistant" || !tool_calls::is_command(text) {
        return Ok(None);
    }
    let found = context.state.store.transaction(|db| {
        let agent = context.agent(db)?;
        let is_paused = |row: Row| row.data["is_ai_chat_paused"] == true;
        if conversation(db, &agent)?.is_some_and(is_paused) {
            return Ok(None);
        }
        Ok::<_, ApiError>(Some(tool_calls::find(db, &agent.id, text)?))
    })?;
    Ok(match found {
        None => None,
        Some(Ok(call)) => Some(call.run(context.state.limits.allow_outbound).await),
        Some(Err(reply)) => Some(reply),
    })
}

/// Returns the conversation of the path.
pub(super) fn conversation(context: &RequestContext, db: &Db<'_>) -> Result<Row, ApiError> {
    let agent = context.agent(db)?;
    Ok(conversations::find(db, &agent.id, context.id("conversation_id"))?)
}
