//! Runs that are cancelled, that compete, and that lose responses make no duplicates.

mod common;

use std::collections::HashMap;
use std::fmt::Write;
use std::time::Duration;

use common::{Folder, Server, client, document};
use serde_json::{Value, json};

/// Agents with three integrations each.
fn shop(agents: usize) -> String {
    let mut text = "
workflows: [{ name: Order desk, system_prompt: Be brief. }]
defaults:
  agents:
    description: Takes orders
    workflow: Order desk
    status: paused
    knowledge: [{ name: Hours, type: text, content: From 8 to 20. }]
    integrations:
      bimpeai: [{ name: bumpa, token: \"${env:ORDERS_TOKEN}\" }]
      custom_api:
        - name: Orders
          base_url: https://orders.example.com
          tools: [{ name: Find, http_method: GET, url_template: /a }, { name: Cancel, http_method: POST, url_template: /b }]
      mcp_server: [{ name: Stock, server_url: \"https://stock.example.com/mcp\" }]
    actions: [{ name: find }, { name: cancel, is_enabled: false }]
agents:
"
    .to_owned();
    for index in 0..agents {
        let _ = writeln!(text, "  - name: Agent {index}");
    }
    text
}

/// Numbers from a seed, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

async fn names(server: &Server, path: &str, pointer: &str) -> HashMap<String, usize> {
    let entries = server.request(&format!("GET {path}"), None).await;
    let mut names = HashMap::new();
    for entry in entries.as_array().expect("a list") {
        let name = entry.pointer(pointer).and_then(Value::as_str).expect("a name");
        *names.entry(name.to_owned()).or_default() += 1;
    }
    names
}

/// Fails if anything is there twice or missing.
async fn assert_complete(server: &Server, agents: usize) {
    let all = server.request("GET /agents", None).await;
    let all = all.as_array().expect("a list");
    let mut found = HashMap::new();
    for agent in all {
        *found.entry(agent["name"].as_str().expect("a name").to_owned()).or_insert(0) += 1;
    }
    for index in 0..agents {
        assert_eq!(found.get(&format!("Agent {index}")), Some(&1), "{found:?}");
    }
    for agent in all.iter().filter(|agent| agent["name"] != "Ada") {
        let path = format!("/agents/{}", agent["id"].as_str().expect("an id"));
        assert_eq!(agent["status"], "paused");
        for (below, pointer, name) in [
            ("knowledge_bases", "/name", "Hours"),
            ("integrations/custom_api", "/config/name", "Orders"),
            ("integrations/mcp_server", "/config/name", "Stock"),
        ] {
            let names = names(server, &format!("{path}/{below}"), pointer).await;
            assert_eq!(names, HashMap::from([(name.to_owned(), 1)]), "{path}");
        }
        let actions = server.request(&format!("GET {path}/actions"), None).await;
        let own = |name: &str| {
            let named =
                actions.as_array().expect("a list").iter().filter(|action| action["action_name"] == name);
            named.map(|action| action["is_enabled"].clone()).collect::<Vec<_>>()
        };
        assert_eq!((own("find"), own("cancel")), (vec![json!(true)], vec![json!(false)]));
    }
}

/// Plans and applies, and gives up after a time.
async fn run_for(server: &Server, document: &bimpe_plan::Document, time: Duration) {
    let run = async {
        let plan = bimpe_plan::plan(&server.client, document, false).await.expect("a plan");
        bimpe_plan::apply(&server.client, document, &plan, &|_| {}).await
    };
    if let Ok(outcome) = tokio::time::timeout(time, run).await {
        assert!(outcome.error.is_none(), "{outcome:?}");
    }
}

#[tokio::test]
async fn twenty_cancelled_runs_and_a_last_one_make_no_duplicates() {
    let server = Server::start().await;
    let document = document(&shop(8));
    let mut random = Random(7);
    for _ in 0..20 {
        run_for(&server, &document, Duration::from_millis(5 + random.below(150))).await;
    }
    server.apply_document(&document, false).await;
    assert_complete(&server, 8).await;
    let plan = common::plan(&server.client, &document).await;
    assert!(plan.is_empty(), "{plan}");
}

#[tokio::test]
async fn cancelled_replacements_leave_one_object() {
    let server = Server::start().await;
    let folder = Folder::new("replacements");
    let mut random = Random(11);
    let path = folder.write("bimpe.yaml", &shop(2));
    server.apply_document(&Folder::read(&path), false).await;
    for version in 1..=20 {
        folder.write(
            "bimpe.yaml",
            &shop(2).replace("orders.example.com", &format!("orders{version}.example.com")),
        );
        run_for(&server, &Folder::read(&path), Duration::from_millis(5 + random.below(120))).await;
    }
    server.apply_document(&Folder::read(&path), false).await;
    assert_complete(&server, 2).await;
    let plan = common::plan(&server.client, &Folder::read(&path)).await;
    assert!(plan.is_empty(), "{plan}");
}

#[tokio::test]
async fn two_runs_at_once_make_no_duplicates() {
    let server = Server::start().await;
    let other = client(&server.sandbox);
    for text in [shop(6), shop(6).replace("orders.example.com", "new.example.com")] {
        let document = document(&text);
        let plans = tokio::join!(common::plan(&server.client, &document), common::plan(&other, &document));
        let runs = tokio::join!(
            bimpe_plan::apply(&server.client, &document, &plans.0, &|_| {}),
            bimpe_plan::apply(&other, &document, &plans.1, &|_| {})
        );
        assert!(runs.0.error.is_none() && runs.1.error.is_none(), "{runs:?}");
        assert_complete(&server, 6).await;
        assert!(common::plan(&other, &document).await.is_empty());
    }
}

#[tokio::test]
async fn lost_responses_make_no_duplicates() {
    let server = Server::start().await;
    for operation in [
        "workflows.create",
        "agents.create",
        "agents.knowledge_bases.create",
        "agents.integrations.custom_api.configure",
        "agents.integrations.custom_api.tools.add",
        "agents.integrations.mcp_server.configure",
    ] {
        let rule = json!({ "operation": operation, "wire": "reset_after_commit", "times": 2 });
        server.sandbox.fail(rule).expect("a rule");
    }
    server.apply(&shop(2)).await;
    assert_complete(&server, 2).await;
}

#[tokio::test]
async fn apply_after_a_deletion_creates_the_object_again() {
    let server = Server::start().await;
    let text = shop(1);
    server.apply(&text).await;
    let first = server.agent("Agent 0").await;
    for _ in 0..2 {
        // The server still remembers the idempotency keys of the deleted agents.
        let agent = server.agent("Agent 0").await;
        server.request(&format!("DELETE /agents/{agent}"), None).await;
        server.apply(&text).await;
        assert_complete(&server, 1).await;
    }
    assert_ne!(server.agent("Agent 0").await, first);
}

#[tokio::test]
async fn failed_request_says_what_is_done_and_what_is_left() {
    let sandbox = bimpe_sandbox::Sandbox::builder().max_agents(2).start().await.expect("a sandbox");
    let server = Server::of(sandbox);
    let document = document(&shop(3));
    let plan = common::plan(&server.client, &document).await;
    let outcome = bimpe_plan::apply(&server.client, &document, &plan, &|_| {}).await;
    let error = outcome.error.expect("the limit of agents").to_string();
    assert!(error.starts_with("bimpe.yaml:") && error.contains("cannot create `Agent"), "{error}");
    assert!(error.contains("Agent limit reached"), "{error}");
    // Ada and one more agent are the limit.
    let left = common::summary(&outcome.left);
    let agents =
        left.iter().filter(|line| line.starts_with("create agents/") && line.matches('/').count() == 1);
    assert_eq!(agents.count(), 2, "{left:?}");
    let created = outcome.done.iter().find(|change| change.address.starts_with("agents/")).expect("an agent");
    assert!(!outcome.left.iter().any(|change| change.address.starts_with(&created.address)), "{left:?}");
}

#[tokio::test]
async fn approved_connection_ends_the_wait() {
    let server = Server::start().await;
    let text = "
agents:
  - name: Ada
    integrations:
      bimpeai: [{ name: google_calendar }]
      pipedream: [{ name: google-sheets }]
    actions: [{ name: create_event, is_enabled: false }]
";
    assert_eq!(server.apply(text).await.pending.len(), 2);
    server.sandbox.approve_all().expect("approvals");
    let outcome = server.apply(text).await;
    assert_eq!(common::summary(&outcome.done), ["disable agents/Ada/actions/create_event"]);
    assert!(outcome.pending.is_empty() && server.plan(text).await.is_empty());
}
