//! Agents, workflows and knowledge bases.

mod common;

use bimpe_sandbox::Sandbox;
use common::{Api, code, read_json, text};
use reqwest::Method;
use serde_json::{Value, json};

fn agent(api: &Api) -> Value {
    json!({ "name": "n", "description": "d", "workflow_id": api.sandbox.workflow_id() })
}

#[tokio::test]
async fn ids_and_times_have_the_form_of_the_api() {
    let api = Api::start().await;
    let made = api.post("/agents", agent(&api)).await;
    let id = text(&made, "id");
    assert!(id.len() == 25 && id.starts_with("cm"), "{id}");
    let time = text(&made, "created_at");
    let parsed = chrono::DateTime::parse_from_rfc3339(time).expect("a time").to_utc();
    assert_eq!(time, parsed.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
}

#[tokio::test]
async fn idempotency_key_of_an_error_is_not_stored() {
    let api = Api::with(Sandbox::builder().max_agents(1)).await;
    let create = async || {
        let request = api.request(Method::POST, "/agents").header("idempotency-key", "k");
        read_json(request.json(&agent(&api)).send().await).await
    };
    assert_eq!(code(&create().await), (400, "agent_limit_reached"));
    assert_eq!(api.delete("{agent}").await.0, 200);
    assert_eq!(create().await.0, 201);
}

#[tokio::test]
async fn objects_of_a_deleted_agent_are_gone() {
    let api = Api::start().await;
    let path = format!("/agents/{}", text(&api.post("/agents", agent(&api)).await, "id"));
    let integrations = format!("{path}/integrations/custom_api");
    let made = api.post(&format!("{integrations}/configure"), json!({ "name": "Orders" })).await;
    assert_eq!(api.delete(&path).await.0, 200);
    for gone in [path, integrations.clone(), format!("{integrations}/{}/tools", text(&made, "id"))] {
        assert_eq!(code(&api.get(&gone).await), (404, "not_found"), "{gone}");
    }
}

#[tokio::test]
async fn test_code_stays_and_the_links_contain_it() {
    let api = Api::start().await;
    assert_eq!(api.get("{agent}").await.1["data"]["test_channel_code"], Value::Null);
    let first = api.get("{agent}/deployment/agent-test-code").await;
    let code = text(&first, "code");
    assert!(code.len() == 8 && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
    assert_eq!(api.get("{agent}/deployment/agent-test-code").await, first);
    assert_eq!(text(&api.get("{agent}").await, "test_channel_code"), code);
    let channels = &first.1["data"]["channels"];
    for (channel, start) in [
        ("whatsapp", "https://wa.me/447700900123"),
        ("instagram", "https://ig.me/m/bimpe.sandbox"),
        ("messenger", "https://m.me/bimpe.sandbox"),
    ] {
        assert_eq!(channels[channel]["start_message"], format!("start {code}"));
        assert_eq!(channels[channel]["url"], format!("{start}?text=start%20{code}"));
    }
}

#[tokio::test]
async fn knowledge_base_of_a_url_has_no_text() {
    let api = Api::start().await;
    let page = json!({ "type": "url", "name": "Hours", "url": "https://shop.example/hours" });
    let made = api.post("{agent}/knowledge_bases", page).await;
    assert_eq!((made.0, text(&made, "url")), (201, "https://shop.example/hours"));
    assert_eq!(made.1["data"]["content"], Value::Null, "{made:?}");
}

#[tokio::test]
async fn public_workflow_belongs_to_another_owner_and_holds_a_placeholder() {
    let api = Api::start().await;
    let public = api.get("/workflows?scope=public").await.1["data"][0].clone();
    assert_eq!((&public["is_owner"], &public["visibility"]), (&json!(false), &json!("public")));
    assert_eq!(public["setup_steps"], json!([[]]));
    let path = format!("/workflows/{}", public["id"].as_str().expect("an id"));
    assert_eq!(api.get(&path).await.0, 200);
    assert_eq!(code(&api.patch(&path, json!({ "name": "Mine" })).await), (404, "not_found"));
    assert_eq!(code(&api.delete(&path).await), (404, "not_found"));
}
