//! Sends requests to a sandbox, some at a time, and prints how many it sends in a second.
//!
//! Usage: `bimpe-bench-sandbox URL KEY AGENT_ID reads|writes|mixed REQUESTS`.
//!
//! `bimpe-bench-sandbox team AGENTS` is a sandbox with this number of agents. It ends with its standard input.

mod team;

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use bimpe::Client;
use bimpe::types::{
    ChannelType, CreateAgent, CreateConversationMessage, CreateTextKnowledgeBase, UpdateAgent,
};
use futures_util::future::try_join_all;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Requests at a time.
const CONCURRENCY: u32 = 8;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, agents] = arguments.as_slice()
        && word == "team"
    {
        return team::run(agents.parse()?);
    }
    let [url, key, agent, case, requests] = arguments.as_slice() else {
        return Err("usage: bimpe-bench-sandbox URL KEY AGENT_ID reads|writes|mixed REQUESTS".into());
    };
    let client = Client::builder().base_url(url).api_key(key).build()?;
    let requests: u32 = requests.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (sent, seconds) = runtime.block_on(async {
        let agent = Agent { client: &client, id: agent, conversation: converse(&client, agent).await? };
        let started = Instant::now();
        let workers = (0..CONCURRENCY).map(|_| agent.work(case, requests / CONCURRENCY));
        let sent: u32 = try_join_all(workers).await?.into_iter().sum();
        Ok::<_, Box<dyn Error>>((sent, started.elapsed().as_secs_f64()))
    })?;
    writeln!(std::io::stdout(), "{}", f64::from(sent) / seconds)?;
    Ok(())
}

/// Sends a message to an agent, and returns the id of the conversation.
async fn converse(client: &Client, agent: &str) -> Result<String> {
    let message = CreateConversationMessage::new("Do you deliver on Sundays?")
        .channel_type(ChannelType::Webchat)
        .channel_user_id(bimpe::webchat_user_id("customer 17"));
    let response = client.conversations().send(agent, message).await?;
    Ok(response.conversation_id.ok_or("the response has no conversation")?)
}

/// The first agent of the sandbox.
struct Agent<'a> {
    client: &'a Client,
    id: &'a str,
    conversation: String,
}

impl Agent<'_> {
    /// Sends at least `requests` requests, one after the other, and returns their number.
    async fn work(&self, case: &str, requests: u32) -> Result<u32> {
        let mut sent = 0;
        while sent < requests {
            sent += match case {
                "reads" => self.read().await?,
                "writes" => self.write().await?,
                "mixed" => self.mix().await?,
                unknown => return Err(format!("unexpected case `{unknown}`").into()),
            };
        }
        Ok(sent)
    }

    async fn read(&self) -> Result<u32> {
        self.client.agents().retrieve(self.id).await?;
        self.client.conversations().messages().list(self.id, &self.conversation).await?;
        Ok(2)
    }

    async fn write(&self) -> Result<u32> {
        self.client.agents().update(self.id, UpdateAgent::new().name("Support")).await?;
        Ok(1)
    }

    /// Creates, reads and changes objects, and deletes them.
    async fn mix(&self) -> Result<u32> {
        let (agents, messages) = (self.client.agents(), self.client.conversations().messages());
        let knowledge = agents.knowledge_bases();
        let workflow = agents.retrieve(self.id).await?.workflow_id.ok_or("the agent has no workflow")?;
        let agent = agents.create(CreateAgent::new(workflow, "Support", "Helps customers")).await?.id;
        let base = knowledge.create(&agent, CreateTextKnowledgeBase::new("Hours", "From 8 to 20.")).await?.id;
        agents.list().limit(20).await?;
        agents.list().search("support").await?;
        agents.update(&agent, UpdateAgent::new().name("Sales")).await?;
        let conversation = converse(self.client, agent.as_str()).await?;
        messages.list(&agent, &conversation).limit(20).await?;
        knowledge.delete(&agent, &base).await?;
        agents.delete(&agent).await?;
        Ok(10)
    }
}
