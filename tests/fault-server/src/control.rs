//! The control API for tests: new scenes and their journals.

use serde_json::{Value, json};

use crate::reply::{Content, Reply};
use crate::server::Shared;

/// Returns a reply with JSON.
pub(crate) fn reply(status: u16, body: &Value) -> Reply {
    Reply { status: Some(status), body: Content::Json(body.to_string().into()), ..Reply::default() }
}

/// Responds to a request below `/_fault/`.
pub(crate) fn respond(shared: &Shared, method: &str, path: &str, body: &[u8]) -> (u16, Value) {
    if let Some(path) = path.strip_prefix("http2") {
        return http2(shared, method, path, body);
    }
    if let Some(requests) = path.strip_prefix("nginx/").and_then(|number| number.parse().ok()) {
        return match shared.new_nginx(requests) {
            Ok(base_url) => (201, json!({"base_url": base_url})),
            Err(_) => (201, json!({"base_url": null})),
        };
    }
    if method == "GET" && path == "tunnels" {
        return (200, shared.tunnels());
    }
    match (method, path.strip_prefix("scenes")) {
        ("POST", Some("")) => {
            let made = serde_json::from_slice(body).and_then(|script| shared.new_scene(script));
            match made {
                Ok((name, scene)) => (201, json!({"scene": name, "base_url": scene.base_url()})),
                Err(error) => (400, json!({"message": format!("invalid script: {error}")})),
            }
        }
        ("GET", Some(name)) => match shared.scene(name.trim_start_matches('/')) {
            Some(scene) => (200, scene.journal()),
            None => (404, json!({"message": "unknown scene"})),
        },
        _ => (404, json!({"message": "expected POST /_fault/scenes or GET /_fault/scenes/NAME"})),
    }
}

/// Responds to a request below `/_fault/http2`.
fn http2(shared: &Shared, method: &str, path: &str, body: &[u8]) -> (u16, Value) {
    if method == "POST" && path.is_empty() {
        let script = serde_json::from_slice(body).map_err(std::io::Error::from);
        return match script.and_then(|script| shared.new_http2(script)) {
            Ok(made) => (201, made),
            Err(error) => (400, json!({"message": format!("invalid script: {error}")})),
        };
    }
    let number = path.trim_start_matches('/').parse().ok();
    match number.and_then(|number| shared.http2_journal(number)) {
        Some(journal) if method == "GET" => (200, journal),
        _ => (404, json!({"message": "expected POST /_fault/http2 or GET /_fault/http2/NUMBER"})),
    }
}
