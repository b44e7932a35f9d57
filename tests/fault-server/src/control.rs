//! What tests ask of the server itself: new scenes and their journals.

use serde_json::{Value, json};

use crate::reply::{Content, Reply};
use crate::server::Shared;

/// A reply with JSON.
pub(crate) fn reply(status: u16, body: &Value) -> Reply {
    Reply { status: Some(status), body: Content::Json(body.to_string().into()), ..Reply::default() }
}

/// Answers a request below `/_fault/`.
pub(crate) fn answer(shared: &Shared, method: &str, path: &str, body: &[u8]) -> (u16, Value) {
    match (method, path.strip_prefix("scenes")) {
        ("POST", Some("")) => {
            let made = serde_json::from_slice(body).and_then(|script| shared.new_scene(script));
            match made {
                Ok((name, scene)) => (201, json!({"scene": name, "base_url": scene.base_url()})),
                Err(error) => (400, json!({"message": format!("the script is wrong: {error}")})),
            }
        }
        ("GET", Some(name)) => match shared.scene(name.trim_start_matches('/')) {
            Some(scene) => (200, scene.journal()),
            None => (404, json!({"message": "there is no such scene"})),
        },
        _ => (404, json!({"message": "POST /_fault/scenes or GET /_fault/scenes/NAME"})),
    }
}
