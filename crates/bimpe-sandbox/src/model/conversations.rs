//! Conversations between an agent and its customers.

use serde_json::{Map, Value, json};

use super::Error;
use super::ids::new_id;
use crate::store::{Db, Filter, Listing, Row, Table};

pub(crate) const LISTING: Listing = Listing {
    table: Table::Conversations,
    search: &["channel_user_id", "channel_user_username", "last_message_preview"],
    sort: &["created_at", "updated_at", "last_message_at"],
};

pub(crate) fn find(db: &Db<'_>, agent: &str, id: &str) -> Result<Row, Error> {
    db.child(Table::Conversations, agent, id)?.ok_or_else(|| Error::not_found("Conversation"))
}

/// Returns the conversation with the recipient of a message, and creates it if none exists.
pub(crate) fn find_or_create(db: &Db<'_>, agent: &str, message: &Value, now: &str) -> Result<Row, Error> {
    check_recipient(message)?;
    let filters = ["channel_type", "channel_user_id", "is_test_channel"]
        .map(|field| Filter { field, value: message[field].clone() });
    let (rows, _) = LISTING.page::<Error>(db, &[agent], &Map::new(), &filters)?;
    if let Some(row) = rows.into_iter().next() {
        return Ok(row);
    }
    let id = new_id(db)?;
    let conversation = json!({
        "id": id,
        "channel_type": message["channel_type"],
        "channel_id": null,
        "channel_user_id": message["channel_user_id"],
        "channel_user_username": message["channel_username"],
        "is_test_channel": message["is_test_channel"],
        "is_ai_chat_paused": false,
        "needs_attention": false,
        "last_message_at": null,
        "last_seen": null,
        "last_message_preview": null,
        "created_at": now,
        "updated_at": now,
    });
    db.insert(Table::Conversations, agent, &conversation)?;
    find(db, agent, &id)
}

/// Sets whether the AI of a conversation is paused.
pub(crate) fn set_ai_status(
    db: &Db<'_>,
    conversation: &mut Row,
    fields: &Value,
    now: &str,
) -> Result<(), Error> {
    conversation.update(fields, now);
    Ok(db.save(Table::Conversations, conversation)?)
}

/// Checks the user id of a message, because its format depends on the channel and no schema expresses that.
fn check_recipient(message: &Value) -> Result<(), Error> {
    let Some(channel) = message["channel_type"].as_str() else {
        return Err(Error::invalid_field("channel_type", "is required when conversation_id is absent"));
    };
    let Some(user) = message["channel_user_id"].as_str() else {
        return Err(Error::invalid_field("channel_user_id", "is required when conversation_id is absent"));
    };
    match channel {
        "webchat" if uuid::Uuid::try_parse(user).is_err() => {
            Err(Error::invalid_field("channel_user_id", "must be a UUID for webchat"))
        }
        "whatsapp" | "telephony" if !is_e164(user) => Err(Error::invalid_field(
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
