//! `bimpe tools import`: tools of a custom API from an OpenAPI document or a curl command.

mod changes;
mod curl;
mod openapi;
pub(crate) mod proposal;
mod source;

use std::time::Duration;

use bimpe::Client;
use bimpe::engine::{OperationRequest, json};
use clap::{Args, Subcommand};
use serde_json::Value;
use url::Url;

use self::changes::Changes;
use self::openapi::{Import, Options};
use self::proposal::{ADD, Proposal};
use crate::failure::{Exit, Failure};
use crate::globals::Globals;
use crate::note::{note, printable};
use crate::{output, prompt};

/// The commands of `bimpe tools`.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Add tools to a custom API, from an OpenAPI document or a curl command.
    ///
    /// Shows the difference first, and asks before it adds anything. The request of a tool cannot be read back, so that
    /// tools are compared by name and description.
    Import(Box<ImportOptions>),
}

#[derive(Args)]
pub(crate) struct ImportOptions {
    /// Id of the agent
    agent: String,
    /// Id of the custom API
    integration: String,
    /// OpenAPI 3 document, as JSON or YAML: a file, a URL, or - for standard input
    #[arg(required_unless_present = "curl", conflicts_with = "curl")]
    document: Option<String>,
    /// curl command, quoted as a whole, in place of a document
    #[arg(long, value_name = "COMMAND")]
    curl: Option<String>,
    /// Name of the tool from --curl [default: method and path]
    #[arg(long, requires = "curl")]
    name: Option<String>,
    /// Description of the tool from --curl, for the model
    #[arg(long, requires = "curl")]
    description: Option<String>,
    /// Import only the tools with these names
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    only: Vec<String>,
    /// Add optional parameters, too. The API may send their placeholders if the model leaves them out
    #[arg(long)]
    optional: bool,
    /// Timeout of each tool [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = crate::globals::seconds)]
    tool_timeout: Option<Duration>,
    /// Delete and add again the tools whose description differs
    #[arg(long)]
    replace: bool,
    /// Add the tools without a question
    #[arg(long, short)]
    yes: bool,
}

/// Runs a command.
pub(crate) async fn run(command: Command, globals: Globals) -> Result<(), Failure> {
    let Command::Import(options) = command;
    let session = globals.connect().await?;
    let place =
        Place { client: &session.client, path: vec![options.agent.clone(), options.integration.clone()] };
    let integration = place.integration().await?;
    let import = proposals(&options, &integration).await?;
    let mut changes = Changes::new(import.proposals, import.refusals, &place.tools().await?);
    changes.check_auth(integration["auth_type"].as_str().unwrap_or("none"));
    show(&changes, globals.json)?;
    let replaced = if options.replace { changes.differ.len() } else { 0 };
    let count = changes.add.len() + replaced;
    if count == 0 {
        return Ok(());
    }
    if !options.yes && !prompt::is_attended() {
        let text = format!("{count} tools are not added");
        return Err(Failure::new(Exit::Differences, "differences", text).hint("--yes adds them."));
    }
    if !options.yes {
        prompt::confirm(&format!("Add {count} tools?"), "yes")?;
    }
    for proposal in &changes.add {
        place.send(ADD, proposal, None).await?;
        note(&format!("added {}", proposal.name()));
    }
    for proposal in changes.differ.iter().filter(|_| options.replace) {
        place.send("agents.integrations.custom_api.tools.ensure", proposal, Some("replace")).await?;
        note(&format!("replaced {}", proposal.name()));
    }
    Ok(())
}

async fn proposals(options: &ImportOptions, integration: &Value) -> Result<Import, Failure> {
    let base_url = integration["base_url"].as_str().and_then(|text| Url::parse(text).ok());
    let timeout_ms = options.tool_timeout.and_then(|timeout| i64::try_from(timeout.as_millis()).ok());
    let mut import = match (&options.document, &options.curl) {
        (Some(document), _) => {
            let source = source::read(document).await?;
            let made = Options { base_url, optional: options.optional, timeout_ms };
            openapi::import(&source.document, source.url.as_ref(), &made)?
        }
        (None, line) => {
            let line = line.as_deref().unwrap_or_default();
            let (name, description) = (options.name.as_deref(), options.description.as_deref());
            let proposal = curl::import(line, base_url.as_ref(), name, description)?;
            Import { proposals: vec![proposal], refusals: Vec::new() }
        }
    };
    if let Some(unknown) =
        options.only.iter().find(|name| !import.proposals.iter().any(|proposal| proposal.name() == *name))
    {
        let names: Vec<&str> = import.proposals.iter().map(Proposal::name).collect();
        return Err(Failure::usage(format!("no tool has the name `{unknown}`"))
            .hint(format!("The names are: {}.", names.join(", "))));
    }
    if !options.only.is_empty() {
        import.proposals.retain(|proposal| options.only.iter().any(|name| name == proposal.name()));
        import.refusals.clear();
    }
    Ok(import)
}

fn show(changes: &Changes, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return output::json(&changes.to_json());
    }
    changes.lines().iter().try_for_each(|line| output::line(&printable(line)))
}

/// One custom API of one agent.
struct Place<'a> {
    client: &'a Client,
    /// The ids of the agent and of the integration.
    path: Vec<String>,
}

impl Place<'_> {
    /// Returns the settings of the integration.
    async fn integration(&self) -> Result<Value, Failure> {
        let mut request = OperationRequest::new("agents.integrations.custom_api.list")?;
        request.path = self.path[..1].to_vec();
        let listed = self.data(request).await?;
        let known = listed.as_array().into_iter().flatten();
        let found = known.clone().find(|integration| integration["id"] == self.path[1]);
        found.map(|integration| integration["config"].clone()).ok_or_else(|| {
            let ids: Vec<&str> = known.filter_map(|integration| integration["id"].as_str()).collect();
            let failure =
                Failure::error(format!("agent {} has no custom API `{}`", self.path[0], self.path[1]));
            let hint = if ids.is_empty() {
                "Add one with `bimpe agents integrations custom-api configure`.".to_owned()
            } else {
                format!("It has: {}.", ids.join(", "))
            };
            failure.hint(hint)
        })
    }

    async fn tools(&self) -> Result<Vec<Value>, Failure> {
        let mut request = OperationRequest::new("agents.integrations.custom_api.tools.list")?;
        request.path.clone_from(&self.path);
        Ok(self.data(request).await?.as_array().cloned().unwrap_or_default())
    }

    async fn send(
        &self,
        operation: &str,
        proposal: &Proposal,
        on_difference: Option<&str>,
    ) -> Result<(), Failure> {
        let mut request = OperationRequest::new(operation)?;
        request.path.clone_from(&self.path);
        request.body = Some(proposal.body.clone());
        if let Some(choice) = on_difference {
            request.query.insert("on_difference".to_owned(), choice.into());
        }
        let sent = self.data(request).await;
        sent.map(drop).map_err(|error| error.hint("Run the command again: it adds the missing tools only."))
    }

    async fn data(&self, request: OperationRequest) -> Result<Value, Failure> {
        let response = self.client.execute(request).await?;
        json::value(response.data()).map_err(|_| Failure::error("the response of the server is not JSON"))
    }
}
