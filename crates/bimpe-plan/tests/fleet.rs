//! One file for many agents.

mod common;

use std::collections::HashSet;

use bimpe_plan::{AgentOutcome, AgentResult, ChangeKinds, Document, Fleet, Report, Selection, Stop};
use common::{Folder, Server, document, read};
use futures_util::StreamExt;
use serde_json::{Value, json};

const EACH: &str = "
each_agent:
  timezone: Africa/Lagos
  knowledge: [{ name: Hours, type: text, content: From 8 to 20. }]
  integrations:
    custom_api:
      - { name: Orders, auth_type: bearer, auth_config: { token: \"${env:ORDERS_TOKEN}\" },
          tools: [{ name: Find, http_method: GET, url_template: /a }] }
    mcp_server: [{ name: Stock, server_url: \"https://stock.example.com/mcp\" }]
  actions: [{ name: find }]
";

/// A sandbox with some agents beside the first one.
async fn server(agents: usize) -> Server {
    let server = Server::start().await;
    add_agents(&server, agents).await;
    server
}

async fn add_agents(server: &Server, agents: usize) {
    let workflow = server.sandbox.workflow_id();
    for number in 0..agents {
        let agent =
            json!({ "workflow_id": workflow, "name": format!("Agent {number}"), "description": "Helps" });
        server.request("POST /agents", Some(agent)).await;
    }
}

async fn outcomes(fleet: &Fleet<'_>, applies: bool) -> Vec<AgentOutcome> {
    let outcomes = if applies { fleet.apply().await } else { fleet.plan().await };
    outcomes.expect("a stream").map(|outcome| outcome.expect("an outcome")).collect().await
}

fn fleet<'a>(server: &'a Server, document: &'a Document, selection: Selection) -> Fleet<'a> {
    Fleet::new(&server.client, document, selection).expect("a fleet")
}

fn results(outcomes: &[AgentOutcome]) -> HashSet<AgentResult> {
    outcomes.iter().map(|outcome| outcome.result).collect()
}

fn list(agents: &[&str]) -> Selection {
    Selection::Agents(agents.iter().map(|agent| (*agent).to_owned()).collect())
}

#[tokio::test]
async fn file_for_all_agents_changes_each_once() {
    let server = server(120).await;
    let document = document(EACH);
    let all = fleet(&server, &document, Selection::All);
    let planned = outcomes(&all, false).await;
    assert_eq!(
        (planned.len(), all.total(), results(&planned)),
        (121, 121, HashSet::from([AgentResult::Planned]))
    );
    let mut kinds = ChangeKinds::default();
    for outcome in &planned {
        kinds.add(&outcome.changes);
    }
    let expected = "~ agents/* (timezone): 121 agents
~ agents/*/actions/find (enable): 121 agents
+ agents/*/custom_api/Orders: 121 agents
+ agents/*/custom_api/Orders/tools/Find: 121 agents
+ agents/*/knowledge/Hours: 121 agents
+ agents/*/mcp_server/Stock: 121 agents
";
    assert_eq!(kinds.to_string(), expected);
    let done = outcomes(&all, true).await;
    assert_eq!((done.len(), results(&done)), (121, HashSet::from([AgentResult::Done])), "{done:?}");
    let again = outcomes(&all, true).await;
    assert_eq!((again.len(), results(&again)), (121, HashSet::from([AgentResult::Unchanged])), "{again:?}");
    for agent in server.request("GET /agents", None).await.as_array().expect("a list") {
        assert_eq!(agent["timezone"], "Africa/Lagos");
    }
}

#[tokio::test]
async fn agents_of_one_name_are_distinguished_by_their_ids() {
    let server = server(1).await;
    add_agents(&server, 1).await;
    let document = document(EACH);
    let found = outcomes(&fleet(&server, &document, Selection::Search("Agent".to_owned())), true).await;
    assert_eq!((found.len(), results(&found)), (2, HashSet::from([AgentResult::Done])), "{found:?}");
    let named = outcomes(&fleet(&server, &document, list(&["Agent 0"])), true).await;
    let error = named[0].error.as_ref().expect("an error").to_string();
    assert!(
        error.starts_with("several agents are named `Agent 0`: ") && error.ends_with("; use the id"),
        "{error}"
    );
}

#[tokio::test]
async fn agents_of_a_list_are_worked_on_once_and_a_failure_stops_no_other() {
    let server = server(2).await;
    let id = server.agent("Agent 1").await;
    let document = document(EACH);
    let selection = list(&["Agent 0", "No such agent", &id, "Agent 1", &id]);
    let mut outcomes = outcomes(&fleet(&server, &document, selection), true).await;
    outcomes.sort_by(|one, other| one.name.cmp(&other.name));
    let ended: Vec<_> = outcomes.iter().map(|outcome| (outcome.name.as_str(), outcome.result)).collect();
    let expected = [
        ("Agent 0", AgentResult::Done),
        ("Agent 1", AgentResult::Done),
        ("No such agent", AgentResult::Failed),
    ];
    assert_eq!(ended, expected);
    let error = outcomes[2].error.as_ref().expect("an error").to_string();
    assert_eq!(error, "no agent has the id or the name `No such agent`");
}

#[tokio::test]
async fn failed_request_of_one_agent_leaves_its_changes_and_no_others() {
    let server = server(9).await;
    let rule = json!({ "operation": "agents.integrations.mcp_server.configure", "status": 400, "times": 1 });
    server.sandbox.fail(rule).expect("a rule");
    let document = document(EACH);
    let all = outcomes(&fleet(&server, &document, Selection::All), true).await;
    let failed: Vec<_> = all.iter().filter(|outcome| outcome.result == AgentResult::Failed).collect();
    assert_eq!((all.len(), failed.len()), (10, 1), "{all:?}");
    let left: Vec<_> = common::summary(&failed[0].left);
    let name = &failed[0].name;
    assert!(left[0] == format!("create agents/{name}/mcp_server/Stock"), "{left:?}");
    assert!(!failed[0].changes.is_empty());
    let again = outcomes(&fleet(&server, &document, Selection::All), true).await;
    assert_eq!(results(&again), HashSet::from([AgentResult::Done, AgentResult::Unchanged]));
}

#[tokio::test]
async fn connection_that_a_person_must_finish_is_pending() {
    let server = server(0).await;
    let document = document("each_agent: { integrations: { bimpeai: [{ name: google_sheets }] } }");
    let outcomes = outcomes(&fleet(&server, &document, Selection::All), true).await;
    assert_eq!(outcomes[0].result, AgentResult::Pending);
    assert!(outcomes[0].pending[0].url.starts_with("http://"), "{outcomes:?}");
}

#[tokio::test]
async fn changes_of_other_kinds_than_planned_are_refused() {
    let server = server(1).await;
    let document = document("each_agent: { knowledge: [] }");
    let fleet = || fleet(&server, &document, list(&["Agent 0"])).prune(true);
    let mut kinds = ChangeKinds::default();
    for outcome in outcomes(&fleet(), false).await {
        kinds.add(&outcome.changes);
    }
    assert!(kinds.is_empty(), "{kinds}");
    let id = server.agent("Agent 0").await;
    let base = json!({ "name": "New", "type": "text", "content": "x" });
    server.request(&format!("POST /agents/{id}/knowledge_bases"), Some(base)).await;
    let refused = outcomes(&fleet().only(kinds), true).await;
    assert_eq!(refused[0].result, AgentResult::Failed);
    let error = refused[0].error.as_ref().expect("an error").to_string();
    assert!(error.contains("plan again") && error.contains("knowledge/New"), "{error}");
    let pruned = outcomes(&fleet(), true).await;
    assert_eq!(pruned[0].result, AgentResult::Done);
}

#[tokio::test]
async fn stop_leaves_agents_whole_or_with_the_changes_that_are_left() {
    let server = server(30).await;
    let document = document(EACH);
    let stop = Stop::default();
    let stopped = fleet(&server, &document, Selection::All).concurrency(4).stop(stop.clone());
    let mut stream = stopped.apply().await.expect("a stream");
    let mut ended = Vec::new();
    while let Some(outcome) = stream.next().await {
        ended.push(outcome.expect("an outcome"));
        stop.request();
    }
    // The first one, and those that were worked on with it.
    assert!((1..=8).contains(&ended.len()), "{}", ended.len());
    assert_eq!(ended[0].result, AgentResult::Done);
    for outcome in &ended[1..] {
        let is_whole = outcome.result == AgentResult::Done;
        assert!(is_whole || outcome.result == AgentResult::Stopped, "{outcome:?}");
    }
    drop(stream);
    let rest = outcomes(&fleet(&server, &document, Selection::All), true).await;
    assert_eq!(rest.len(), 31);
    let names = server.request("GET /agents", None).await;
    for agent in names.as_array().expect("a list") {
        let path = format!("GET /agents/{}/knowledge_bases", agent["id"].as_str().expect("an id"));
        let hours = server.request(&path, None).await;
        let hours = hours.as_array().expect("a list").iter().filter(|base| base["name"] == "Hours");
        assert_eq!(hours.count(), 1);
    }
}

#[tokio::test]
async fn secrets_that_change_replace_the_integration_of_each_agent() {
    let server = server(3).await;
    let folder = Folder::new("fleet-secrets");
    let path = folder.write("bimpe.yaml", EACH);
    let first = Folder::read(&path);
    outcomes(&fleet(&server, &first, Selection::All), true).await;
    let changed = EACH.replace("${env:ORDERS_TOKEN}", "${clear:other}");
    let path = folder.write("bimpe.yaml", &changed);
    let second = Folder::read(&path);
    let planned = outcomes(&fleet(&server, &second, Selection::All), false).await;
    let first_change = |outcome: &AgentOutcome| common::summary(&outcome.changes)[0].clone();
    assert!(planned.iter().all(|outcome| first_change(outcome).starts_with("replace ")), "{planned:?}");
    let done = outcomes(&fleet(&server, &second, Selection::All), true).await;
    assert_eq!(results(&done), HashSet::from([AgentResult::Done]), "{done:?}");
    let again = outcomes(&fleet(&server, &second, Selection::All), false).await;
    assert_eq!(results(&again), HashSet::from([AgentResult::Unchanged]), "{again:?}");
}

#[test]
fn files_for_many_agents_are_checked() {
    for (text, reason) in [
        ("each_agent: { name: Ada }", "bimpe.yaml:1:15: `each_agent` takes no `name`"),
        ("each_agent: []", "bimpe.yaml:1:1: `each_agent` must be a mapping"),
        ("each_agent: { timezome: x }", "did you mean `timezone`?"),
        ("each_agent: {}\nagents: [{ name: Ada }]", "`each_agent` and `agents` exclude each other"),
        ("each_agents: {}", "did you mean `each_agent`?"),
    ] {
        let error = read(text).expect_err("an error").to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
    let server = bimpe::Client::builder().api_key("sk_1").build().expect("a client");
    let document = document("workflows: []");
    let error = Fleet::new(&server, &document, Selection::All).expect_err("an error").to_string();
    assert!(error.contains("no section `each_agent`"), "{error}");
}

#[tokio::test]
async fn report_goes_on_after_a_torn_line() {
    let server = server(5).await;
    let document = document(EACH);
    let folder = Folder::new("fleet-report");
    for name in ["report.json", "report.csv"] {
        let path = folder.0.join(name);
        let all = fleet(&server, &document, Selection::All);
        let basis = all.basis();
        let mut report = Report::create(&path, &basis).expect("a report");
        for outcome in outcomes(&all, true).await.iter().take(3) {
            report.add(outcome).expect("a line");
        }
        drop(report);
        let whole = std::fs::read(&path).expect("a report");
        let exists = Report::create(&path, &basis).expect_err("it exists").to_string();
        assert!(exists.contains("exists; resume it"), "{exists}");
        let more = outcomes(&fleet(&server, &document, list(&["Ada"])), false).await;
        // A run may be killed at any byte.
        for cut in (0..whole.len()).step_by(7).chain([whole.len()]) {
            std::fs::write(&path, &whole[..cut]).expect("a file");
            let (mut report, finished) = Report::resume(&path, &basis).expect("a report");
            let lines = String::from_utf8_lossy(&whole[..cut]).matches('\n').count();
            assert!(finished.len() + 1 >= lines && finished.len() <= 3, "{name} {cut}");
            report.add(&more[0]).expect("a line");
            report.finish().expect("an end");
            let text = std::fs::read_to_string(&path).expect("a report");
            let rows = rows(name, &text);
            assert_eq!(rows.len(), finished.len() + 1, "{name} {cut}: {text}");
        }
        let (_, finished) = Report::resume(&path, &basis).expect("a report");
        // The first agents that ended may include that of the last line.
        assert!((3..=4).contains(&finished.len()), "{finished:?}");
        let rest = fleet(&server, &document, Selection::All).leave_out(finished);
        assert!(outcomes(&rest, true).await.len() < 4);
        let (_, other) = Report::resume(&path, "another basis").expect("a report");
        assert!(other.is_empty());
    }
}

/// The ids of the lines of a report.
fn rows(name: &str, text: &str) -> Vec<String> {
    if name == "report.json" {
        let rows: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        return rows.as_array().expect("a list").iter().map(|row| row["id"].to_string()).collect();
    }
    text.lines().skip(1).map(|line| line.split(',').next().expect("a cell").to_owned()).collect()
}
