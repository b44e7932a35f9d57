//! `bimpe tail`: the messages of one conversation, or of all, as they arrive.

use std::collections::HashMap;
use std::time::Duration;

use bimpe::engine::{ConnectionEvent, OperationRequest, StreamOptions};
use bimpe::operations;
use bimpe::schema::Operation;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use console::style;
use serde_json::Value;

use crate::client::{Session, data, request};
use crate::failure::Failure;
use crate::globals::Globals;
use crate::note::{note, printable};
use crate::output;

/// The time between two looks at all conversations. The API allows 120 requests a minute.
const INTERVAL: Duration = Duration::from_secs(2);
/// The age of the messages that each look reads again, because a server may show an older message later.
const OVERLAP: TimeDelta = TimeDelta::seconds(10);
/// The most items of a page.
const PAGE: u64 = 100;

#[derive(Args)]
pub(crate) struct Tail {
    /// Id of the agent
    agent: String,

    /// Id of a conversation; without it, those of all conversations
    conversation: Option<String>,

    /// Begin after this ISO 8601 time, or with one conversation after this message; the default is now
    #[arg(long, value_name = "TIME")]
    after: Option<String>,
}

impl Tail {
    pub(crate) async fn run(self, globals: &Globals) -> Result<(), Failure> {
        let session = globals.connect().await?;
        match &self.conversation {
            Some(id) => self.one(&session, id, globals.json).await,
            None => self.all(&session, globals.json).await,
        }
    }

    /// Reads the stream, which reconnects and resumes by itself.
    async fn one(&self, session: &Session, conversation: &str, as_json: bool) -> Result<(), Failure> {
        let mut options = StreamOptions::default();
        options.after.clone_from(&self.after);
        let path = vec![self.agent.clone(), conversation.to_owned()];
        let mut stream = session.client.stream(&operations::CONVERSATIONS_MESSAGES_STREAM, path, options)?;
        loop {
            let batch = stream.next_batch().await?;
            if batch.is_end() {
                return Ok(());
            }
            for event in &batch.notices {
                if let ConnectionEvent::Reconnecting { reason, wait, .. } = event {
                    note(&format!("the connection is {reason}; the next one follows in {wait:.1?}"));
                }
            }
            batch.events.iter().try_for_each(|event| print(&data(event.data)?, conversation, as_json))?;
        }
    }

    /// Looks for new messages again and again, because a server permits only a few open streams.
    async fn all(&self, session: &Session, as_json: bool) -> Result<(), Failure> {
        let mut seen = HashMap::new();
        let mut from = match &self.after {
            Some(after) => time(after).ok_or_else(|| Failure::usage("--after must be an ISO 8601 time"))?,
            None => self.newest(session).await? - OVERLAP,
        };
        if self.after.is_none() {
            let known = self.messages(session, from).await?;
            seen.extend(known.into_iter().map(|message| (message.id, message.time)));
        }
        loop {
            let mut messages = self.messages(session, from).await?;
            messages.retain(|message| !seen.contains_key(&message.id));
            // Lists have the newest first, also among messages of one millisecond.
            messages.reverse();
            messages.sort_by_key(|message| message.time);
            for message in messages {
                print(&message.value, &message.conversation, as_json)?;
                from = from.max(message.time - OVERLAP);
                seen.insert(message.id, message.time);
            }
            seen.retain(|_, time| *time >= from);
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Returns the time of the last message in any conversation.
    async fn newest(&self, session: &Session) -> Result<DateTime<Utc>, Failure> {
        let first = session.page(&mut self.conversations()).await?;
        let newest = first.first().and_then(|first| time(first["last_message_at"].as_str()?));
        Ok(newest.unwrap_or(DateTime::UNIX_EPOCH + OVERLAP))
    }

    /// Returns the messages of all conversations from this time on.
    async fn messages(&self, session: &Session, from: DateTime<Utc>) -> Result<Vec<Message>, Failure> {
        let mut messages = Vec::new();
        let mut list = self.conversations();
        loop {
            for conversation in session.page(&mut list).await? {
                let newest = conversation["last_message_at"].as_str().and_then(time);
                // The newest come first, and those without a message last.
                if newest.is_none_or(|newest| newest < from) {
                    return Ok(messages);
                }
                let id = conversation["id"].as_str().unwrap_or_default();
                messages.extend(self.messages_of(session, id, from).await?);
            }
            if list.cursor.is_none() {
                return Ok(messages);
            }
        }
    }

    async fn messages_of(
        &self,
        session: &Session,
        conversation: &str,
        from: DateTime<Utc>,
    ) -> Result<Vec<Message>, Failure> {
        let mut list =
            sorted(&operations::CONVERSATIONS_MESSAGES_LIST, &[&self.agent, conversation], "-created_at");
        let mut messages = Vec::new();
        loop {
            for value in session.page(&mut list).await? {
                let time = value["created_at"].as_str().and_then(time).unwrap_or_default();
                if time < from {
                    return Ok(messages);
                }
                let id = value["id"].as_str().unwrap_or_default().to_owned();
                messages.push(Message { id, time, conversation: conversation.to_owned(), value });
            }
            if list.cursor.is_none() {
                return Ok(messages);
            }
        }
    }

    fn conversations(&self) -> OperationRequest {
        sorted(&operations::CONVERSATIONS_LIST, &[&self.agent], "-last_message_at")
    }
}

/// A message of any conversation.
struct Message {
    id: String,
    time: DateTime<Utc>,
    conversation: String,
    value: Value,
}

/// Returns a request for a list with the newest items first.
fn sorted(operation: &'static Operation, ids: &[&str], sort: &str) -> OperationRequest {
    let mut list = request(operation, ids);
    list.query.insert("sort".to_owned(), sort.into());
    list.query.insert("limit".to_owned(), PAGE.into());
    list
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

/// Prints a message: its time, its conversation, its role and its text.
fn print(message: &Value, conversation: &str, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return output::line(&message.to_string());
    }
    let field = |name: &str| printable(message[name].as_str().unwrap_or_default());
    let (time, role) = (field("created_at"), field("role"));
    let text = field("message").replace('\n', " ");
    if output::is_terminal() {
        let (time, role) = (style(time).dim(), style(role).bold());
        return output::line(&format!("{time} {} {role}: {text}", style(conversation).dim()));
    }
    output::line(&format!("{time}\t{conversation}\t{role}\t{text}"))
}
