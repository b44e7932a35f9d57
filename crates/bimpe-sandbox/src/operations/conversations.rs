//! Conversations between an agent and its customers.

use serde_json::{Map, Value, json};

use super::scripted_agent::send_message;
use super::{Handler, HandlerResult, RequestContext, data};
use crate::http::{ApiError, ApiResponse};
use crate::ids::new_id;
use crate::store::{Db, Filter, Listing, Row, Table};

const LISTING: Listing = Listing {
    table: Table::Conversations,
    search: &["channel_user_id", "channel_user_username", "last_message_preview"],
    sort: &["created_at", "updated_at", "last_message_at"],
};

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
    let (rows, meta) = LISTING.page::<ApiError>(db, &[&agent.id], &context.query, &filters)?;
    Ok(ApiResponse::page("Conversations retrieved successfully", data(rows), meta))
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
    context.update(&mut conversation, db, Table::Conversations)?;
    let status = json!({ "is_ai_chat_paused": conversation.data["is_ai_chat_paused"] });
    Ok(ApiResponse::new("AI status updated successfully", status))
}

/// Continues a conversation, or begins one with somebody new.
fn send(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let agent = context.agent(db)?;
    let conversation = match context.body["conversation_id"].as_str() {
        Some(id) => db
            .child(Table::Conversations, &agent.id, id)?
            .ok_or_else(|| ApiError::not_found("Conversation"))?,
        None => addressed(context, db, &agent)?,
    };
    send_message(context, db, &agent, conversation)
}

/// The conversation with the user a message names.
fn addressed(context: &RequestContext, db: &Db<'_>, agent: &Row) -> Result<Row, ApiError> {
    check_address(&context.body)?;
    let body = &context.body;
    let filters = ["channel_type", "channel_user_id", "is_test_channel"]
        .map(|field| Filter { field, value: body[field].clone() });
    let (rows, _) = LISTING.page::<ApiError>(db, &[&agent.id], &Map::new(), &filters)?;
    if let Some(row) = rows.into_iter().next() {
        return Ok(row);
    }
    let (id, now) = (new_id(), context.now());
    let conversation = json!({
        "id": id,
        "channel_type": body["channel_type"],
        "channel_id": null,
        "channel_user_id": body["channel_user_id"],
        "channel_user_username": body["channel_username"],
        "is_test_channel": body["is_test_channel"],
        "is_ai_chat_paused": false,
        "needs_attention": false,
        "last_message_at": null,
        "last_seen": null,
        "last_message_preview": null,
        "created_at": now,
        "updated_at": now,
    });
    db.insert(Table::Conversations, &agent.id, &conversation)?;
    db.get(Table::Conversations, &id)?.ok_or_else(|| ApiError::not_found("Conversation"))
}

/// What a schema cannot say: each channel knows its users by another kind of id.
fn check_address(body: &Value) -> Result<(), ApiError> {
    let Some(channel) = body["channel_type"].as_str() else {
        return Err(ApiError::field("channel_type", "is required when conversation_id is absent"));
    };
    let Some(user) = body["channel_user_id"].as_str() else {
        return Err(ApiError::field("channel_user_id", "is required when conversation_id is absent"));
    };
    match channel {
        "webchat" if uuid::Uuid::try_parse(user).is_err() => {
            Err(ApiError::field("channel_user_id", "must be a UUID for webchat"))
        }
        "whatsapp" | "telephony" if !is_e164(user) => Err(ApiError::field(
            "channel_user_id",
            &format!("must be a phone number in E.164 form for {channel}"),
        )),
        _ => Ok(()),
    }
}

fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The conversation named in the path.
pub(super) fn conversation(context: &RequestContext, db: &Db<'_>) -> Result<Row, ApiError> {
    let agent = context.agent(db)?;
    let row = db.child(Table::Conversations, &agent.id, context.id("conversation_id"))?;
    row.ok_or_else(|| ApiError::not_found("Conversation"))
}
