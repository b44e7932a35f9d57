//! Responses of the server, serialized once.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bimpe_bench_responses::{agent_detail, envelope, events, page};
use serde_json::{Value, json};
use tokio::sync::Notify;

/// Events that a stream repeats. The number exceeds the ids that a client remembers to detect duplicates.
const EVENTS: usize = 6000;
/// Delay between two events of held streams.
const BETWEEN_EVENTS: Duration = Duration::from_micros(200);
const STREAM: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n";

/// A serialized response.
#[derive(Clone)]
pub(crate) enum Response {
    /// A head and a body.
    Whole(Rc<[u8]>),
    /// A stream, sent in chunks.
    Events {
        head: &'static str,
        chunks: Rc<Vec<Vec<u8>>>,
        /// Whether the stream waits after the first chunk until all held streams are released together.
        held: bool,
    },
}

/// Responses so far, by method and target.
#[derive(Default)]
pub(crate) struct Responses {
    known: RefCell<HashMap<String, Response>>,
    /// Notifies held streams of their release.
    pub(crate) gate: Notify,
    /// Time of the next event of the held streams.
    due: Cell<Option<Instant>>,
}

impl Responses {
    /// Waits until the next event is due. All held streams share one rate. Polls the clock, because tokio's timer has a
    /// resolution of a millisecond.
    pub(crate) async fn next_event(&self) {
        let now = Instant::now();
        let due = self.due.get().map_or(now, |due| now.max(due));
        self.due.set(Some(due + BETWEEN_EVENTS));
        while Instant::now() < due {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn find(&self, method: &str, target: &str) -> Response {
        // A request for the agent `release` releases the held streams.
        if target.ends_with("/release") {
            self.gate.notify_waiters();
        }
        let name = format!("{method} {target}");
        if let Some(known) = self.known.borrow().get(&name) {
            return known.clone();
        }
        let response = make(method, target);
        self.known.borrow_mut().insert(name, response.clone());
        response
    }
}

fn make(method: &str, target: &str) -> Response {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parameter = |name: &str| {
        let found = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        found.and_then(|value| value.parse::<usize>().ok())
    };
    let last = path.rsplit('/').next().unwrap_or_default();
    match (method, last) {
        ("POST", "stream-ticket") => one(&json!({"ticket": "t", "expires_in": 60})),
        // The id of the conversation is the chunk size. `SIZE-COUNT` is a held stream of `COUNT` events.
        ("GET", "stream") => {
            let id = path.rsplit('/').nth(1).unwrap_or_default();
            let (size, count) = id.split_once('-').unwrap_or((id, ""));
            let count = count.parse().ok();
            let chunks = Rc::new(events(count.unwrap_or(EVENTS), size.parse().unwrap_or(0)));
            Response::Events { head: STREAM, chunks, held: count.is_some() }
        }
        ("POST" | "PATCH", _) => one(&json!({"onboarding_url": "https://example.test/onboarding"})),
        ("GET", "agents") => {
            let (limit, number) = (parameter("limit").unwrap_or(20), parameter("page").unwrap_or(1));
            whole(&page(number, limit))
        }
        // A numeric id is the size of the description.
        (_, size) => {
            let mut agent = agent_detail(1);
            if let Ok(size) = size.parse() {
                agent["description"] = "x".repeat(size).into();
            }
            one(&agent)
        }
    }
}

fn one(data: &Value) -> Response {
    whole(&envelope(data, None))
}

fn whole(body: &str) -> Response {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: 9f1c2d3e-0000-4000-8000-000000000000\r\n\
         x-ratelimit-limit: 600\r\nx-ratelimit-remaining: 599\r\nx-ratelimit-reset: 60\r\n\
         date: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    Response::Whole((head + body).into_bytes().into())
}
