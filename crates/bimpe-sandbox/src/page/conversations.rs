//! Conversations, and a chat as a customer sees it on a phone.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use serde_json::{Value, json};

use super::input::{Form, Visit};
use super::operations::{self, find};
use super::{PageResult, Problem, not_found, see};
use crate::model::{Error, TEAM, agents};
use crate::state::AppState;
use crate::store::{Db, Table, into_data};

/// A channel of test codes.
pub(super) struct Channel {
    pub name: &'static str,
    pub label: &'static str,
    /// The id of the person who writes.
    visitor: &'static str,
}

/// Ofcom reserves the number for fiction, so no subscriber has it.
pub(super) const CHANNELS: [Channel; 3] = [
    Channel { name: "whatsapp", label: "WhatsApp", visitor: "+447700900789" },
    Channel { name: "instagram", label: "Instagram", visitor: "sandbox.visitor" },
    Channel { name: "messenger", label: "Messenger", visitor: "sandbox.visitor" },
];

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/conversations", get(list))
        .route("/conversations/{id}", get(show))
        .route("/chat/{channel}", get(compose).post(start))
}

async fn list(visit: Visit) -> PageResult {
    let (conversations, agents) = visit.state.store.transaction(|db| {
        let agents = db.children(Table::Agents, TEAM)?;
        let mut found = Vec::new();
        for agent in &agents {
            let rows = db.children(Table::Conversations, &agent.id)?.into_iter();
            found.extend(rows.map(|row| json!({ "agent": agent.data["name"], "data": row.data })));
        }
        found.sort_by(|a, b| last(b).cmp(last(a)));
        Ok::<_, Error>((found, into_data(agents)))
    })?;
    visit.page("conversations.html", json!({ "conversations": conversations, "agents": agents }))
}

fn last(entry: &Value) -> &str {
    entry["data"]["last_message_at"].as_str().unwrap_or_default()
}

async fn show(visit: Visit, Path(id): Path<String>) -> PageResult {
    let context = visit.state.store.transaction(|db| chat(db, &id))?;
    visit.page("conversation.html", context)
}

fn chat(db: &Db<'_>, id: &str) -> Result<Value, Error> {
    let row = db.get(Table::Conversations, id)?.ok_or_else(|| Error::not_found("Conversation"))?;
    let agent = agents::find(db, &row.parent)?;
    let messages = into_data(db.children(Table::Messages, id)?);
    Ok(json!({ "agent": agent.data, "conversation": row.data, "messages": messages }))
}

/// Shows a new chat of a channel, with the text of a deep link filled in.
async fn compose(visit: Visit, Path(channel): Path<String>) -> PageResult {
    new_chat(&visit, channel_of(&channel)?, visit.text("text"), None)
}

fn new_chat(visit: &Visit, channel: &Channel, text: &str, problem: Option<&str>) -> PageResult {
    let Channel { name, label, .. } = channel;
    let context = json!({ "channel": name, "label": label, "text": text, "problem": problem });
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    visit.page_at(&format!("/chat/{name}"), status, "chat.html", context)
}

/// Sends the first message of a chat: the start message of a test code.
async fn start(visit: Visit, Path(channel): Path<String>, Form(mut form): Form) -> PageResult {
    let channel = channel_of(&channel)?;
    let message = form.remove("message").unwrap_or_default();
    let agent = visit.state.store.transaction(|db| agents::find_by_start_message(db, &message))?;
    let Some(agent) = agent else {
        let problem = "No agent has this test code. An agent's page shows its code.";
        return new_chat(&visit, channel, &message, Some(problem));
    };
    let values = [
        ("agent_id", agent.id.as_str()),
        ("message", &message),
        ("channel_type", channel.name),
        ("channel_user_id", channel.visitor),
    ];
    let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let record = operations::send(&visit, find("conversations.send")?, &values).await?;
    Ok(match record["response"]["data"]["conversation_id"].as_str() {
        Some(id) => see(&format!("/conversations/{id}")),
        None => see(&format!("/requests/{}", record["id"])),
    })
}

fn channel_of(name: &str) -> Result<&'static Channel, Problem> {
    CHANNELS.iter().find(|known| known.name == name).ok_or_else(|| not_found("Channel"))
}
