//! `bimpe chat`: a test conversation with an agent, line by line.

use std::io::{self, BufRead};
use std::thread;

use bimpe::operations;
use clap::Args;
use console::{Term, style};
use serde_json::json;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::client::request;
use crate::failure::Failure;
use crate::globals::Globals;
use crate::note::{note, printable};
use crate::{output, prompt};

#[derive(Args)]
pub(crate) struct Chat {
    /// Id of the agent
    agent: String,

    /// Continue a conversation; without it, a new tester writes
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
}

impl Chat {
    pub(crate) async fn run(self, globals: &Globals) -> Result<(), Failure> {
        let session = globals.connect().await?;
        let agent = session.send(request(&operations::AGENTS_RETRIEVE, &[&self.agent])).await?;
        let name = printable(agent["name"].as_str().unwrap_or("agent"));
        let mut to = match self.conversation {
            Some(id) => json!({ "conversation_id": id }),
            None => json!({
                "channel_type": "webchat",
                "channel_user_id": Uuid::new_v4().to_string(),
                "is_test_channel": true,
            }),
        };
        let is_attended = prompt::is_attended();
        if is_attended {
            note(&format!("This is a test conversation with {name}. Ctrl-D ends it."));
        }
        let mut lines = lines();
        loop {
            if is_attended {
                Term::stderr().write_str(&format!("{} ", style("you>").for_stderr().bold()))?;
            }
            let Some(line) = lines.recv().await else { break };
            if line.trim().is_empty() {
                continue;
            }
            to["message"] = line.into();
            let mut ask = request(&operations::CONVERSATIONS_ASK, &[&self.agent]);
            ask.body = Some(to);
            let reply = session.send(ask).await?;
            to = json!({ "conversation_id": reply["conversation_id"] });
            if globals.json {
                output::line(&reply.to_string())?;
                continue;
            }
            let text = printable(reply["message"].as_str().unwrap_or_default());
            let speaker = if output::is_terminal() {
                format!("{} ", style(format!("{name}>")).cyan().bold())
            } else {
                String::new()
            };
            output::line(&format!("{speaker}{text}"))?;
        }
        if is_attended && let Some(id) = to["conversation_id"].as_str() {
            note(&format!("\nContinue with: bimpe chat {} --conversation {id}", self.agent));
        }
        Ok(())
    }
}

/// Returns the lines of standard input. A separate thread reads them, because a pending read cannot be canceled.
fn lines() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(1);
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
