//! Plans and applications against a sandbox.

mod common;

use common::{Folder, SHOP, Server, document, files, summary};
use serde_json::json;

#[tokio::test]
async fn apply_creates_all_and_a_second_plan_is_empty() {
    let server = Server::start().await;
    let plan = server.plan(SHOP).await;
    assert_eq!(
        summary(&plan.changes),
        [
            "create workflows/Order desk",
            "create agents/Olu",
            "create agents/Olu/knowledge/Opening hours",
            "create agents/Olu/knowledge/Delivery terms",
            "create agents/Olu/bimpeai/stripe",
            "create agents/Olu/custom_api/Order system",
            "create agents/Olu/custom_api/Order system/tools/Find order",
            "create agents/Olu/custom_api/Order system/tools/Cancel order",
            "create agents/Olu/mcp_server/Stock room",
            "enable agents/Olu/actions/find_order",
            "disable agents/Olu/actions/cancel_order",
            "set_status agents/Olu",
        ]
    );
    let outcome = server.apply(SHOP).await;
    assert!(outcome.pending.is_empty() && outcome.left.is_empty());
    let olu = server.agent("Olu").await;
    let agent = server.request(&format!("GET /agents/{olu}"), None).await;
    assert_eq!((&agent["status"], &agent["timezone"]), (&json!("live"), &json!("Africa/Lagos")));
    let actions = server.request(&format!("GET /agents/{olu}/actions"), None).await;
    let is_enabled = |name: &str| {
        let found = actions.as_array().expect("a list").iter().find(|action| action["action_name"] == name);
        found.expect("an action")["is_enabled"].clone()
    };
    assert_eq!((is_enabled("find_order"), is_enabled("cancel_order")), (json!(true), json!(false)));
    let again = server.plan(SHOP).await;
    assert!(again.is_empty(), "{again}");
    assert!(server.apply(SHOP).await.done.is_empty());
}

#[tokio::test]
async fn plan_after_changes_updates_and_replaces() {
    let server = Server::start().await;
    server.apply(SHOP).await;
    let text = SHOP
        .replace("Be brief.", "Be polite.")
        .replace("from 8 to 20", "from 9 to 21")
        .replace("Africa/Lagos", "Africa/Accra")
        .replace("Finds an order by its number", "Finds orders")
        .replace("orders.example.com/v1", "orders.example.com/v2")
        .replace("status: live", "status: paused")
        .replace("is_enabled: false", "is_enabled: true");
    let plan = server.plan(&text).await;
    assert_eq!(
        summary(&plan.changes),
        [
            "update workflows/Order desk",
            "update agents/Olu",
            "update agents/Olu/knowledge/Opening hours",
            "replace agents/Olu/custom_api/Order system",
            "create agents/Olu/custom_api/Order system/tools/Find order",
            "create agents/Olu/custom_api/Order system/tools/Cancel order",
            "enable agents/Olu/actions/find_order",
            "enable agents/Olu/actions/cancel_order",
            "set_status agents/Olu",
        ]
    );
    assert_eq!(plan.changes[1].fields[0].before, Some(json!("Africa/Lagos")));
    server.apply(&text).await;
    let again = server.plan(&text).await;
    assert!(again.is_empty(), "{again}");
    let olu = server.agent("Olu").await;
    let apis = server.request(&format!("GET /agents/{olu}/integrations/custom_api"), None).await;
    assert_eq!(apis.as_array().expect("a list").len(), 1);
    assert_eq!(apis[0]["config"]["base_url"], "https://orders.example.com/v2");
}

#[tokio::test]
async fn apply_with_changed_tool_replaces_the_tool_only() {
    let server = Server::start().await;
    server.apply(SHOP).await;
    let text = SHOP.replace("Finds an order by its number", "Finds orders");
    let outcome = server.apply(&text).await;
    assert_eq!(summary(&outcome.done), ["replace agents/Olu/custom_api/Order system/tools/Find order"]);
    assert!(server.plan(&text).await.is_empty());
}

#[tokio::test]
async fn plan_with_two_of_one_name_names_both_ids() {
    let server = Server::start().await;
    server.apply(SHOP).await;
    let olu = server.agent("Olu").await;
    let path = format!("POST /agents/{olu}/integrations/custom_api/configure");
    server.request(&path, Some(json!({ "name": "Order system" }))).await;
    let apis = server.request(&format!("GET /agents/{olu}/integrations/custom_api"), None).await;
    let error = bimpe_plan::plan(&server.client, &document(SHOP), false).await.expect_err("two of one name");
    let ids: Vec<&str> =
        apis.as_array().expect("a list").iter().filter_map(|api| api["id"].as_str()).collect();
    let text = error.to_string();
    assert!(text.starts_with("bimpe.yaml:34:11: `custom_api` has several of this name"), "{text}");
    assert!(ids.len() == 2 && ids.iter().all(|id| text.contains(id)), "{text}");
}

#[tokio::test]
async fn plan_leaves_unknown_objects_alone_unless_it_prunes() {
    let server = Server::start().await;
    server.apply(SHOP).await;
    let olu = server.agent("Olu").await;
    let path = format!("POST /agents/{olu}/knowledge_bases");
    server.request(&path, Some(json!({ "type": "text", "name": "Old", "content": "Old." }))).await;
    let other = "workflows: [{ name: Other, system_prompt: Other. }]\nagents: [{ name: Bob, description: Other., workflow: Other }]";
    server.apply(other).await;
    assert!(server.plan(SHOP).await.is_empty());
    let document = document(SHOP);
    let plan = bimpe_plan::plan(&server.client, &document, true).await.expect("a plan");
    // The sandbox starts with Ada and the corner shop.
    let deleted = [
        "delete agents/Ada",
        "delete agents/Bob",
        "delete agents/Olu/knowledge/Old",
        "delete workflows/Corner shop",
        "delete workflows/Other",
    ];
    assert_eq!(summary(&plan.changes), deleted);
    assert_eq!(summary(&server.apply_document(&document, true).await.done), deleted);
    let plan = bimpe_plan::plan(&server.client, &document, true).await.expect("a plan");
    assert!(plan.is_empty(), "{plan}");
}

#[tokio::test]
async fn apply_with_public_workflow_shares_one_copy() {
    let server = Server::start().await;
    let public = server.request("GET /workflows", None).await;
    let public =
        public.as_array().expect("a list").iter().find(|workflow| workflow["visibility"] == "public");
    let name = public.expect("a public workflow")["name"].as_str().expect("a name").to_owned();
    let text = format!(
        "defaults: {{ agents: {{ workflow: \"{name}\", description: A. }} }}\nagents: [{{ name: Olu }}, {{ name: Bob }}]"
    );
    let outcome = server.apply(&text).await;
    let copy = format!("clone workflows/{name}");
    assert_eq!(summary(&outcome.done), [copy.as_str(), "create agents/Olu", "create agents/Bob"]);
    assert!(server.plan(&text).await.is_empty());
}

#[tokio::test]
async fn plan_with_unknown_workflow_or_missing_fields_names_the_line() {
    let server = Server::start().await;
    for (text, expected) in [
        (
            "agents:\n  - name: Olu\n    description: A.\n    workflow: Nothing",
            "bimpe.yaml:4:5: neither the files nor the server",
        ),
        (
            "agents:\n  - name: Olu\n    description: A.",
            "bimpe.yaml:2:5: cannot create `Olu`: `workflow` is required",
        ),
        ("workflows:\n  - name: Shop", "bimpe.yaml:2:5: cannot create `Shop`: `system_prompt` is required"),
    ] {
        let error =
            bimpe_plan::plan(&server.client, &document(text), false).await.expect_err("an error").to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[tokio::test]
async fn apply_with_oauth_connector_waits_for_a_person() {
    let server = Server::start().await;
    let text = "
workflows: [{ name: Shop, system_prompt: Be brief. }]
agents:
  - name: Olu
    description: A.
    workflow: Shop
    integrations:
      bimpeai: [{ name: google_calendar }]
      pipedream: [{ name: google-sheets }]
    actions: [{ name: create_event }]
";
    let outcome = server.apply(text).await;
    assert_eq!(outcome.pending.len(), 2, "{outcome:?}");
    assert!(outcome.pending[0].url.starts_with(server.sandbox.url()), "{outcome:?}");
    assert_eq!(server.plan(text).await.changes.len(), 3);
}

#[tokio::test]
async fn plan_with_changed_secret_tells_it_by_fingerprint() {
    let server = Server::start().await;
    let folder = Folder::new("fingerprints");
    let path = folder.write("bimpe.yaml", SHOP);
    server.apply_document(&Folder::read(&path), false).await;
    let stored = folder.0.join(".bimpe/fingerprints.json");
    let text = std::fs::read_to_string(&stored).expect("fingerprints");
    assert!(!text.contains("t0k3n") && !text.contains("sk_test_1"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&stored).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let plan = common::plan(&server.client, &Folder::read(&path)).await;
    assert!(plan.is_empty() && plan.notes.is_empty(), "{plan}");

    let rotated = || {
        let mut files = files().env(|name| Some(format!("{}_new", name.to_lowercase())));
        files.read(&path).expect("a file");
        files.finish().expect("a document")
    };
    let plan = common::plan(&server.client, &rotated()).await;
    assert_eq!(
        summary(&plan.changes)[..2],
        ["update agents/Olu/bimpeai/stripe", "replace agents/Olu/custom_api/Order system"]
    );
    assert!(plan.to_string().contains("auth_config: (write-only, fingerprint differs)"), "{plan}");
    server.apply_document(&rotated(), false).await;
    assert!(common::plan(&server.client, &rotated()).await.is_empty());
}

#[tokio::test]
async fn plan_without_fingerprints_says_not_verifiable() {
    let server = Server::start().await;
    server.apply(SHOP).await;
    let plan = server.plan(SHOP).await;
    let text = plan.to_string();
    assert!(text.contains("agents/Olu/custom_api/Order system: not verifiable: auth_config"), "{text}");
}
