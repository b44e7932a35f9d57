//! Events that tell an open page to load its live parts again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::StreamExt;
use futures_util::stream::{self, unfold};
use tokio::time::sleep;

use crate::state::AppState;

/// Time between two events, because a test can send thousands of requests a second.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/live", get(events))
}

/// Streams an event at once, because the objects may have changed since the page was rendered, and after each change.
async fn events(State(state): State<Arc<AppState>>) -> Response {
    let permit = match state.watch() {
        Ok(permit) => permit,
        // Plain text, because the page shows it as a notice.
        Err(text) => return (StatusCode::TOO_MANY_REQUESTS, text).into_response(),
    };
    let watched = (state.changes.subscribe(), state.journal.subscribe(), state.stopping.clone(), permit);
    let later = unfold(watched, |(mut objects, mut requests, mut stopping, permit)| async move {
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return None,
            changed = objects.changed() => changed.ok()?,
            recorded = requests.changed() => recorded.ok()?,
        }
        sleep(PAUSE).await;
        objects.mark_unchanged();
        requests.mark_unchanged();
        Some((Ok::<_, Infallible>(event()), (objects, requests, stopping, permit)))
    });
    let keep_alive = KeepAlive::new().interval(state.limits.heartbeat);
    Sse::new(stream::once(async { Ok(event()) }).chain(later)).keep_alive(keep_alive).into_response()
}

fn event() -> Event {
    Event::default().event("changed").data("")
}
