//! The live stream of the messages of a conversation.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::stream::unfold;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::{EventStream, HEARTBEAT, RequestContext, StreamEvent};
use crate::model::messages;
use crate::response::ApiError;
use crate::state::AppState;
use crate::store::Row;

/// An open stream.
struct MessageStream {
    state: Arc<AppState>,
    conversation: String,
    /// Position of the last sent message in the store.
    position: i64,
    pending: VecDeque<Row>,
    changes: watch::Receiver<()>,
    stopping: watch::Receiver<bool>,
    heartbeat: Interval,
    heartbeats: u64,
    _permit: OwnedSemaphorePermit,
}

/// Opens a stream. The caller redeemed the ticket.
pub(super) fn open(context: &RequestContext) -> Result<EventStream, ApiError> {
    let state = Arc::clone(&context.state);
    let permit = Arc::clone(&state.streams).try_acquire_owned();
    let permit = permit.map_err(|_| ApiError::new(429, "too_many_streams", "Too many streams are open."))?;
    // Subscribes before the first read of the store, because the stream would miss a message in between otherwise.
    let changes = state.changes.subscribe();
    let period = state.limits.heartbeat;
    let mut heartbeat = interval_at(Instant::now() + period, period);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let conversation = context.id("conversation_id").to_owned();
    let after = context.query.get("after").and_then(Value::as_str).or(context.last_event_id.as_deref());
    let position = state.store.transaction(|db| messages::position(db, &conversation, after))?;
    let stream = MessageStream {
        conversation,
        position,
        pending: VecDeque::new(),
        changes,
        stopping: state.stopping.clone(),
        heartbeat,
        heartbeats: 0,
        _permit: permit,
        state,
    };
    Ok(Box::pin(unfold(stream, |mut stream| async move {
        let event = stream.next_event().await?;
        Some((event, stream))
    })))
}

impl MessageStream {
    /// Returns the next message or heartbeat, or `None` when the sandbox stops.
    async fn next_event(&mut self) -> Option<StreamEvent> {
        loop {
            if let Some(row) = self.pending.pop_front() {
                self.position = row.seq;
                return Some(self.message(&row));
            }
            let store = &self.state.store;
            let new = store.transaction(|db| messages::after(db, &self.conversation, self.position)).ok()?;
            if !new.is_empty() {
                self.pending = new.into();
                continue;
            }
            let heartbeat_due = tokio::select! {
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
                changed = self.changes.changed() => changed.map(|()| false).ok()?,
                _ = self.heartbeat.tick() => true,
            };
            if heartbeat_due {
                return Some(self.next_heartbeat());
            }
        }
    }

    fn message(&self, row: &Row) -> StreamEvent {
        let data = json!({
            "id": row.id,
            "conversation_id": self.conversation,
            "role": row.data["role"],
            "message": row.data["message"],
            "message_type": row.data["message_type"],
            "created_at": row.data["created_at"],
        });
        StreamEvent { name: "message", id: row.id.clone(), data }
    }

    /// Returns a heartbeat. Its id is a number, as on the real stream: clients must not resume after it.
    fn next_heartbeat(&mut self) -> StreamEvent {
        self.heartbeats += 1;
        let data = json!({ "ts": self.state.clock.now().timestamp_millis() });
        StreamEvent { name: HEARTBEAT, id: self.heartbeats.to_string(), data }
    }
}
