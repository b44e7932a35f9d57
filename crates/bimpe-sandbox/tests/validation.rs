//! Invalid requests have one error for each field.

mod common;

use common::{Api, JsonResponse, code, read_json};
use reqwest::Method;
use serde_json::{Value, json};

fn messages(response: &JsonResponse) -> Vec<&str> {
    assert_eq!(code(response), (400, "validation_error"), "{response:?}");
    assert_eq!(response.1["error"], "Bad Request");
    response.1["message"].as_array().expect("an array").iter().filter_map(Value::as_str).collect()
}

#[tokio::test]
async fn invalid_body_fields_have_one_error_each() {
    let api = Api::start().await;
    let long = "x".repeat(256);
    let agent = json!({ "name": long, "description": 7, "persona": "rude", "business_email": "invalid", "color": "red" });
    assert_eq!(
        messages(&api.post("/agents", agent).await),
        [
            "workflow_id: is required",
            "name: must be at most 255 characters",
            "description: must be a string",
            "persona: must be one of professional, friendly, concise",
            "business_email: must be an email address",
            "color: is not a known field",
        ]
    );
    assert_eq!(messages(&api.post("/agents", json!([])).await), ["body: must be an object"]);
    let call = json!({ "destination": "0234", "is_test_call": "yes" });
    let problems = api.post("{agent}/calls", call).await;
    assert_eq!(messages(&problems).len(), 2, "{problems:?}");
}

#[tokio::test]
async fn union_errors_follow_the_discriminator() {
    let api = Api::start().await;
    let configure = "{agent}/integrations/bimpeai/configure";
    let kinds = "stripe, paystack, bumpa, google_calendar, google_sheets";
    assert_eq!(
        messages(&api.post(configure, json!({})).await),
        [format!("type: is required and must be one of {kinds}")]
    );
    assert_eq!(
        messages(&api.post(configure, json!({ "type": "paypal" })).await),
        [format!("type: must be one of {kinds}")]
    );
    assert_eq!(messages(&api.post(configure, json!({ "type": "bumpa" })).await), ["token: is required"]);

    let custom = json!({ "name": "n", "auth_type": "bearer", "auth_config": { "tokn": "t" } });
    assert_eq!(
        messages(&api.post("{agent}/integrations/custom_api/configure", custom).await),
        ["auth_config.token: is required", "auth_config.tokn: is not a known field"]
    );
}

#[tokio::test]
async fn errors_of_nested_fields_have_a_path() {
    let api = Api::start().await;
    let made = api.post("{agent}/integrations/custom_api/configure", json!({ "name": "n" })).await;
    let tools = format!("{{agent}}/integrations/custom_api/{}/tools", common::text(&made, "id"));
    let tool = json!({
        "name": "n", "http_method": "GET", "url_template": "/", "timeout": 15,
        "url_params": [{ "name": "a", "type": "string", "description": "d" }, { "name": "b", "type": "date" }],
    });
    assert_eq!(
        messages(&api.post(&tools, tool).await),
        [
            "url_params.1.type: must be one of string, number, integer, boolean, array, object",
            "url_params.1.description: is required",
            "timeout: must be at least 1000",
        ]
    );
}

#[tokio::test]
async fn invalid_query_parameters_have_one_error_each() {
    let api = Api::start().await;
    assert_eq!(
        messages(&api.get("/agents?limit=101&page=one&color=red").await),
        ["limit: must be at most 100", "page: must be an integer", "color: is not a known query parameter"]
    );
    assert_eq!(messages(&api.get("/agents?sort=color").await).len(), 1);
    assert_eq!(
        messages(&api.get("{agent}/conversations?needs_attention=1").await),
        ["needs_attention: must be a boolean"]
    );
}

#[tokio::test]
async fn body_that_is_not_json_is_a_bad_request() {
    let api = Api::start().await;
    let broken =
        api.request(Method::POST, "/agents").header("content-type", "application/json").body("{\"name\":");
    assert_eq!(code(&read_json(broken.send().await).await), (400, "bad_request"));
}

#[tokio::test]
async fn partial_update_keeps_omitted_fields() {
    let api = Api::start().await;
    let updated = api.patch("{agent}", json!({ "persona": "concise", "timezone": "Africa/Lagos" })).await;
    assert_eq!(updated.1["data"]["persona"], "concise");
    let updated = api.patch("{agent}", json!({ "name": "Bisi" })).await;
    assert_eq!(
        (&updated.1["data"]["persona"], &updated.1["data"]["timezone"]),
        (&json!("concise"), &json!("Africa/Lagos"))
    );
}

#[tokio::test]
async fn missing_body_is_refused() {
    let api = Api::start().await;
    let response = read_json(api.request(Method::PATCH, "{agent}").send().await).await;
    assert_eq!(messages(&response), ["body: is required"]);
    assert_eq!(api.patch("{agent}", json!({})).await.0, 200);
}

#[tokio::test]
async fn null_fields_of_a_workflow_step_are_absent_in_responses() {
    let api = Api::start().await;
    let step = json!({ "type": "text_response", "content": "Hi", "action": null, "followup": null });
    let flows = json!([{ "name": "Welcome", "conversation_steps": [step] }]);
    let workflow = json!({ "name": "Shop", "system_prompt": "Help.", "flows": flows });
    let created = api.post("/workflows", workflow).await;
    assert_eq!(created.0, 201, "{created:?}");
    let step = &created.1["data"]["flows"][0]["conversation_steps"][0];
    assert_eq!(*step, json!({ "type": "text_response", "content": "Hi" }));
}

#[tokio::test]
async fn workflow_flow_without_steps_keeps_none() {
    let api = Api::start().await;
    let workflow = json!({ "name": "Shop", "system_prompt": "Help.", "flows": [{ "name": "Welcome" }] });
    let created = api.post("/workflows", workflow).await;
    assert_eq!(created.0, 201, "{created:?}");
    assert!(created.1["data"]["flows"][0].get("conversation_steps").is_none(), "{created:?}");
}
