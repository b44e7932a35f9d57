//! What is said in a conversation, and the scripted agent that answers.

use serde_json::{Value, json};

use super::{HandlerResult, RequestContext, actions};
use crate::http::{ApiError, ApiResponse};
use crate::ids::new_id;
use crate::store::{Db, Row, Table};

const PREVIEW_CHARACTERS: usize = 80;

/// Adds the message of the body to a conversation. Answers with the agent's reply, or with the message itself if the
/// agent is paused.
pub(super) fn send_message(
    context: &RequestContext,
    db: &Db<'_>,
    agent: &Row,
    mut conversation: Row,
) -> HandlerResult {
    let paused = conversation.data["is_ai_chat_paused"] == true;
    let role = context.body["role"].as_str().unwrap_or("user");
    if role == "assistant" && !paused {
        return Err(ApiError::bad_request(
            "An assistant message is only accepted while the AI of the conversation is paused",
        ));
    }
    let text = context.body["message"].as_str().unwrap_or_default();
    let mut said = append_message(context, db, &mut conversation, role, text)?;
    if role == "user" {
        conversation.data["last_seen"] = said["created_at"].clone();
        if !paused {
            let reply = reply(db, agent, &mut conversation, text)?;
            said = append_message(context, db, &mut conversation, "assistant", &reply)?;
        }
    }
    db.save(Table::Conversations, &conversation)?;
    said["conversation_id"] = conversation.id.into();
    Ok(ApiResponse::new("Message sent successfully", said))
}

fn append_message(
    context: &RequestContext,
    db: &Db<'_>,
    conversation: &mut Row,
    role: &str,
    text: &str,
) -> Result<Value, ApiError> {
    let now = context.now();
    let message =
        json!({ "id": new_id(), "role": role, "message": text, "message_type": "text", "created_at": now });
    db.insert(Table::Messages, &conversation.id, &message)?;
    conversation.data["last_message_at"] = now.as_str().into();
    conversation.data["last_message_preview"] =
        text.chars().take(PREVIEW_CHARACTERS).collect::<String>().into();
    conversation.data["updated_at"] = now.into();
    Ok(message)
}

/// Three answers: a call for a person, what the agent can do, or an echo.
fn reply(db: &Db<'_>, agent: &Row, conversation: &mut Row, text: &str) -> Result<String, ApiError> {
    let asked = text.to_lowercase();
    if asked.contains("human") {
        conversation.data["needs_attention"] = true.into();
        return Ok("I have asked a colleague to join this conversation.".to_owned());
    }
    let name = agent.data["name"].as_str().unwrap_or("the agent");
    if asked.contains("what can you do") {
        let names = actions::enabled_names(db, &agent.id)?;
        let list = if names.is_empty() { "nothing but talk yet".to_owned() } else { names.join(", ") };
        return Ok(format!("This is {name}. I can do: {list}."));
    }
    Ok(format!("This is {name}. You said: {text}"))
}
