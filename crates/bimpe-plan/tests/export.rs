//! Exports plan to nothing, and the schema covers what files may hold.

mod common;

use common::{SHOP, Server, document, summary};
use serde_json::{Value, json};

#[tokio::test]
async fn export_of_agents_made_by_hand_plans_to_nothing() {
    let server = Server::start().await;
    let prompt = "Line one\n\n  indented: \"x\" # no comment\nPay ${env:HOME} {{name}}\n";
    let rule = json!({ "id": "a", "name": "A: b", "trigger": "- x", "response": "y\tz", "enabled": false });
    let workflow = json!({ "name": "Shop # 1", "system_prompt": prompt, "tags": ["yes", "1"], "rules": [rule],
        "setup_steps": ["a", { "b": [1, null, true] }], "setup_time": 5,
        "guide": { "youtubeUrl": "https://youtube.example/a", "steps": ["One"] } });
    let workflow = server.request("POST /workflows", Some(workflow)).await;
    let agent = json!({ "workflow_id": workflow["id"], "name": "Olu: \"the\" first", "description": "" });
    let agent = server.request("POST /agents", Some(agent)).await;
    let path = format!("/agents/{}", agent["id"].as_str().expect("an id"));
    let post = |below: &str, body: Value| {
        let operation = format!("POST {path}/{below}");
        let server = &server;
        async move { server.request(&operation, Some(body)).await }
    };
    post("knowledge_bases", json!({ "type": "text", "name": "Hours", "content": "8\n20" })).await;
    let stripe = json!({ "type": "stripe", "public_key": "pk_1", "secret_key": "sk_1", "currency": "USD" });
    post("integrations/bimpeai/configure", stripe).await;
    let api = json!({ "name": "Orders", "auth_type": "bearer", "auth_config": { "token": "t0k3n" } });
    let api = post("integrations/custom_api/configure", api).await;
    let tool = json!({ "name": "Find", "http_method": "GET", "url_template": "/a", "timeout": 2000 });
    post(&format!("integrations/custom_api/{}/tools", api["id"].as_str().expect("an id")), tool).await;
    let server_body = json!({ "name": "Stock", "server_url": "https://stock.example.com/mcp" });
    post("integrations/mcp_server/configure", server_body).await;

    let text = bimpe_plan::export(&server.client, &[]).await.expect("an export");
    assert!(
        text.contains("# not readable: description, http_method")
            || text.contains("# not readable: http_method, url_template"),
        "{text}"
    );
    assert!(text.contains("# not readable: description, test_endpoint, auth_config"), "{text}");
    assert!(!text.contains("t0k3n") && !text.contains("sk_1"), "{text}");
    let plan = server.plan(&text).await;
    assert!(plan.is_empty(), "{plan}\n{text}");
    let error = document_error(&text).await;
    assert!(error.contains("cannot create `stripe`: `public_key` is required"), "{error}");
}

/// Returns the error of a plan against an empty sandbox.
async fn document_error(text: &str) -> String {
    let empty = Server::start().await;
    bimpe_plan::plan(&empty.client, &document(text), false).await.expect_err("missing fields").to_string()
}

#[tokio::test]
async fn export_completed_and_applied_elsewhere_exports_the_same() {
    let server = Server::start().await;
    server.apply(SHOP).await;
    let text = bimpe_plan::export(&server.client, &["Olu".to_owned()]).await.expect("an export");
    // A person replaces the comments by what the API does not return.
    let completed = text
        .replace("        - name: stripe\n", "        - name: stripe\n          public_key: ${env:STRIPE_PUBLIC_KEY}\n          secret_key: ${env:STRIPE_SECRET_KEY}\n          currency: USD\n")
        .replace("          auth_type: bearer\n", "          auth_type: bearer\n          auth_config: { token: \"${env:ORDERS_TOKEN}\" }\n")
        .replace("            - name: Find order\n", "            - name: Find order\n              http_method: GET\n              url_template: /orders\n")
        .replace("            - name: Cancel order\n", "            - name: Cancel order\n              http_method: POST\n              url_template: /orders/cancel\n");
    let empty = Server::start().await;
    empty.apply(&completed).await;
    assert_eq!(bimpe_plan::export(&empty.client, &["Olu".to_owned()]).await.expect("an export"), text);
    assert!(server.plan(&completed).await.is_empty());
}

#[tokio::test]
async fn export_of_unknown_agent_or_of_two_of_one_name_is_an_error() {
    let server = Server::start().await;
    let error =
        bimpe_plan::export(&server.client, &["Missing".to_owned()]).await.expect_err("an unknown agent");
    assert!(error.to_string().contains("no agent has the id or the name `Missing`"));
    let workflow =
        server.request("POST /workflows", Some(json!({ "name": "Shop", "system_prompt": "A" }))).await;
    for _ in 0..2 {
        let agent = json!({ "workflow_id": workflow["id"], "name": "Olu", "description": "A" });
        server.request("POST /agents", Some(agent)).await;
    }
    let error = bimpe_plan::export(&server.client, &[]).await.expect_err("two of one name").to_string();
    assert!(error.contains("`agents` has two named `Olu`: "), "{error}");
}

#[tokio::test]
async fn saved_plan_applies_what_it_says_and_is_refused_when_stale() {
    let server = Server::start().await;
    server.apply(SHOP).await;
    let text = SHOP.replace("Africa/Lagos", "Africa/Accra").replace("status: live", "status: paused");
    let document = document(&text);
    let saved = serde_json::to_string(&server.plan(&text).await).expect("JSON");
    let plan: bimpe_plan::Plan = serde_json::from_str(&saved).expect("a plan");

    let other = common::document(SHOP);
    let outcome = bimpe_plan::apply(&server.client, &other, &plan, &|_| {}).await;
    assert!(outcome.error.expect("another file").to_string().contains("the files changed since the plan"));

    let olu = server.agent("Olu").await;
    server.request(&format!("PATCH /agents/{olu}"), Some(json!({ "timezone": "UTC" }))).await;
    let outcome = bimpe_plan::apply(&server.client, &document, &plan, &|_| {}).await;
    let error = outcome.error.expect("a stale plan").to_string();
    assert!(error.starts_with("bimpe.yaml:14:5: the server changed since the plan"), "{error}");
    assert!(outcome.done.is_empty());
    assert_eq!(summary(&outcome.left), ["update agents/Olu", "set_status agents/Olu"]);

    server.request(&format!("PATCH /agents/{olu}"), Some(json!({ "timezone": "Africa/Lagos" }))).await;
    let outcome = bimpe_plan::apply(&server.client, &document, &plan, &|_| {}).await;
    assert_eq!(summary(&outcome.done), ["update agents/Olu", "set_status agents/Olu"]);
    // The rest of a plan that is carried out already is nothing.
    let outcome = bimpe_plan::apply(&server.client, &document, &plan, &|_| {}).await;
    assert!(outcome.error.is_none() && outcome.done.is_empty());
}

#[test]
fn schema_has_the_fields_of_the_shop() {
    let openapi = serde_json::from_str(bimpe_sandbox::OPENAPI).expect("JSON");
    let schema = bimpe_plan::schema(&openapi);
    let properties = |kind: &str| schema["definitions"][kind]["properties"].clone();
    assert_eq!(properties("agents")["persona"]["enum"], json!(["professional", "friendly", "concise"]));
    assert_eq!(
        properties("custom_api")["auth_type"]["enum"],
        json!(["none", "bearer", "basic", "api_key", "custom"])
    );
    assert_eq!(properties("tools")["timeout"]["minimum"], 1000);
    assert!(properties("bimpeai")["name"]["enum"].as_array().expect("names").contains(&json!("stripe")));
    for (kind, fields) in schema["definitions"].as_object().expect("definitions") {
        for (name, field) in fields["properties"].as_object().into_iter().flatten() {
            // The API describes neither its tags nor the lists of a file.
            let is_plain = field["items"].is_object() || field["enum"].is_array();
            assert!(is_plain || field["description"].is_string(), "{kind}.{name} has no description");
        }
    }
}
