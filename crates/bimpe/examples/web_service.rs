//! Connect a web chat to an agent: `POST /messages` with `{"visitor": "ada", "text": "Hello"}` returns the reply.
//!
//! Reads `BIMPEAI_API_KEY`, `BIMPEAI_BASE_URL`, `BIMPE_AGENT_ID` and `PORT`. Prints its URL. Ctrl-C ends it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example shows its results")]

use std::env;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use bimpe::types::{AskAgent, ChannelType};
use bimpe::{Client, Error, ErrorKind};
use serde_json::{Value, json};

#[derive(Clone)]
struct Service {
    /// Clones share the connections.
    client: Client,
    agent_id: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = Service { client: Client::from_env()?, agent_id: env::var("BIMPE_AGENT_ID")? };
    let router = Router::new().route("/messages", post(reply)).with_state(service);
    let port = env::var("PORT").unwrap_or_else(|_| "0".to_owned());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("http://{}", listener.local_addr()?);
    let shutdown = async { drop(tokio::signal::ctrl_c().await) };
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await?;
    Ok(())
}

/// If the visitor leaves, axum drops this future, which cancels the request to the API.
async fn reply(
    State(service): State<Service>,
    Json(body): Json<Value>,
) -> Result<Json<Value>, (StatusCode, Json<Value>)> {
    let (Some(visitor), Some(text)) = (body["visitor"].as_str(), body["text"].as_str()) else {
        return Err((
            StatusCode::BAD_REQUEST,
            Json(json!({"error": "`visitor` and `text` must be strings"})),
        ));
    };
    let question = AskAgent::new(text)
        .channel_type(ChannelType::Webchat)
        .channel_user_id(bimpe::webchat_user_id(visitor))
        .is_test_channel(true);
    let reply =
        service.client.conversations().ask(service.agent_id, question).await.map_err(error_response)?;
    Ok(Json(json!({"text": reply.message})))
}

/// Returns the status and the body of the response for an error.
#[expect(clippy::needless_pass_by_value, reason = "the type of a function for `map_err`")]
fn error_response(error: Error) -> (StatusCode, Json<Value>) {
    match error.kind() {
        ErrorKind::User | ErrorKind::Validation => {
            (StatusCode::BAD_REQUEST, Json(json!({"error": error.message()})))
        }
        ErrorKind::RateLimit => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"error": "busy"}))),
        _ => {
            // The log has the request id for the support. The visitor sees no detail.
            eprintln!("{error}");
            (StatusCode::BAD_GATEWAY, Json(json!({"error": "the agent is not available"})))
        }
    }
}
