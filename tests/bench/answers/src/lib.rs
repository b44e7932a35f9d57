//! The texts that are measured: one agent, a page of agents, events. The same for the server and for the engine alone.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// Pages of a list.
pub const PAGES: usize = 1000;

/// The envelope around this data.
pub fn envelope(data: &Value, meta: Option<&Value>) -> String {
    let mut body = json!({"message": "ok", "data": data});
    if let Some(meta) = meta {
        body["meta"] = meta.clone();
    }
    body.to_string()
}

/// The envelope of one page of a list.
pub fn page(number: usize, limit: usize) -> String {
    let agents: Vec<Value> = (0..limit).map(|index| agent(number * 1000 + index)).collect();
    let meta = json!({
        "current_page": number, "page_count": PAGES, "total_count": PAGES * limit, "limit": limit,
        "has_next_page": number < PAGES, "has_previous_page": number > 1,
    });
    envelope(&agents.into(), Some(&meta))
}

/// An agent with all its fields.
pub fn agent(number: usize) -> Value {
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

/// So many events in pieces of about this size; of size 0, each event is a piece.
pub fn events(count: usize, size: usize) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for number in 1..=count {
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
