//! A sandbox with many agents.

use std::io::{self, Write};

use bimpe::Client;
use bimpe::types::CreateAgent;
use bimpe_sandbox::Sandbox;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::{CONCURRENCY, Result};

/// The limit of a team is above the agents that it has.
const ROOM: usize = 1_000;

/// Starts the sandbox, prints its address and its key as a line of JSON, and ends with the standard input.
pub(super) fn run(agents: usize) -> Result<()> {
    let sandbox = Sandbox::builder().max_agents(agents + ROOM).start_blocking()?;
    let client = Client::builder().base_url(sandbox.url()).api_key(sandbox.api_key()).build()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // The sandbox has one agent from the start.
    let create = |number: usize| {
        let agent = CreateAgent::new(sandbox.workflow_id(), format!("Agent {number}"), "Helps customers");
        client.agents().create(agent).into_future()
    };
    let created = stream::iter(1..agents).map(create).buffer_unordered(CONCURRENCY as usize);
    runtime.block_on(created.try_for_each(|_| std::future::ready(Ok(()))))?;
    let ready = serde_json::json!({ "url": sandbox.url(), "api_key": sandbox.api_key(), "agent_id": sandbox.agent_id() });
    writeln!(io::stdout(), "{ready}")?;
    io::copy(&mut io::stdin().lock(), &mut io::sink())?;
    Ok(())
}
