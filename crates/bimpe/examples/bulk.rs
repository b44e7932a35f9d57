//! Import knowledge into an agent, several requests at a time. A second run continues where the first stopped.
//!
//! Usage: `bulk AGENT_ID FILE`. `FILE` has lines with `{"name": "Hours", "content": "Open from 8 to 20."}`. Reads
//! `BIMPEAI_API_KEY` and `BIMPEAI_BASE_URL`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example shows its results")]

use std::process::ExitCode;
use std::time::Duration;

use bimpe::Client;
use bimpe::types::CreateTextKnowledgeBase;
use futures_util::stream::{StreamExt, iter};
use serde_json::Value;
use uuid::Uuid;

const CONCURRENCY: usize = 8;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let agent_id = arguments.next().ok_or("AGENT_ID is missing")?;
    let file = std::fs::read_to_string(arguments.next().ok_or("FILE is missing")?)?;

    // Long runs meet rate limits. The client waits for them within the timeout.
    let client = Client::builder().timeout(Duration::from_secs(300)).max_retries(10).build()?;
    let knowledge = client.agents().knowledge_bases();
    let rows = file.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let requests = iter(&rows).map(|row| {
        let (name, content) =
            (row["name"].as_str().unwrap_or_default(), row["content"].as_str().unwrap_or_default());
        // The same row has the same key in each run, so the server applies it once.
        let key = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{agent_id} {row}").as_bytes());
        let text = CreateTextKnowledgeBase::new(name, content);
        let request = knowledge.create(&agent_id, text).idempotency_key(key.to_string()).send();
        async move { (name, request.await) }
    });
    let results: Vec<_> = requests.buffer_unordered(CONCURRENCY).collect().await;

    let mut failed = 0;
    for (name, result) in &results {
        if let Err(error) = result {
            failed += 1;
            eprintln!("{name}: {error}");
        }
    }
    let total = knowledge.list(&agent_id).await?.len();
    println!("{} imported, {failed} failed, {total} in the agent", results.len() - failed);
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
