//! `bimpe call`: a phone call of an agent.

use bimpe::operations;
use clap::Args;
use serde_json::{Value, json};

use crate::client::request;
use crate::failure::Failure;
use crate::globals::Globals;
use crate::note::note;
use crate::{output, prompt};

#[derive(Args)]
pub(crate) struct Call {
    /// Id of the agent
    agent: String,

    /// Phone number in E.164 form, as in +447700900123
    number: String,

    /// Call from a shared number of BimpeAI
    #[arg(long)]
    test: bool,

    /// Wait until the call ends, and print it with its transcript
    #[arg(long)]
    wait: bool,

    /// Do not ask before a call that is no test
    #[arg(long)]
    yes: bool,
}

impl Call {
    pub(crate) async fn run(self, globals: &Globals) -> Result<(), Failure> {
        let session = globals.connect().await?;
        if !self.test && !self.yes {
            let question = format!("Call {}? A call that is no test costs money.", self.number);
            prompt::wait(move || prompt::confirm(&question, "yes")).await?;
        }
        let mut sent = request(&operations::CALLS_MAKE, &[&self.agent]);
        sent.options = globals.request_options();
        sent.body = Some(json!({ "destination": self.number, "is_test_call": self.test }));
        let call = session.send(sent).await?;
        let status = call["status"].as_str().unwrap_or_default();
        if status != "initiated" {
            let detail = output::cell(&call["detail"]);
            return Err(Failure::error(format!("no call was made: {status} {detail}")));
        }
        let (true, Some(id)) = (self.wait, call["call_id"].as_str()) else {
            return output::result(&call, globals.json);
        };
        note(&format!("The call {id} is under way. Ctrl-C stops the wait, not the call."));
        let ended = session.send(request(&operations::CALLS_WAIT, &[&self.agent, id])).await?;
        if globals.json {
            return output::json(&ended);
        }
        output::line(&format!(
            "{}\t{}",
            output::cell(&ended["status"]),
            output::cell(&ended["duration_seconds"])
        ))?;
        let transcript = ended["conversation_logs"].as_array().into_iter().flatten();
        transcript.map(|message| (&message["role"], &message["message"])).try_for_each(
            |(role, text): (&Value, &Value)| {
                output::line(&format!("{}\t{}", output::cell(role), output::cell(text)))
            },
        )
    }
}
