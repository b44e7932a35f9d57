//! What the server says, written once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;
use std::rc::Rc;

use serde_json::{Value, json};

/// Events that a stream brings; clients stop earlier.
const EVENTS: usize = 60_000;
/// The length of a walk over pages.
const PAGES: usize = 1000;

/// An answer, ready to be sent.
#[derive(Clone)]
pub(crate) enum Answer {
    /// A head and a body.
    Whole(Rc<[u8]>),
    /// A stream, sent piece by piece.
    Events { head: &'static str, pieces: Rc<Vec<Vec<u8>>> },
}

/// The answers so far, by method and target.
#[derive(Default)]
pub(crate) struct Answers(RefCell<HashMap<String, Answer>>);

impl Answers {
    pub(crate) fn find(&self, method: &str, target: &str) -> Answer {
        let name = format!("{method} {target}");
        if let Some(known) = self.0.borrow().get(&name) {
            return known.clone();
        }
        let answer = make(method, target);
        self.0.borrow_mut().insert(name, answer.clone());
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
        ("POST", "stream-ticket") => whole(&json!({"ticket": "t", "expires_in": 60}), None),
        // The id of the conversation is the size of a piece.
        ("GET", "stream") => {
            let size = path.rsplit('/').nth(2).and_then(|id| id.parse().ok()).unwrap_or(0);
            Answer::Events {
                head: "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n",
                pieces: Rc::new(pieces(size)),
            }
        }
        ("POST" | "PATCH", _) => whole(&json!({"onboarding_url": "https://example.test/onboarding"}), None),
        ("GET", "agents") => {
            let (limit, page) = (parameter("limit").unwrap_or(20), parameter("page").unwrap_or(1));
            let agents: Vec<Value> = (0..limit).map(|index| agent(page * 1000 + index)).collect();
            let meta = json!({
                "current_page": page, "page_count": PAGES, "total_count": PAGES * limit, "limit": limit,
                "has_next_page": page < PAGES, "has_previous_page": page > 1,
            });
            whole(&agents.into(), Some(&meta))
        }
        // An id that is a number is the size of the answer.
        (_, size) => {
            let mut agent = agent(1);
            if let Ok(size) = size.parse() {
                agent["description"] = "x".repeat(size).into();
            }
            whole(&agent, None)
        }
    }
}

fn whole(data: &Value, meta: Option<&Value>) -> Answer {
    let mut body = json!({"message": "ok", "data": data});
    if let Some(meta) = meta {
        body["meta"] = meta.clone();
    }
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: 9f1c2d3e-0000-4000-8000-000000000000\r\n\
         x-ratelimit-limit: 600\r\nx-ratelimit-remaining: 599\r\nx-ratelimit-reset: 60\r\n\
         date: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    Answer::Whole((head + &body).into_bytes().into())
}

fn agent(number: usize) -> Value {
    json!({
        "id": format!("cmf{number:022}"), "name": format!("Ada of shop {number}"),
        "description": "Answers questions about orders, deliveries and returns, and sells what is in stock.",
        "workflow_id": "cmw0000000000000000000001", "language": "en", "persona": "friendly",
        "timezone": "Africa/Lagos", "logo": "https://cdn.example.test/logos/shop.png",
        "business_name": "The shop of Ada", "business_address": "12 Broad Street, Lagos",
        "business_email": "hello@shop.example.test",
        "business_description": "Shoes, bags and belts, made by hand, delivered in three days.",
        "test_channel_code": "AB12CD34", "status": "live", "status_reason": null,
        "escalation_email": "boss@shop.example.test",
        "created_at": "2026-01-02T03:04:05.678Z", "updated_at": "2026-05-06T07:08:09.012Z",
    })
}

/// The events in pieces of about this size; of size 0, each event is a piece.
fn pieces(size: usize) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for number in 1..=EVENTS {
        let data = json!({
            "id": format!("cmm{number:022}"), "conversation_id": "cmc0000000000000000000001", "role": "assistant",
            "message": "Your order has left the shop and arrives on Thursday.", "message_type": "text",
            "created_at": "2026-01-02T03:04:05.678Z",
        });
        // Writing to a string cannot fail.
        let _ = write!(piece, "id: cmm{number:022}\nevent: message\ndata: {data}\n\n");
        if piece.len() >= size {
            pieces.push(std::mem::take(&mut piece).into_bytes());
        }
    }
    pieces.push(piece.into_bytes());
    pieces
}
