//! The scripted agent that replies in conversations.

use super::{Error, actions};
use crate::store::{Db, Row};

/// Returns one of three replies: a request for a person, the list of actions, or an echo.
pub(super) fn reply(db: &Db<'_>, agent: &Row, conversation: &mut Row, text: &str) -> Result<String, Error> {
    let question = text.to_lowercase();
    if question.contains("human") {
        conversation.data["needs_attention"] = true.into();
        return Ok("I have asked a colleague to join this conversation.".to_owned());
    }
    let name = agent.data["name"].as_str().unwrap_or("the agent");
    if question.contains("what can you do") {
        let names = actions::enabled_names(db, &agent.id)?;
        let list = if names.is_empty() { "nothing but talk yet".to_owned() } else { names.join(", ") };
        return Ok(format!("This is {name}. I can do: {list}."));
    }
    Ok(format!("This is {name}. You said: {text}"))
}
