//! Connect an agent's integrations, then fetch the code with which a person tries it on a phone.
//!
//! Reads `BIMPEAI_API_KEY` and `BIMPEAI_BASE_URL`, as `bimpe sandbox` prints them, and `BIMPE_AGENT_ID` and `MCP_URL`.
//! Prints what it found as JSON.
#![expect(clippy::print_stdout, reason = "an example shows its results")]

use std::env;

use bimpe::Client;
use bimpe::types::{
    BearerAuth, CreateTool, CustomApiBearer, GoogleCalendarConfigure, McpServerWithoutAuth, McpTransport,
    PipedreamConfigure, StripeConfigure, ToolHttpMethod,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?;
    let agent_id = env::var("BIMPE_AGENT_ID")?;
    let agents = client.agents();
    let integrations = agents.integrations();

    // First-party services: Stripe takes keys and connects at once.
    let stripe =
        integrations.bimpeai().configure(&agent_id, StripeConfigure::new("pk_…", "sk_…", "NGN")).await?;
    // Google Calendar returns an onboarding_url to complete OAuth in the dashboard.
    let calendar = integrations.bimpeai().configure(&agent_id, GoogleCalendarConfigure::new()).await?;
    let services = integrations.bimpeai().list(&agent_id).await?;

    // A custom HTTP API, and a tool that the agent may call.
    let order_system =
        CustomApiBearer::new("Order system", BearerAuth::new("…")).base_url("https://api.example.com/v1");
    let api = integrations.custom_api().configure(&agent_id, order_system).await?;
    let create_order = CreateTool::new("Create order", ToolHttpMethod::Post, "/orders");
    integrations.custom_api().tools().add(&agent_id, &api.id, create_order).await?;
    let api_tools = integrations.custom_api().tools().list(&agent_id, &api.id).await?;

    // An MCP server: connect, discover its tools, test the connection.
    let everything =
        McpServerWithoutAuth::new("Everything", env::var("MCP_URL")?).transport(McpTransport::StreamableHttp);
    let mcp = integrations.mcp_server().configure(&agent_id, everything).await?;
    let discovered = integrations.mcp_server().discover(&agent_id, &mcp.id).await?;
    let tested = integrations.mcp_server().test(&agent_id, &mcp.id).await?;
    let mcp_tools = integrations.mcp_server().tools().list(&agent_id, &mcp.id).await?;

    // A Pipedream app.
    let pipedream =
        integrations.pipedream().configure(&agent_id, PipedreamConfigure::new("google-sheets")).await?;

    // The test code: a tester sends the start message, or opens the link, and talks to the agent.
    let test_code = agents.get_test_code(&agent_id).await?;
    let whatsapp = &test_code.channels.whatsapp;

    println!(
        "{}",
        serde_json::json!({
            "stripe": stripe.bimpeai_connect_result().map(|result| &result.channel_id),
            "connected": services.iter().filter(|service| service.is_connected).map(|service| service.r#type.as_str()).collect::<Vec<_>>(),
            "calendar": calendar.onboarding_url().map(|result| &result.onboarding_url),
            "custom_api": api.id,
            "custom_api_tools": api_tools.iter().map(|tool| &tool.name).collect::<Vec<_>>(),
            "mcp_server": mcp.id,
            "discovered": discovered.discovered,
            "tested": tested.success,
            "tools": mcp_tools.iter().map(|tool| &tool.name).collect::<Vec<_>>(),
            "pipedream": pipedream.onboarding_url,
            "code": test_code.code,
            "start_message": whatsapp.start_message,
            "phone_number": whatsapp.phone_number,
            "url": whatsapp.url,
            "telephony": test_code.channels.telephony.is_enabled,
        })
    );
    Ok(())
}
