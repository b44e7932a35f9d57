//! Messages of conversations.

use serde_json::{Value, json};

use super::Error;
use super::ids::new_id;
use super::scripted_agent::{self, Reply};
use crate::clock;
use crate::store::{Db, Listing, Row, Table};

pub(crate) const LISTING: Listing =
    Listing { table: Table::Messages, search: &["message"], sort: &["created_at"] };

const PREVIEW_CHARACTERS: usize = 80;

pub(crate) fn find(db: &Db<'_>, conversation: &str, id: &str) -> Result<Row, Error> {
    db.child(Table::Messages, conversation, id)?.ok_or_else(|| Error::not_found("Message"))
}

/// Appends a message. Returns the reply of the agent, or the message itself if the AI is paused.
///
/// `tool_reply` is the reply to a message that runs a tool.
pub(crate) fn send(
    db: &Db<'_>,
    agent: &Row,
    mut conversation: Row,
    message: &Value,
    tool_reply: Option<Reply>,
    now: &str,
) -> Result<Value, Error> {
    let paused = conversation.data["is_ai_chat_paused"] == true;
    let role = message["role"].as_str().unwrap_or("user");
    if role == "assistant" && !paused {
        return Err(Error::bad_request(
            "An assistant message is only accepted while the AI of the conversation is paused",
        ));
    }
    let text = message["message"].as_str().unwrap_or_default();
    let mut last = append_message(db, &mut conversation, role, text, now)?;
    if role == "user" {
        conversation.data["last_seen"] = last["created_at"].clone();
        if !paused {
            let reply = match tool_reply {
                Some(reply) => reply,
                None => scripted_agent::reply(db, agent, &conversation, text)?,
            };
            if reply.needs_attention {
                conversation.data["needs_attention"] = true.into();
            }
            last = append_message(db, &mut conversation, "assistant", &reply.text, now)?;
        }
    }
    db.save(Table::Conversations, &conversation)?;
    last["conversation_id"] = conversation.id.into();
    Ok(last)
}

fn append_message(
    db: &Db<'_>,
    conversation: &mut Row,
    role: &str,
    text: &str,
    now: &str,
) -> Result<Value, Error> {
    let message = json!({ "id": new_id(db)?, "role": role, "message": text, "message_type": "text", "created_at": now });
    db.insert(Table::Messages, &conversation.id, &message)?;
    conversation.data["last_message_at"] = now.into();
    conversation.data["last_message_preview"] =
        text.chars().take(PREVIEW_CHARACTERS).collect::<String>().into();
    conversation.data["updated_at"] = now.into();
    Ok(message)
}

/// Returns the messages of a conversation after a position, oldest first.
pub(crate) fn after(db: &Db<'_>, conversation: &str, position: i64) -> Result<Vec<Row>, Error> {
    Ok(db.children_after(Table::Messages, conversation, position)?)
}

/// Returns the position after a message id or a time. Defaults to the position after the last message.
pub(crate) fn position(db: &Db<'_>, conversation: &str, after: Option<&str>) -> Result<i64, Error> {
    let messages = db.children(Table::Messages, conversation)?;
    let last = messages.last().map_or(0, |row| row.seq);
    let Some(after) = after else { return Ok(last) };
    if let Some(row) = messages.iter().find(|row| row.id == after) {
        return Ok(row.seq);
    }
    // The id may be unknown, for example the number of a heartbeat.
    let Some(time) = clock::parse(after).map(clock::iso) else { return Ok(last) };
    let earlier = messages.iter().rev().find(|row| row.data["created_at"].as_str() <= Some(time.as_str()));
    Ok(earlier.map_or(0, |row| row.seq))
}
