//! Handle errors and retries of a write: create an agent exactly once.
//!
//! Usage: `errors WORKFLOW_ID NAME`. Reads `BIMPEAI_API_KEY` and `BIMPEAI_BASE_URL`. Prints the id of the agent.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example shows its results")]

use std::process::ExitCode;
use std::time::Duration;

use bimpe::types::{AgentCreateResponse, CreateAgent};
use bimpe::{Client, Error, ErrorKind};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let workflow_id = arguments.next().ok_or("WORKFLOW_ID is missing")?;
    let name = arguments.next().ok_or("NAME is missing")?;

    let client = Client::builder()
        .timeout(Duration::from_secs(20)) // of a request, including its retries
        .max_retries(2)
        .on_retry(|retry| {
            eprintln!(
                "{}: attempt {} failed, retry in {:?}: {}",
                retry.operation, retry.attempt, retry.wait, retry.error
            );
        })
        .build()?;
    let agent = CreateAgent::new(workflow_id, name, "Takes orders");
    let error = match create_once(&client, agent).await {
        Ok(agent) => {
            println!("{}", agent.id);
            return Ok(ExitCode::SUCCESS);
        }
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::Validation => {
            error.field_errors().iter().for_each(|field| eprintln!("{}: {}", field.path, field.message));
        }
        ErrorKind::RateLimit => eprintln!("try again in {:?}", error.retry_after()),
        ErrorKind::Timeout => eprintln!("the API did not respond in time"),
        // The text names the request, the cause and the request id.
        _ => eprintln!("{error}"),
    }
    Ok(ExitCode::FAILURE)
}

/// Creates an agent. If the first request may have been applied, a second one with its key cannot create another.
async fn create_once(client: &Client, agent: CreateAgent) -> Result<AgentCreateResponse, Error> {
    let error = match client.agents().create(agent.clone()).await {
        Err(error) if error.may_have_been_applied() => error,
        result => return result,
    };
    eprintln!("unknown result, repeats the request: {error}");
    let key = error.idempotency_key().unwrap_or_default();
    client.agents().create(agent).idempotency_key(key).timeout(Duration::from_secs(60)).await
}
