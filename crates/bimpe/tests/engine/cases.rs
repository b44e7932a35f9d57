//! The shared case table, run in Rust.

use bimpe::engine::OperationRequest;
use bimpe::{Client, Error};
use serde_json::Value;

use crate::harness::World;
use crate::names::{foreign, own_text};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cases/bad_input.json");

fn cases(section: &str) -> Vec<Value> {
    let table: Value =
        serde_json::from_str(&std::fs::read_to_string(TABLE).expect("the table")).expect("JSON");
    table[section].as_array().expect("a list of cases").clone()
}

fn name(case: &Value) -> &str {
    case["name"].as_str().expect("every case has a name")
}

/// The error says what it should, and holds no secret.
fn check(case: &Value, kind: &str, error: &Error) {
    let name = name(case);
    assert_eq!(error.kind().as_str(), kind, "{name}: {error}");
    let text = error.to_string();
    for part in case["message_contains"].as_array().expect("a list") {
        let part = part.as_str().expect("text");
        assert!(text.contains(part), "{name}: `{part}` is not in: {text}");
    }
    assert_eq!(foreign(&own_text(error)), Vec::<String>::new(), "{name}: {text}");
    assert!(!format!("{text} {}", error.to_json()).contains("canary"), "{name}: {text}");
}

/// The call of a case; ids of a wrong type cannot be written in Rust.
fn call(step: &Value, names: &[(&str, &str)]) -> Option<OperationRequest> {
    let mut call = OperationRequest::new(step["method"].as_str().expect("an operation")).expect("it exists");
    for id in step["path"].as_array().into_iter().flatten() {
        let id = id.as_str()?;
        let known = names.iter().find(|(name, _)| *name == id).map(|(_, value)| *value);
        call.path.push(known.unwrap_or(id).to_owned());
    }
    if let Some(query) = step["query"].as_object() {
        call.query.clone_from(query);
    }
    call.body = step.get("body").cloned();
    Some(call)
}

#[test]
fn bad_input_is_refused_without_a_request() {
    let mut skipped = 0;
    for case in cases("before_sending") {
        let Some(call) = call(&case, &[]) else {
            assert_eq!(case["untyped"], true, "{}", name(&case));
            skipped += 1;
            continue;
        };
        let world = World::script([]);
        let error = world.run(call).expect_err(name(&case));
        check(&case, "user", &error);
        assert_eq!(world.sent(), 0, "{}", name(&case));
    }
    assert_eq!(skipped, 3, "only ids of a wrong type are beyond Rust");
}

#[test]
fn bad_settings_are_refused() {
    for case in cases("settings") {
        let mut builder = Client::builder().env(|_| None);
        if let Some(key) = case["api_key"].as_str() {
            builder = builder.api_key(key);
        }
        if let Some(url) = case["base_url"].as_str() {
            builder = builder.base_url(url);
        }
        if let Some(retries) = case["max_retries"].as_u64() {
            builder = builder.max_retries(retries.try_into().unwrap_or(u32::MAX));
        }
        let error = builder.build().expect_err(name(&case));
        check(&case, "user", &error);
    }
}

#[test]
fn errors_of_the_sandbox_have_their_reason() {
    let sandbox = bimpe_sandbox::Sandbox::start_blocking().expect("a sandbox");
    crate::harness::block_on(async {
        for case in cases("by_the_server") {
            let key = case["api_key"].as_str().unwrap_or(sandbox.api_key());
            let client =
                Client::builder().api_key(key).base_url(sandbox.url()).build().expect("valid settings");
            let mut last = String::new();
            let steps = case["steps"].as_array().expect("a list");
            for (index, step) in steps.iter().enumerate() {
                let names = [("$agent", sandbox.agent_id()), ("$last", last.as_str())];
                let outcome = client.execute(call(step, &names).expect("ids are text")).await;
                if index + 1 == steps.len() {
                    check(&case, case["kind"].as_str().expect("a kind"), &outcome.expect_err(name(&case)));
                    break;
                }
                let response = outcome.unwrap_or_else(|error| panic!("{}: {error}", name(&case)));
                let data: Value = serde_json::from_str(response.data()).expect("JSON");
                last = data["id"].as_str().expect("an id").to_owned();
            }
        }
    });
}
