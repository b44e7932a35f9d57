//! The live stream of a conversation, as server-sent events.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Interval, MissedTickBehavior, interval_at};

use super::RequestContext;
use crate::http::{ApiError, check_origin};
use crate::state::AppState;
use crate::store::{Row, Table};

/// One open stream.
struct Feed {
    state: Arc<AppState>,
    conversation: String,
    /// The last message that was sent, by its place in the store.
    seq: i64,
    waiting: VecDeque<Row>,
    changes: watch::Receiver<()>,
    stopping: watch::Receiver<bool>,
    heartbeat: Interval,
    heartbeats: u64,
    _permit: OwnedSemaphorePermit,
}

/// Opens the stream; the ticket was redeemed before.
pub(super) fn open(context: &RequestContext) -> Result<Response, ApiError> {
    check_origin(&context.headers)?;
    let permit = Arc::clone(&context.state.streams).try_acquire_owned();
    let permit = permit.map_err(|_| ApiError::new(429, "too_many_streams", "Too many streams are open."))?;
    let state = Arc::clone(&context.state);
    // Before the first look into the store, so that nothing slips through between.
    let changes = state.changes.subscribe();
    let period = state.limits.heartbeat;
    let mut heartbeat = interval_at(tokio::time::Instant::now() + period, period);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let feed = Feed {
        conversation: context.id("conversation_id").to_owned(),
        seq: start(context)?,
        waiting: VecDeque::new(),
        changes,
        stopping: state.stopping.clone(),
        heartbeat,
        heartbeats: 0,
        _permit: permit,
        state,
    };
    Ok(Sse::new(events(feed)).into_response())
}

/// Where the stream begins: after the message or time the client names, or with what comes next.
fn start(context: &RequestContext) -> Result<i64, ApiError> {
    let resumed = context.headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let after = context.query.get("after").and_then(Value::as_str).or(resumed);
    let conversation = context.id("conversation_id");
    let messages = context
        .state
        .store
        .transaction(|db| db.children(Table::Messages, conversation))
        .map_err(ApiError::from)?;
    let last = messages.last().map_or(0, |row| row.seq);
    let Some(after) = after else { return Ok(last) };
    if let Some(row) = messages.iter().find(|row| row.id == after) {
        return Ok(row.seq);
    }
    match crate::clock::parse(after) {
        Some(time) => {
            let time = crate::clock::iso(time);
            let before =
                messages.iter().rev().find(|row| row.data["created_at"].as_str() <= Some(time.as_str()));
            Ok(before.map_or(0, |row| row.seq))
        }
        // An id nobody knows, such as the number of a heartbeat.
        None => Ok(last),
    }
}

fn events(feed: Feed) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold(feed, |mut feed| async move {
        loop {
            if let Some(row) = feed.waiting.pop_front() {
                feed.seq = row.seq;
                return Some((Ok(message(&feed.conversation, &row)), feed));
            }
            let fresh = feed
                .state
                .store
                .transaction(|db| db.children_after(Table::Messages, &feed.conversation, feed.seq))
                .ok()?;
            if !fresh.is_empty() {
                feed.waiting = fresh.into();
                continue;
            }
            let beat = tokio::select! {
                _ = feed.stopping.wait_for(|stopping| *stopping) => return None,
                changed = feed.changes.changed() => changed.map(|()| false).ok()?,
                _ = feed.heartbeat.tick() => true,
            };
            if beat {
                feed.heartbeats += 1;
                return Some((Ok(heartbeat(feed.heartbeats, &feed.state)), feed));
            }
        }
    })
}

fn message(conversation: &str, row: &Row) -> Event {
    let data = json!({
        "id": row.id,
        "conversation_id": conversation,
        "role": row.data["role"],
        "message": row.data["message"],
        "message_type": row.data["message_type"],
        "created_at": row.data["created_at"],
    });
    Event::default().event("message").id(&row.id).data(data.to_string())
}

/// Heartbeats carry a number as their id, as on the real stream: a client must not resume from it.
fn heartbeat(number: u64, state: &AppState) -> Event {
    let data = json!({ "ts": state.clock.now().timestamp_millis() });
    Event::default().event("heartbeat").id(number.to_string()).data(data.to_string())
}
