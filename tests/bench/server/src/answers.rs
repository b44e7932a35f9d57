//! What the server says, written once.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bimpe_bench_answers::{agent, envelope, events, page};
use serde_json::{Value, json};
use tokio::sync::Notify;

/// Events that a stream brings over and over again. By the time an id comes back, no client knows it any more.
const EVENTS: usize = 6000;
/// Between two events of streams that were held.
const BETWEEN_EVENTS: Duration = Duration::from_micros(200);
const STREAM: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n";

/// An answer, ready to be sent.
#[derive(Clone)]
pub(crate) enum Answer {
    /// A head and a body.
    Whole(Rc<[u8]>),
    /// A stream, sent piece by piece.
    Events {
        head: &'static str,
        pieces: Rc<Vec<Vec<u8>>>,
        /// Whether only the first piece comes before all such streams are released together.
        held: bool,
    },
}

/// The answers so far, by method and target.
#[derive(Default)]
pub(crate) struct Answers {
    known: RefCell<HashMap<String, Answer>>,
    /// Where streams wait for their release.
    pub(crate) gate: Notify,
    /// When the next event of the streams that were held is due.
    due: Cell<Option<Instant>>,
}

impl Answers {
    /// Waits until it is the turn of an event. They come one by one, at the same rate however many streams there are; no
    /// timer is fine enough for it.
    pub(crate) async fn turn(&self) {
        let now = Instant::now();
        let due = self.due.get().map_or(now, |due| now.max(due));
        self.due.set(Some(due + BETWEEN_EVENTS));
        while Instant::now() < due {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn find(&self, method: &str, target: &str) -> Answer {
        // The agent of this id releases the streams that are held.
        if target.ends_with("/release") {
            self.gate.notify_waiters();
        }
        let name = format!("{method} {target}");
        if let Some(known) = self.known.borrow().get(&name) {
            return known.clone();
        }
        let answer = make(method, target);
        self.known.borrow_mut().insert(name, answer.clone());
        answer
    }
}

fn make(method: &str, target: &str) -> Answer {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parameter = |name: &str| {
        let found = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        found.and_then(|value| value.parse::<usize>().ok())
    };
    let last = path.rsplit('/').next().unwrap_or_default();
    match (method, last) {
        ("POST", "stream-ticket") => one(&json!({"ticket": "t", "expires_in": 60})),
        // The id of the conversation is the size of a piece; `SIZE-COUNT` is a held stream of so many events.
        ("GET", "stream") => {
            let id = path.rsplit('/').nth(1).unwrap_or_default();
            let (size, count) = id.split_once('-').unwrap_or((id, ""));
            let count = count.parse().ok();
            let pieces = Rc::new(events(count.unwrap_or(EVENTS), size.parse().unwrap_or(0)));
            Answer::Events { head: STREAM, pieces, held: count.is_some() }
        }
        ("POST" | "PATCH", _) => one(&json!({"onboarding_url": "https://example.test/onboarding"})),
        ("GET", "agents") => {
            let (limit, number) = (parameter("limit").unwrap_or(20), parameter("page").unwrap_or(1));
            whole(&page(number, limit))
        }
        // An id that is a number is the size of the answer.
        (_, size) => {
            let mut agent = agent(1);
            if let Ok(size) = size.parse() {
                agent["description"] = "x".repeat(size).into();
            }
            one(&agent)
        }
    }
}

fn one(data: &Value) -> Answer {
    whole(&envelope(data, None))
}

fn whole(body: &str) -> Answer {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: 9f1c2d3e-0000-4000-8000-000000000000\r\n\
         x-ratelimit-limit: 600\r\nx-ratelimit-remaining: 599\r\nx-ratelimit-reset: 60\r\n\
         date: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    Answer::Whole((head + body).into_bytes().into())
}
