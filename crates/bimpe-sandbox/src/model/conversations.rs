//! Conversations between an agent and its customers.

use serde_json::{Map, Value, json};

use super::ids::new_id;
use super::{Error, agents};
use crate::clock;
use crate::store::{Db, Filter, Listing, Row, Table};

pub(crate) const LISTING: Listing = Listing {
    table: Table::Conversations,
    search: &["channel_user_id", "channel_user_username", "last_message_preview"],
    sort: &["created_at", "updated_at", "last_message_at"],
};

/// A start message opens a window of this length.
const WINDOW_MS: i64 = 24 * 3600 * 1000;

pub(crate) fn find(db: &Db<'_>, agent: &str, id: &str) -> Result<Row, Error> {
    db.child(Table::Conversations, agent, id)?.ok_or_else(|| Error::not_found("Conversation"))
}

/// Returns the conversation that a message without a `conversation_id` continues.
pub(crate) fn find_continued(
    db: &Db<'_>,
    agent: &Row,
    message: &Value,
    now: &str,
) -> Result<Option<Row>, Error> {
    check_recipient(message)?;
    let find = |is_test: bool| {
        let filters = [
            ("channel_type", message["channel_type"].clone()),
            ("channel_user_id", message["channel_user_id"].clone()),
            ("is_test_channel", is_test.into()),
        ];
        let filters = filters.map(|(field, value)| Filter { field, value });
        let (rows, _) = LISTING.page::<Error>(db, &[&agent.id], &Map::new(), &filters)?;
        Ok(rows.into_iter().next())
    };
    let tested = find(true)?;
    let is_test = is_test(agent, message) || tested.as_ref().is_some_and(|row| is_started(row, now));
    if is_test { Ok(tested) } else { find(false) }
}

/// Returns the conversation with the recipient of a message, and creates it if none exists.
pub(crate) fn find_or_create(db: &Db<'_>, agent: &Row, message: &Value, now: &str) -> Result<Row, Error> {
    let starts = agents::is_start_message(agent, message["message"].as_str().unwrap_or_default());
    let secret = if starts { json!({ "started_at": now }) } else { Value::Null };
    if let Some(mut row) = find_continued(db, agent, message, now)? {
        if starts {
            row.secret = secret;
            db.save(Table::Conversations, &row)?;
        }
        return Ok(row);
    }
    let id = new_id(db)?;
    let conversation = json!({
        "id": id,
        "channel_type": message["channel_type"],
        "channel_id": null,
        "channel_user_id": message["channel_user_id"],
        "channel_user_username": message["channel_username"],
        "is_test_channel": is_test(agent, message),
        "is_ai_chat_paused": false,
        "needs_attention": false,
        "last_message_at": null,
        "last_seen": null,
        "last_message_preview": null,
        "created_at": now,
        "updated_at": now,
    });
    db.insert_with_secret(Table::Conversations, &agent.id, &conversation, &secret)?;
    find(db, &agent.id, &id)
}

/// Returns whether a message is for a test conversation by itself.
fn is_test(agent: &Row, message: &Value) -> bool {
    message["is_test_channel"] == true
        || agents::is_start_message(agent, message["message"].as_str().unwrap_or_default())
}

/// Returns whether the start message of a test conversation is less than 24 hours old.
fn is_started(conversation: &Row, now: &str) -> bool {
    let time = |text: &str| clock::parse(text).map(|time| time.timestamp_millis());
    let started = conversation.secret["started_at"].as_str().and_then(time);
    started.zip(time(now)).is_some_and(|(started, now)| now - started < WINDOW_MS)
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
