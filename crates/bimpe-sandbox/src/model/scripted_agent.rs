//! The scripted agent that replies in conversations.

use super::{Error, actions, agents};
use crate::store::{Db, Row};

/// A reply of the agent.
pub(crate) struct Reply {
    pub text: String,
    /// A person must join the conversation.
    pub needs_attention: bool,
}

impl Reply {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), needs_attention: false }
    }
}

/// Returns the greeting of a test, a request for a person, the list of actions, or an echo.
pub(super) fn reply(db: &Db<'_>, agent: &Row, conversation: &Row, text: &str) -> Result<Reply, Error> {
    let name = agent.data["name"].as_str().unwrap_or("the agent");
    if conversation.data["is_test_channel"] == true && agents::is_start_message(agent, text) {
        return Ok(Reply::new(format!(
            "You are testing {name}. Your next messages go to {name} for 24 hours."
        )));
    }
    let question = text.to_lowercase();
    if question.contains("human") {
        let text = "I have asked a colleague to join this conversation.".to_owned();
        return Ok(Reply { text, needs_attention: true });
    }
    if question.contains("what can you do") {
        let names = actions::enabled_names(db, &agent.id)?;
        let list = if names.is_empty() { "nothing but talk yet".to_owned() } else { names.join(", ") };
        return Ok(Reply::new(format!("This is {name}. I can do: {list}.")));
    }
    Ok(Reply::new(format!("This is {name}. You said: {text}")))
}
