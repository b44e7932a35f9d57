//! No tool does what the options of the server exclude, whatever its arguments.

use std::collections::BTreeMap;

use bimpe_sandbox::Sandbox;
use serde_json::{Map, Value, json};

use crate::client::{Client, EVERYTHING, ids};

const SECRET: &str = "shop-key-93c1-of-the-shop";

/// Adds an agent that has one of everything, and returns the ids by the names of arguments.
fn furnish(client: &mut Client, workflow: &str, name: &str) -> Map<String, Value> {
    let mut add = |tool: &str, arguments: Value| {
        let result = client.call(tool, &arguments);
        result.unwrap_or_else(|error| panic!("{tool}: {error}"))["data"].take()
    };
    let body = json!({"workflow_id": workflow, "name": name, "description": name});
    let agent = add("agents_create", json!({ "body": body }))["id"].take();
    let body = json!({"name": name, "base_url": "https://orders.example.com", "auth_type": "bearer", "auth_config": {"token": SECRET}});
    let integration =
        add("agents_integrations_custom_api_configure", json!({"agent_id": agent, "body": body}))["id"]
            .take();
    let body = json!({"name": name, "http_method": "GET", "url_template": "/", "headers_template": {"X-Key": SECRET}});
    let arguments = json!({"agent_id": agent, "integration_id": integration, "body": body});
    let tool = add("agents_integrations_custom_api_tools_add", arguments)["id"].take();
    let body = json!({"name": name, "type": "text", "content": name});
    let knowledge =
        add("agents_knowledge_bases_create", json!({"agent_id": agent, "body": body}))["id"].take();
    let body = json!({"message": name, "channel_type": "webchat", "is_test_channel": true,
        "channel_user_id": "5b1d0c1e-7d0b-4a53-9c1a-0f6f3f3f8f11"});
    let message = add("conversations_send", json!({"agent_id": agent, "body": body}));
    let body = json!({"destination": "+2348012345678", "is_test_call": true});
    let call = add("calls_make", json!({"agent_id": agent, "body": body}))["call_id"].take();
    let conversation = add("conversations_list", json!({"agent_id": agent}));
    let conversation =
        conversation.get(0).map_or(message["conversation_id"].clone(), |first| first["id"].clone());
    let body = json!({"name": name, "server_url": "https://stock.example.com/mcp"});
    let mcp = add("agents_integrations_mcp_server_configure", json!({"agent_id": agent, "body": body}))["id"]
        .take();
    let phone_number = add("phone_numbers_list", json!({}))[0]["id"].take();
    let ids = json!({
        "agent_id": agent, "integration_id": integration, "tool_id": tool, "kb_id": knowledge,
        "message_id": message["id"], "conversation_id": conversation, "call_id": call, "workflow_id": workflow,
        "phone_number_id": phone_number, "mcp_server_id": mcp,
    });
    ids.as_object().expect("an object").clone()
}

/// A client that may do everything.
fn unrestricted(sandbox: &Sandbox) -> Client {
    Client::start(sandbox, &["--toolsets", EVERYTHING, "--allow-writes", "--allow", "calls_make"])
}

/// Returns the results of all tools that read an agent, by their names.
fn everything(client: &mut Client, known: &Map<String, Value>) -> BTreeMap<String, Value> {
    let mut results = BTreeMap::new();
    for tool in client.tools() {
        let name = tool["name"].as_str().expect("a name");
        let arguments = ids(&tool, known);
        if tool["annotations"]["readOnlyHint"] == true && arguments.contains_key("agent_id") {
            let result = client.call(name, &arguments.into());
            results.insert(name.to_owned(), result.unwrap_or_else(|error| panic!("{name}: {error}")));
        }
    }
    results
}

fn sent(sandbox: &Sandbox) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let requests = sandbox.requests(None).expect("requests");
    requests.iter().map(|request| (text(&request["method"]), text(&request["path"]))).collect()
}

/// Returns a body that the spec shows as an example, with other ids.
fn body(name: &str, known: &Map<String, Value>) -> Option<Value> {
    let document: Value = serde_json::from_str(bimpe_sandbox::OPENAPI).expect("JSON");
    let mut nodes =
        document["paths"].as_object()?.values().filter_map(Value::as_object).flat_map(Map::values);
    let node = nodes.find(|node| node["operationId"].as_str().is_some_and(|id| id.replace('.', "_") == name));
    let mut body = node?.pointer("/requestBody/content/application~1json/example")?.clone();
    for (field, value) in body.as_object_mut()? {
        if let Some(id) = known.get(field) {
            value.clone_from(id);
        }
    }
    Some(body)
}

#[test]
fn no_listed_tool_changes_anything_in_read_only_mode() {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    let known = furnish(&mut unrestricted(&sandbox), sandbox.workflow_id(), "Shop");
    let before = sent(&sandbox).len();
    let mut client = Client::start(&sandbox, &["--toolsets", EVERYTHING]);
    let tools = client.tools();
    assert!(tools.len() > 20, "{}", tools.len());
    for tool in &tools {
        let name = tool["name"].as_str().expect("a name");
        let mut arguments = ids(tool, &known);
        client.call(name, &arguments.clone().into()).unwrap_or_else(|error| panic!("{name}: {error}"));
        arguments.insert("body".to_owned(), json!({"name": "changed"}));
        arguments.insert("method".to_owned(), json!("DELETE"));
        client.call(name, &arguments.into()).expect_err("unknown arguments");
    }
    let sent = sent(&sandbox).split_off(before);
    assert_eq!(sent.len(), tools.len());
    assert!(sent.iter().all(|(method, _)| method == "GET"), "{sent:?}");
}

#[test]
fn one_agent_cannot_be_left_by_any_argument() {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    // Because calls go on by themselves.
    sandbox.freeze(true).expect("a stopped clock");
    let mut all = unrestricted(&sandbox);
    let own = furnish(&mut all, sandbox.workflow_id(), "Own shop");
    let other = furnish(&mut all, sandbox.workflow_id(), "Other shop");
    let state = everything(&mut all, &other);
    let text = |ids: &Map<String, Value>| ids["agent_id"].as_str().expect("an id").to_owned();
    let (own_agent, other_agent) = (text(&own), text(&other));
    let before = sent(&sandbox).len();

    let options =
        ["--toolsets", EVERYTHING, "--allow-writes", "--allow", "calls_make", "--agent", &own_agent];
    let mut client = Client::start(&sandbox, &options);
    for tool in client.tools() {
        let name = tool["name"].as_str().expect("a name");
        if name == "agents_delete" {
            continue;
        }
        let mut climbing = other.clone();
        climbing.values_mut().for_each(|id| *id = format!("../../{other_agent}").into());
        for known in [&other, &climbing] {
            let mut arguments = ids(&tool, known);
            if let Some(body) = body(name, known) {
                arguments.insert("body".to_owned(), body);
            }
            let result = client.call(name, &arguments.clone().into());
            assert!(!result.is_ok_and(|result| result.to_string().contains("Other shop")), "{name}");
            arguments.insert("agent_id".to_owned(), other_agent.clone().into());
            let error = client.call(name, &arguments.into()).expect_err("no such argument");
            assert!(error.contains("`agent_id` is unknown"), "{error}");
        }
    }
    // A body that names a conversation of the other agent.
    let body = json!({"message": "Hi", "conversation_id": other["conversation_id"]});
    client.call("conversations_send", &json!({ "body": body })).expect_err("another agent");
    let own_path = format!("/api/v1/console/agents/{own_agent}");
    for (method, path) in sent(&sandbox).split_off(before) {
        let rest = path.strip_prefix(&own_path);
        assert!(rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')), "{method} {path}");
    }
    for (name, result) in everything(&mut all, &other) {
        assert_eq!(result, state[&name], "{name}");
    }
}

#[test]
fn no_result_holds_a_secret() {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    let mut client = unrestricted(&sandbox);
    let known = furnish(&mut client, sandbox.workflow_id(), "Shop");
    for (name, result) in everything(&mut client, &known) {
        let text = result.to_string();
        assert!(!text.contains(SECRET) && !text.contains(sandbox.api_key()), "{name}: {text}");
    }
    // An error may quote the arguments.
    let body =
        json!({"name": "Shop", "auth_type": "bearer", "auth_config": {"token": SECRET, "tokn": SECRET}});
    let arguments = json!({"agent_id": known["agent_id"], "body": body});
    let error =
        client.call("agents_integrations_custom_api_configure", &arguments).expect_err("an unknown field");
    assert!(error.contains("tokn") && !error.contains(SECRET), "{error}");
}
