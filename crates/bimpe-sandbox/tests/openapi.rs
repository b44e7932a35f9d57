//! The bundled document: every operation is there, and every example works.

mod common;

use common::{Api, answer};
use reqwest::Method;
use serde_json::Value;

#[tokio::test]
async fn every_example_is_understood() {
    let document: Value = serde_json::from_str(include_str!("../src/openapi.json")).expect("JSON");
    let resolve = |value: &Value| match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect("a target").clone(),
        None => value.clone(),
    };
    let api = Api::start().await;
    let mut operations = 0;
    let mut failed = Vec::new();
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
            let mut request = api.request(method, &path);
            let body = &resolve(&operation["requestBody"])["content"]["application/json"]["example"];
            if !body.is_null() {
                request = request.json(body);
            }
            let given = answer(request.send().await).await;
            // 404: the example names something a fresh sandbox does not have; 401: the ticket of the stream.
            let code = given.1["code"].as_str().unwrap_or_default();
            let fine = given.0 < 300 || matches!((given.0, code), (404, "not_found") | (401, "unauthorized"));
            if !fine {
                failed.push(format!("{id}: {given:?}"));
            }
            api.control("/reset", Value::Null).await;
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(operations, 57);
}
