//! Lists, pages and errors over standard input and output.

use bimpe_sandbox::Sandbox;
use serde_json::json;

use crate::client::{Client, EVERYTHING, serve};

fn sandbox() -> Sandbox {
    Sandbox::start_blocking().expect("a sandbox")
}

#[test]
fn only_tools_that_read_are_offered_at_first() {
    let sandbox = sandbox();
    let mut client = Client::start(&sandbox, &[]);
    assert_eq!(client.info["serverInfo"]["name"], "bimpe");
    assert!(client.info["instructions"].as_str().expect("a text").contains("--allow-writes"));
    let names = client.names();
    for expected in ["agents_list", "agents_integrations_list", "conversations_messages_list"] {
        assert!(names.iter().any(|name| name == expected), "{names:?}");
    }
    for hidden in ["agents_create", "calls_list", "conversations_messages_stream_ticket", "conversations_ask"]
    {
        assert!(!names.iter().any(|name| name == hidden), "{hidden}");
    }
    let error = client.call("agents_create", &json!({})).expect_err("not offered");
    assert!(error.contains("unknown tool `agents_create`"), "{error}");
    assert!(client.end());
}

#[test]
fn schemas_have_no_references_to_other_documents() {
    let sandbox = sandbox();
    let mut client = Client::start(&sandbox, &["--toolsets", EVERYTHING, "--allow-writes"]);
    for tool in client.tools() {
        let text = tool.to_string();
        assert!(!text.contains("#/components"), "{}", tool["name"]);
        assert!(!text.contains("\"x-"), "{}", tool["name"]);
        for top in ["oneOf", "anyOf", "allOf"] {
            assert!(tool["inputSchema"].get(top).is_none(), "{} has {top} at the top", tool["name"]);
        }
    }
}

#[test]
fn lists_come_in_pages() {
    let sandbox = sandbox();
    let mut client = Client::start(&sandbox, &["--toolsets", EVERYTHING, "--allow-writes"]);
    let workflow = sandbox.workflow_id();
    let body = json!({"workflow_id": workflow, "name": "Second", "description": "Another agent."});
    client.call("agents_create", &json!({ "body": body })).expect("an agent");
    let first = client.call("agents_list", &json!({"limit": 1})).expect("a page");
    assert_eq!((&first["total_count"], &first["next_page"]), (&json!(2), &json!(2)));
    let last = client.call("agents_list", &json!({"limit": 1, "page": 2})).expect("a page");
    assert_eq!(last.get("next_page"), None);
    assert_ne!(first["data"][0]["id"], last["data"][0]["id"]);

    // A list that the API returns whole.
    for name in ["One", "Two", "Three"] {
        let body = json!({"name": name, "server_url": "https://stock.example.com/mcp"});
        let arguments = json!({"agent_id": sandbox.agent_id(), "body": body});
        client.call("agents_integrations_mcp_server_configure", &arguments).expect("an integration");
    }
    let mut pages = Vec::new();
    let mut page = json!(1);
    while !page.is_null() {
        let arguments = json!({"agent_id": sandbox.agent_id(), "limit": 2, "page": page});
        let result = client.call("agents_integrations_mcp_server_list", &arguments).expect("a page");
        pages.push(result["data"].as_array().expect("a list").len());
        page = result["next_page"].clone();
    }
    assert_eq!(pages, [2, 1]);
}

#[test]
fn errors_say_the_next_step() {
    let sandbox = sandbox();
    let mut client = Client::start(&sandbox, &["--allow-writes"]);
    let agent = sandbox.agent_id();
    for (name, arguments, expected) in [
        ("agents_retrieve", json!({}), "`agent_id` is missing"),
        ("agents_list", json!({"limit": 500}), "`limit`"),
        ("agents_list", json!({"searching": "shop"}), "`searching` is unknown"),
        ("agents_retrieve", json!({"agent_id": "cm0"}), "Next step: Get the right id from a list tool."),
        ("agents_update", json!({"agent_id": agent, "body": {"names": "x"}}), "did you mean `name`"),
        ("agents_update", json!({"agent_id": agent, "body": "x"}), "Next step: Correct the arguments"),
    ] {
        let error = client.call(name, &arguments).expect_err("wrong");
        assert!(error.contains(expected), "{name}: {error}");
    }
    let mut refused = serve(&sandbox, &[]);
    refused.env("BIMPEAI_API_KEY", "sk_sandbox_unknown");
    let error = Client::of(refused).call("agents_list", &json!({})).expect_err("another key");
    assert!(error.contains("Ask the user to check the API key"), "{error}");
    assert!(!error.contains("sk_sandbox_unknown"), "{error}");
    let fault = json!({"operation": "agents.list", "status": 429, "times": 9, "retry_after": 1});
    sandbox.fail(fault).expect("a fault");
    let error = client.call("agents_list", &json!({})).expect_err("a limit");
    assert!(error.contains("Next step: Wait 1 seconds"), "{error}");
}

#[test]
fn misspelt_options_are_named() {
    let sandbox = sandbox();
    for (arguments, expected) in [
        (["--toolsets", "agent_"], "agents"),
        (["--allow", "calls_make_"], "calls_make"),
        (["--token", "env:TOKEN"], "--http"),
        (["--agent", ""], "--agent"),
    ] {
        let output = serve(&sandbox, &arguments).output().expect("it runs");
        let text = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success() && output.stdout.is_empty(), "{text}");
        assert!(text.contains(expected), "{text}");
    }
}
