//! Runs the examples of the documentation against the sandbox.
#![expect(clippy::print_stdout, clippy::items_after_statements, reason = "the examples do it, to be short")]

mod operations;

use std::collections::HashMap;

use bimpe_sandbox::Sandbox;

use crate::engine::OperationRequest;
use crate::types::*;
use crate::{Client, Error};

/// The ids that an example may name.
struct Names(HashMap<&'static str, String>);

impl Names {
    fn id(&self, name: &str) -> &str {
        self.0.get(name).map_or_else(|| panic!("nothing was prepared for `{name}`"), String::as_str)
    }
}

/// Runs an example on a separate sandbox, with the resources that the example uses.
fn run(operation: &str, example: impl AsyncFnOnce(&Client, &Names) -> Result<(), Error>) {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    let client = Client::builder().api_key(sandbox.api_key()).base_url(sandbox.url()).build().expect("valid");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let agent = sandbox.agent_id().to_owned();
        let mut names =
            Names(HashMap::from([("agent_id", agent), ("workflow_id", sandbox.workflow_id().to_owned())]));
        prepare(operation, &client, &mut names).await.unwrap_or_else(|error| panic!("{operation}: {error}"));
        match example(&client, &names).await {
            Ok(()) => {}
            // The MCP server of the examples does not exist.
            Err(error) if error.code() == Some("integration_connection_failed") => {}
            Err(error) => panic!("{operation}: {error}"),
        }
    });
}

/// Makes what the example of an operation needs.
async fn prepare(operation: &str, client: &Client, names: &mut Names) -> Result<(), Error> {
    let agent = names.id("agent_id").to_owned();
    let integrations = client.agents().integrations();
    let mut add = |name: &'static str, id: String| names.0.insert(name, id);
    if operation.starts_with("agents.knowledge_bases") {
        let hours = CreateTextKnowledgeBase::new("Hours", "Open from 8 to 20.");
        add("kb_id", client.agents().knowledge_bases().create(&agent, hours).await?.id);
    } else if operation.starts_with("agents.integrations.bimpeai") {
        let connected = integrations.bimpeai().configure(&agent, BumpaConfigure::new("token")).await?;
        add(
            "integration_id",
            connected.bimpeai_connect_result().expect("Bumpa connects at once").channel_id.clone(),
        );
    } else if operation == "agents.integrations.wait_until_connected" {
        let page = integrations.bimpeai().configure(&agent, GoogleCalendarConfigure::new()).await?;
        approve(page.onboarding_url().expect("an onboarding page")).await;
    } else if operation.starts_with("agents.integrations.custom_api") {
        let api = CustomApiWithoutAuth::new("Orders").base_url("https://orders.example.com");
        let api = integrations.custom_api().configure(&agent, api).await?;
        let tool = CreateTool::new("List", ToolHttpMethod::Get, "/orders");
        add("tool_id", integrations.custom_api().tools().add(&agent, &api.id, tool).await?.id);
        add("integration_id", api.id);
    } else if operation.starts_with("agents.integrations.mcp_server") {
        let server = McpServerWithoutAuth::new("Stock", "http://127.0.0.1:9/mcp");
        add("integration_id", integrations.mcp_server().configure(&agent, server).await?.id);
    } else if operation.starts_with("agents.integrations.pipedream") {
        let page =
            integrations.pipedream().configure(&agent, PipedreamConfigure::new("google-sheets")).await?;
        approve(&page).await;
        add("integration_id", integrations.pipedream().list(&agent).await?.remove(0).id);
    } else if operation.starts_with("conversations") {
        let message = CreateConversationMessage::new("Hello")
            .channel_type(ChannelType::Webchat)
            .channel_user_id("3f8c1a52-6f0e-4f0b-9a57-1c7f4f0d2b11");
        add("message_id", client.conversations().send(&agent, message).await?.id);
        add("conversation_id", client.conversations().list(&agent).await?.data.remove(0).id);
    } else if operation.starts_with("calls") {
        let call = client.calls().make(&agent, MakeCall::new("+2348012345678", true)).await?;
        add("call_id", call.call_id.expect("a test call is logged"));
    } else if operation.starts_with("phone_numbers") {
        add("phone_number_id", client.phone_numbers().list().await?.data.remove(0).id);
    }
    Ok(())
}

/// Does what a person would do on the page.
async fn approve(page: &OnboardingUrl) {
    reqwest::Client::new().post(format!("{}/approve", page.onboarding_url)).send().await.expect("approved");
}

#[test]
fn every_operation_but_the_stream_has_an_example() {
    let source = include_str!("operations.rs");
    for operation in
        crate::operations::OPERATIONS.iter().filter(|operation| !operation.id.ends_with(".stream"))
    {
        assert!(source.contains(&format!("run(\"{}\"", operation.id)), "{}", operation.id);
    }
    assert!(OperationRequest::new("conversations.messages.stream").is_ok());
}
