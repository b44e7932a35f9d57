//! Send a message, and wait for the reply.

use std::cmp::Reverse;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::context::{HelperContext, ReadRequest, WaitTarget, find, items};
use crate::engine::{Response, json};
use crate::error::Error;
use crate::operations as op;

const REPLY: &str = "assistant";

/// The used fields of a message.
#[derive(Deserialize, Default)]
#[serde(default)]
struct SentMessage {
    id: Option<String>,
    role: Option<String>,
    created_at: Option<String>,
    conversation_id: Option<String>,
}

/// Sends the body as a message, and waits for the reply to it.
pub(super) async fn ask(mut context: HelperContext) -> Result<Response, Error> {
    let interval = context.interval(Duration::from_secs(1));
    let response = context.write(&op::CONVERSATIONS_SEND, context.own_key()).await?;
    let sent = said(response.data());
    let known = sent.conversation_id.as_deref().or(context.text("conversation_id")).map(str::to_owned);
    if sent.role.as_deref() == Some(REPLY) {
        let data = with_conversation(response.data(), known.as_deref());
        return Ok(context.finish(response.with_data(&data)));
    }
    if sent.id.is_none() || sent.created_at.is_none() {
        return Err(context.unexpected(&op::CONVERSATIONS_SEND, "is not a message"));
    }
    let conversation = match known {
        Some(id) => id,
        None => find_conversation(&mut context, interval).await?,
    };
    let mut ids = context.ids();
    ids.push(conversation.clone());
    let read = ReadRequest {
        operation: &op::CONVERSATIONS_MESSAGES_LIST,
        ids,
        query: object(&json!({"sort": "-created_at", "limit": 50})),
    };
    let wanted = WaitTarget {
        message: "the agent did not reply".to_owned(),
        hint: "the message was sent; the agent may be paused in this conversation",
    };
    let find_match = |data: &str| Some(with_conversation(&reply_to(&sent, data)?, Some(&conversation)));
    let response = context.poll(&read, &wanted, interval, find_match).await?;
    Ok(context.finish(response))
}

/// Finds the conversation of the sender if the response does not name it.
async fn find_conversation(context: &mut HelperContext, interval: Duration) -> Result<String, Error> {
    let Some(user) = context.text("channel_user_id").map(str::to_owned) else {
        return Err(context
            .unexpected(&op::CONVERSATIONS_SEND, "names no conversation, so the reply cannot be found"));
    };
    let read = ReadRequest {
        operation: &op::CONVERSATIONS_LIST,
        ids: context.ids(),
        query: object(&json!({"search": user, "sort": "-updated_at"})),
    };
    let wanted = WaitTarget {
        message: format!("no conversation with `{user}` appeared"),
        hint: "the message was sent; the reply is in `conversations.messages.list`",
    };
    let find_match = |data: &str| find(&items(data)?, |item| item["channel_user_id"] == user.as_str());
    let response = context.poll(&read, &wanted, interval, find_match).await?;
    let found: Value = json::value(response.data()).unwrap_or_default();
    match found["id"].as_str() {
        Some(id) => Ok(id.to_owned()),
        None => Err(context.unexpected(&op::CONVERSATIONS_LIST, "holds a conversation without an id")),
    }
}

/// Returns the first reply after a message, from a list with the newest first.
fn reply_to(sent: &SentMessage, data: &str) -> Option<String> {
    let items = items(data)?;
    let messages: Vec<SentMessage> = items.iter().map(|item| said(item.get())).collect();
    let own = messages.iter().position(|message| message.id == sent.id).unwrap_or_default();
    // Times have one form, so that their text sorts as they do. Of messages of one moment, the order of the list decides.
    let is_newer = |(index, message): &(usize, &SentMessage)| {
        message.created_at > sent.created_at || (message.created_at == sent.created_at && *index < own)
    };
    let replies = messages.iter().enumerate().filter(|(_, message)| message.role.as_deref() == Some(REPLY));
    let (first, _) =
        replies.filter(is_newer).min_by_key(|(index, message)| (&message.created_at, Reverse(*index)))?;
    Some(items[first].get().to_owned())
}

/// Reads the used fields of a message, as far as possible.
fn said(message: &str) -> SentMessage {
    json::value(message).ok().and_then(|message| serde_json::from_value(message).ok()).unwrap_or_default()
}

/// A message that names its conversation, as the response of `conversations.send` does.
fn with_conversation(message: &str, id: Option<&str>) -> String {
    let Some(id) = id else { return message.to_owned() };
    match json::value(message) {
        Ok(Value::Object(mut fields)) => {
            fields.entry("conversation_id").or_insert_with(|| id.into());
            Value::Object(fields).to_string()
        }
        _ => message.to_owned(),
    }
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}
