//! The messages of the demo server, for both transports.

use serde_json::{Value, json};

use super::tools;

const VERSIONS: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// Returns the response to a JSON-RPC message, or `None` for a notification.
pub(super) fn respond(message: &Value) -> Option<Value> {
    if message.is_object() && message.get("id").is_none() {
        return None;
    }
    let mut response = match result(message["method"].as_str().unwrap_or_default(), &message["params"]) {
        Ok(result) => json!({ "result": result }),
        Err((code, text)) => json!({ "error": { "code": code, "message": text } }),
    };
    response["jsonrpc"] = "2.0".into();
    response["id"] = message["id"].clone();
    Some(response)
}

fn result(method: &str, params: &Value) -> Result<Value, (i32, String)> {
    match method {
        "initialize" => Ok(json!({
            "protocolVersion": VERSIONS.iter().find(|version| params["protocolVersion"] == **version).unwrap_or(&VERSIONS[0]),
            "capabilities": { "tools": {} },
            "serverInfo": { "name": "bimpe-demo", "title": "Demo shop", "version": env!("CARGO_PKG_VERSION") },
        })),
        "ping" => Ok(json!({})),
        "tools/list" => tools::page(&params["cursor"]).ok_or((-32602, "The cursor is invalid.".to_owned())),
        "tools/call" => match tools::run(params["name"].as_str().unwrap_or_default(), &params["arguments"]) {
            Some(outcome) => {
                let (text, is_error) = match outcome {
                    Ok(value) => (value.to_string(), false),
                    Err(text) => (text, true),
                };
                Ok(json!({ "content": [{ "type": "text", "text": text }], "isError": is_error }))
            }
            None => Err((-32602, format!("The server has no tool named {}.", params["name"]))),
        },
        "" => Err((-32600, "The message is not a JSON-RPC request.".to_owned())),
        _ => Err((-32601, format!("The server has no method {method}."))),
    }
}
