//! The control API for tests: new scenarios and their request logs.

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
    match (method, path.strip_prefix("scenarios")) {
        ("POST", Some("")) => {
            let made = serde_json::from_slice(body).and_then(|script| shared.new_scenario(script));
            match made {
                Ok((name, scenario)) => (201, json!({"scenario": name, "base_url": scenario.base_url()})),
                Err(error) => (400, json!({"message": format!("invalid script: {error}")})),
            }
        }
        ("GET", Some(name)) => match shared.scenario(name.trim_start_matches('/')) {
            Some(scenario) => (200, scenario.request_log()),
            None => (404, json!({"message": "unknown scenario"})),
        },
        _ => (404, json!({"message": "expected POST /_fault/scenarios or GET /_fault/scenarios/NAME"})),
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
    match number.and_then(|number| shared.http2_counters(number)) {
        Some(counters) if method == "GET" => (200, counters),
        _ => (404, json!({"message": "expected POST /_fault/http2 or GET /_fault/http2/NUMBER"})),
    }
}
