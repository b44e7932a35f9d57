//! Integrations: configure, list, disconnect.

mod common;

use bimpe_sandbox::Sandbox;
use common::{Api, code, read_json, text};
use serde_json::{Value, json};

const BIMPEAI: &str = "{agent}/integrations/bimpeai";
const CUSTOM_API: &str = "{agent}/integrations/custom_api";
const MCP_SERVER: &str = "{agent}/integrations/mcp_server";
const PIPEDREAM: &str = "{agent}/integrations/pipedream";

fn stripe() -> Value {
    json!({ "type": "stripe", "public_key": "pk_1", "secret_key": "sk_secret", "currency": "NGN" })
}

async fn entry(api: &Api, kind: &str) -> Value {
    let list = api.get(BIMPEAI).await;
    let entries = list.1["data"].as_array().expect("a list");
    assert_eq!(entries.len(), 5);
    entries.iter().find(|entry| entry["type"] == kind).expect("every service").clone()
}

#[tokio::test]
async fn first_party_service_connects_with_keys() {
    let api = Api::start().await;
    let configure = format!("{BIMPEAI}/configure");
    assert_eq!(entry(&api, "stripe").await["id"], Value::Null);
    assert_eq!(entry(&api, "stripe").await["status"], "disconnected");

    let first = api.post(&configure, stripe()).await;
    assert_eq!((first.0, &first.1["data"]["success"]), (201, &json!(true)));
    let again = api.post(&configure, stripe()).await;
    assert_eq!(
        text(&first, "channel_id"),
        text(&again, "channel_id"),
        "the second request updates the integration"
    );
    assert_eq!(entry(&api, "stripe").await["is_connected"], true);

    let all = api.get("{agent}/integrations").await;
    assert_eq!(all.1["data"][0]["actions"][0]["action_name"], "create_payment_link");
    assert!(!all.1.to_string().contains("sk_secret"), "secrets are never returned");

    let mut bad = stripe();
    bad["secret_key"] = json!("sk_invalid_1");
    let refused = api.post(&configure, bad).await;
    assert_eq!(code(&refused), (400, "integration_connection_failed"));
    assert!(!refused.1.to_string().contains("sk_invalid_1"));

    let gone = api.delete(&format!("{BIMPEAI}/{}", text(&first, "channel_id"))).await;
    assert_eq!((gone.0, &gone.1["data"]), (200, &Value::Null));
    assert_eq!(entry(&api, "stripe").await["status"], "disconnected");
}

#[tokio::test]
async fn onboarding_connects_only_after_approval() {
    let api = Api::start().await;
    let configure = format!("{BIMPEAI}/configure");
    let google = json!({ "type": "google_calendar" });
    let denied = api.post(&configure, google.clone()).await;
    assert_eq!(denied.0, 200);
    let url = text(&denied, "onboarding_url");
    assert!(url.starts_with(api.sandbox.url()));
    let page = api.http.get(url).send().await.expect("a page").text().await.expect("text");
    assert!(page.contains("Connect Google Calendar?") && page.contains(">Deny<"), "{page}");
    let press =
        |url: String| async { api.http.post(url).send().await.expect("a page").text().await.expect("text") };
    assert!(press(format!("{url}/deny")).await.contains("was not connected"));
    assert!(
        press(format!("{url}/approve")).await.contains("was not connected"),
        "a decided onboarding keeps its state"
    );
    assert_eq!(entry(&api, "google_calendar").await["is_connected"], false);

    let approved = api.post(&configure, google).await;
    assert!(press(format!("{}/approve", text(&approved, "onboarding_url"))).await.contains("is connected"));
    let connected = entry(&api, "google_calendar").await;
    assert_eq!((&connected["is_connected"], &connected["status"]), (&json!(true), &json!("enabled")));

    let app = json!({ "app_slug": "google-sheets", "app_name": "<Sheets>" });
    let started = api.post(&format!("{PIPEDREAM}/configure"), app).await;
    assert_eq!(started.0, 200);
    assert_eq!(api.get(PIPEDREAM).await.1["data"], json!([]));
    let page = api
        .http
        .get(text(&started, "onboarding_url"))
        .send()
        .await
        .expect("a page")
        .text()
        .await
        .expect("text");
    assert!(page.contains("&lt;Sheets&gt;") && !page.contains("<Sheets>"), "names are escaped");
    press(format!("{}/approve", text(&started, "onboarding_url"))).await;
    let list = api.get(PIPEDREAM).await;
    assert_eq!(list.1["data"][0]["config"]["app_slug"], "google-sheets");
    assert_eq!(list.1["data"][0]["channel_type"], "mcp_server");
    let unknown = api
        .http
        .get(format!("{}/_sandbox/onboarding/nothing", api.sandbox.url()))
        .send()
        .await
        .expect("a page");
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn pipedream_app_without_a_name_has_its_slug_as_name() {
    let api = Api::start().await;
    let started = api.post(&format!("{PIPEDREAM}/configure"), json!({ "app_slug": "slack" })).await;
    let approve = format!("{}/approve", text(&started, "onboarding_url"));
    assert_eq!(api.http.post(approve).send().await.expect("a page").status(), 200);
    let list = api.get(PIPEDREAM).await;
    assert_eq!((list.0, &list.1["data"][0]["config"]["app_slug"]), (200, &json!("slack")));
    assert_eq!(list.1["data"][0]["config"]["app_name"], "slack");
}

#[tokio::test]
async fn custom_api_tools_can_be_added_disabled_and_deleted() {
    let api = Api::start().await;
    let body = json!({
        "name": "Order system", "base_url": "https://orders.example.com/v1",
        "auth_type": "bearer", "auth_config": { "token": "secret" },
    });
    let first = api.post(&format!("{CUSTOM_API}/configure"), body.clone()).await;
    let second = api.post(&format!("{CUSTOM_API}/configure"), body).await;
    assert_eq!(first.0, 201);
    assert_ne!(text(&first, "id"), text(&second, "id"), "each request creates an integration");
    let config =
        json!({ "name": "Order system", "auth_type": "bearer", "base_url": "https://orders.example.com/v1" });
    assert_eq!(first.1["data"]["config"], config);
    let list = api.get(CUSTOM_API).await;
    assert_eq!(list.1["data"].as_array().map(Vec::len), Some(2));
    assert!(!list.1.to_string().contains("secret"));

    let tools = format!("{CUSTOM_API}/{}/tools", text(&first, "id"));
    let tool =
        json!({ "name": "Create order", "http_method": "POST", "url_template": "/orders", "timeout": 15000 });
    let added = api.post(&tools, tool).await;
    assert_eq!(added.0, 201);
    let shown = json!({
        "id": text(&added, "id"), "action_name": "create_order", "name": "Create order",
        "description": null, "category": "custom", "is_enabled": true,
    });
    assert_eq!(added.1["data"], shown);
    assert_eq!(api.get(&tools).await.1["data"], json!([shown]));

    let ids = json!({ "action_ids": [text(&added, "id"), "unknown"] });
    let disabled = api.post("{agent}/actions/disable", ids).await;
    assert_eq!((disabled.0, &disabled.1["data"]["updated_count"]), (200, &json!(1)));
    assert_eq!(api.get("{agent}/actions").await.1["data"][0]["is_enabled"], false);

    let tool = format!("{tools}/{}", text(&added, "id"));
    assert_eq!(api.delete(&tool).await.0, 200);
    assert_eq!(code(&api.delete(&tool).await), (404, "not_found"));
}

#[tokio::test]
async fn id_of_another_family_is_refused() {
    let api = Api::start().await;
    let made = api.post(&format!("{CUSTOM_API}/configure"), json!({ "name": "n" })).await;
    let id = text(&made, "id");
    for family in [BIMPEAI, MCP_SERVER, PIPEDREAM] {
        assert_eq!(code(&api.delete(&format!("{family}/{id}")).await), (400, "bad_request"));
    }
    assert_eq!(api.delete(&format!("{CUSTOM_API}/{id}")).await.0, 200);
    assert_eq!(code(&api.delete(&format!("{CUSTOM_API}/{id}")).await), (404, "not_found"));
    assert_eq!(api.get(CUSTOM_API).await.1["data"], json!([]));
}

#[tokio::test]
async fn creation_above_a_plan_limit_is_refused() {
    let api = Api::with(Sandbox::builder().max_integrations(1).max_agents(1)).await;
    assert_eq!(api.post(&format!("{CUSTOM_API}/configure"), json!({ "name": "n" })).await.0, 201);
    let server = json!({ "name": "n", "server_url": "http://127.0.0.1:1/mcp" });
    let refused = [
        api.post(&format!("{CUSTOM_API}/configure"), json!({ "name": "n" })).await,
        api.post(&format!("{MCP_SERVER}/configure"), server).await,
        api.post(&format!("{BIMPEAI}/configure"), stripe()).await,
    ];
    for response in &refused {
        assert_eq!(code(response), (409, "integration_limit_reached"));
    }
    let agent = json!({ "name": "n", "description": "d", "workflow_id": api.sandbox.workflow_id() });
    assert_eq!(code(&api.post("/agents", agent).await), (400, "agent_limit_reached"));
}

#[tokio::test]
async fn integrations_of_an_agent_without_a_workflow_are_refused() {
    let api = Api::start().await;
    let workflow = format!("/workflows/{}", api.sandbox.workflow_id());
    assert_eq!(api.delete(&workflow).await.0, 200);
    assert_eq!(api.get("{agent}").await.1["data"]["workflow_id"], Value::Null);
    for path in ["{agent}/integrations", BIMPEAI, CUSTOM_API, MCP_SERVER, PIPEDREAM] {
        assert_eq!(code(&api.get(path).await), (400, "workflow_required"), "{path}");
    }
    assert_eq!(code(&api.post(&format!("{BIMPEAI}/configure"), stripe()).await), (400, "workflow_required"));
    let unknown =
        read_json(api.request(reqwest::Method::GET, "/agents/unknown/integrations/bimpeai").send().await)
            .await;
    assert_eq!(code(&unknown), (404, "not_found"));
}
