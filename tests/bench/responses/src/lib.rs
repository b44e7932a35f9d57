//! Response bodies of the benchmarks: one agent, a page of agents, events. The server and the engine benchmarks share them.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// Number of pages of a list.
pub const PAGES: usize = 1000;

/// Returns an envelope with this data.
pub fn envelope(data: &Value, meta: Option<&Value>) -> String {
    let mut body = json!({"message": "ok", "data": data});
    if let Some(meta) = meta {
        body["meta"] = meta.clone();
    }
    body.to_string()
}

/// Returns the envelope of one page of a list.
pub fn page(number: usize, limit: usize) -> String {
    let agents: Vec<Value> = (0..limit).map(|index| agent(number * 1000 + index)).collect();
    let meta = json!({
        "current_page": number, "page_count": PAGES, "total_count": PAGES * limit, "limit": limit,
        "has_next_page": number < PAGES, "has_previous_page": number > 1,
    });
    envelope(&agents.into(), Some(&meta))
}

const NAMES: [&str; 5] = ["Ada", "Zoë", "Babatunde", "Chidinma", "Ngozi"];
const SHOPS: [&str; 4] = ["Ada's Shoes", "Café Olé", "Mama Put \"Original\"", "Broad Street Fabrics"];
const LANGUAGES: [&str; 4] = ["en", "fr", "yo", "ha"];
const TIMEZONES: [&str; 3] = ["Africa/Lagos", "Africa/Accra", "Europe/London"];

/// Selects a text by the number of the item.
fn pick<'a>(texts: &[&'a str], number: usize) -> &'a str {
    texts[number % texts.len()]
}

/// Returns an agent with all fields and realistic texts: long prompts, quotes, emoji, few repetitions.
pub fn agent(number: usize) -> Value {
    let (name, shop) = (pick(&NAMES, number), pick(&SHOPS, number));
    let greeting =
        pick(&["Greet customers by name 👋", "Quote prices in naira (₦)", "Reply in two sentences"], number);
    json!({
        "id": format!("cmf{number:022}"), "name": format!("{name} of shop {number}"),
        "description": format!(
            "You are {name}, the assistant of {shop}, branch {number}.\n\n- {greeting}\n- Ask for the order number, as in \
             \"LG-{number:05}\"\n- Never promise a refund: say \"I will ask my manager\" and escalate\n\nOrders before \
             {}:00 leave the same day.",
            10 + number % 8,
        ),
        "workflow_id": format!("cmw{:022}", number % 7), "language": pick(&LANGUAGES, number), "persona": "friendly",
        "timezone": pick(&TIMEZONES, number), "logo": format!("https://cdn.example.test/logos/{number}.png"),
        "business_name": format!("{shop}, branch {number}"), "business_address": format!("{number} Broad Street\nLagos"),
        "business_email": format!("hello{number}@shop.example.test"),
        "business_description": format!("{shop}: made by hand, \"delivered in {} days\".", 2 + number % 5),
        "test_channel_code": format!("AB{number:06}"), "status": "live", "status_reason": null,
        "escalation_email": format!("boss{number}@shop.example.test"),
        "created_at": format!("2026-01-02T03:{:02}:05.678Z", number % 60),
        "updated_at": format!("2026-05-06T07:08:{:02}.012Z", number % 60),
    })
}

/// Returns the details of an agent.
pub fn agent_detail(number: usize) -> Value {
    let mut detail = agent(number);
    for list in ["knowledge_bases", "integrations", "channels"] {
        detail[list] = json!([]);
    }
    detail
}

/// Returns a chat message of an assistant.
fn message(number: usize) -> String {
    let name = pick(&NAMES, number);
    match number % 3 {
        0 => format!("Hi {name} 👋\nYour order LG-{number:05} has left the shop and arrives on Thursday."),
        1 => format!("We have \"Lagos {number}\" in red and in blue.\n\nWhich one would you like?"),
        _ => format!("Thank you, {name}. Order LG-{number:05} is paid, and you get a receipt by mail."),
    }
}

/// Returns `count` events in chunks of about `size` bytes. With size 0, each chunk has one event.
pub fn events(count: usize, size: usize) -> Vec<Vec<u8>> {
    let mut chunks = Vec::new();
    let mut chunk = String::new();
    for number in 1..=count {
        let data = json!({
            "id": format!("cmm{number:022}"), "conversation_id": "cmc0000000000000000000001", "role": "assistant",
            "message": message(number), "message_type": "text",
            "created_at": format!("2026-01-02T03:{:02}:{:02}.678Z", number / 60 % 60, number % 60),
        });
        // Writing to a string cannot fail.
        let _ = write!(chunk, "id: cmm{number:022}\nevent: message\ndata: {data}\n\n");
        if chunk.len() >= size {
            chunks.push(std::mem::take(&mut chunk).into_bytes());
        }
    }
    chunks.push(chunk.into_bytes());
    chunks
}
