//! The OpenAPI documents: the sandbox implements all operations and accepts all examples.
//!
//! Builds for tests check each response of all tests by the documents, and respond with 500 to a violation.

mod common;

use common::{Api, code, read_json};
use reqwest::Method;
use serde_json::Value;

/// Sends the example of each operation, and returns the number of operations and the responses other than a success.
async fn send_examples(document: &str, prefix: &str) -> (usize, Vec<(String, u16, Value)>) {
    let document: Value = serde_json::from_str(document).expect("JSON");
    let resolve = |value: &Value| match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect("a target").clone(),
        None => value.clone(),
    };
    let api = Api::start().await;
    let mut operations = 0;
    let mut errors = Vec::new();
    for (template, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let Some(id) = operation["operationId"].as_str() else { continue };
            operations += 1;
            let mut path = template.clone();
            for parameter in operation["parameters"].as_array().into_iter().flatten().map(&resolve) {
                let example = parameter["example"].as_str().unwrap_or_default();
                path = path.replace(&format!("{{{}}}", parameter["name"].as_str().expect("a name")), example);
            }
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let url = format!("{}{prefix}{path}", api.sandbox.url());
            let mut request = api.http.request(method, url).bearer_auth(api.sandbox.api_key());
            let body = &resolve(&operation["requestBody"])["content"]["application/json"]["example"];
            if !body.is_null() {
                request = request.json(body);
            }
            let response = request.send().await.expect("a response");
            let status = response.status().as_u16();
            if status >= 300 {
                errors.push((id.to_owned(), status, response.json().await.unwrap_or_default()));
            }
            api.admin("/reset", Value::Null).await;
        }
    }
    (operations, errors)
}

#[tokio::test]
async fn every_example_gets_a_valid_response() {
    let (operations, mut errors) =
        send_examples(include_str!("../src/openapi.json"), "/api/v1/console").await;
    // 404: a new sandbox lacks the object of the example. 401: the stream needs a ticket instead of a key.
    errors.retain(|(_, status, body)| {
        !matches!((*status, body["code"].as_str()), (404, Some("not_found")) | (401, Some("unauthorized")))
    });
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(operations, 57);
}

#[tokio::test]
async fn every_example_of_the_admin_api_gets_a_valid_response() {
    let (operations, errors) = send_examples(include_str!("../src/admin/openapi.json"), "/_sandbox").await;
    let failed: Vec<&str> = errors.iter().map(|(id, ..)| id.as_str()).collect();
    // A new sandbox has no recorded request, rule, onboarding and request for a number. An example deletes the snapshot.
    let absent = |id: &&str| {
        let missing =
            ["faults.delete", "requests.retrieve", "requests.replay", "snapshots.restore", "tools.dry_run"];
        missing.contains(id) || id.starts_with("onboarding.") || *id == "phone_number_requests.approve"
    };
    assert!(failed.iter().all(absent), "{errors:#?}");
    assert!(errors.iter().all(|(_, status, _)| *status == 404), "{errors:#?}");
    assert!(operations > 20, "{operations}");
}

#[tokio::test]
async fn admin_document_names_the_address_of_the_sandbox() {
    let api = Api::start().await;
    let (status, document) = api.admin_get("/openapi.json").await;
    assert_eq!((status, &document["openapi"]), (200, &Value::from("3.1.0")));
    assert_eq!(document["servers"][0]["url"], api.admin_url(""));
}

#[tokio::test]
async fn unknown_admin_paths_and_methods_return_404() {
    let api = Api::start().await;
    for (method, path) in [(Method::GET, "/nowhere"), (Method::PUT, "/keys"), (Method::GET, "/")] {
        let response = read_json(api.http.request(method, api.admin_url(path)).send().await).await;
        assert_eq!(code(&response), (404, "not_found"));
    }
}
