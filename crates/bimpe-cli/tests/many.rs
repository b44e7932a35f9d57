//! `bimpe plan` and `bimpe apply` for many agents.

mod common;

use std::collections::HashMap;
use std::fs;
use std::ops::Deref;
use std::process::{Child, Stdio};
use std::time::Duration;

use bimpe_sandbox::Sandbox;
use common::command::{bimpe, finish, recorded};
use common::world::World;
use serde_json::{Value, json};

const EACH: &str = "
each_agent:
  knowledge: [{ name: Hours, type: text, content: From 8 to 20. }]
  integrations:
    bimpeai: [{ name: bumpa, token: \"${env:ORDERS_TOKEN}\" }]
    custom_api:
      - name: Orders
        auth_type: bearer
        auth_config: { token: \"${env:ORDERS_TOKEN}\" }
        tools: [{ name: Find, http_method: GET, url_template: /a }]
    mcp_server: [{ name: Stock, server_url: \"https://stock.example.com/mcp\" }]
  actions: [{ name: find }]
";

/// Sends a request, and returns the data of the response.
fn send(sandbox: &Sandbox, method: &str, path: &str, body: &Value) -> Value {
    let info = json!({ "url": sandbox.url(), "api_key": sandbox.api_key() });
    let path = format!("/api/v1/console{path}");
    let response = common::send(&info, method, &path, body).expect("a response");
    let (_, body) = response.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str::<Value>(body).expect("JSON")["data"].take()
}

/// A sandbox with some agents beside the first one, and a folder with `bimpe.yaml`.
struct Fleet {
    world: World,
    ids: Vec<String>,
}

impl Deref for Fleet {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Fleet {
    fn new(agents: usize, text: &str) -> Self {
        let world = World::new(text);
        let sandbox = &world.sandbox;
        let workflow = sandbox.workflow_id();
        let create = |number: usize| {
            let name = format!("Agent {number}");
            let body = json!({ "workflow_id": workflow, "name": name, "description": "Helps" });
            send(sandbox, "POST", "/agents", &body)["id"].as_str().expect("an id").to_owned()
        };
        let ids = (0..agents).map(create).collect();
        Self { world, ids }
    }

    fn start(&self, line: &str) -> Child {
        self.command(line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
    }

    fn report(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).expect("a report")
    }

    /// Fails if an agent lacks something or has it twice.
    fn assert_complete(&self) {
        for id in &self.ids {
            for (below, pointer, name) in [
                ("knowledge_bases", "/name", "Hours"),
                ("integrations/custom_api", "/config/name", "Orders"),
                ("integrations/mcp_server", "/config/name", "Stock"),
            ] {
                let entries = send(&self.sandbox, "GET", &format!("/agents/{id}/{below}"), &Value::Null);
                let entries = entries.as_array().expect("a list");
                let names: Vec<_> = entries.iter().map(|entry| entry.pointer(pointer)).collect();
                assert_eq!(names, [Some(&json!(name))], "{below} of {id}");
            }
            let actions = send(&self.sandbox, "GET", &format!("/agents/{id}/actions"), &Value::Null);
            let find =
                actions.as_array().expect("a list").iter().filter(|entry| entry["action_name"] == "find");
            assert_eq!(find.map(|entry| &entry["is_enabled"]).collect::<Vec<_>>(), [true], "{id}");
        }
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The agents of each result.
fn results(rows: &[Value]) -> HashMap<&str, usize> {
    let mut results = HashMap::new();
    for row in rows {
        *results.entry(row["result"].as_str().expect("a result")).or_default() += 1;
    }
    results
}

#[test]
fn plan_and_apply_of_all_agents_end_with_2_0_and_0() {
    let fleet = Fleet::new(4, EACH);
    let plan = fleet.run("plan --all");
    assert_eq!((plan.code, plan.err.as_str()), (2, "Agents: 5 to change.\n"), "{plan:?}");
    assert!(plan.out.contains("+ agents/*/custom_api/Orders/tools/Find: 5 agents\n"), "{plan:?}");
    let json = fleet.run("plan --all --json");
    let rows = lines(&json.out);
    assert_eq!((json.code, results(&rows)), (2, HashMap::from([("planned", 5)])), "{json:?}");
    assert!(!json.out.contains("t0k3n"), "{json:?}");
    let apply = fleet.run("apply --all --yes --report report.csv");
    assert_eq!((apply.code, apply.err.as_str()), (0, "Agents: 5 done.\n"), "{apply:?}");
    assert_eq!(apply.out.lines().filter(|line| line.ends_with(" done: 5 changes")).count(), 5, "{apply:?}");
    let report = fleet.report("report.csv");
    assert_eq!(report.lines().filter(|line| line.contains(",done,")).count(), 5, "{report}");
    fleet.assert_complete();
    let again = fleet.run("apply --all --json");
    assert_eq!(again.code, 64, "{again:?}");
    let again = fleet.run("apply --all --yes --json --resume report.csv");
    assert_eq!((again.code, again.out.as_str()), (0, ""), "{again:?}");
    let plan = fleet.run("plan --all");
    assert_eq!((plan.code, plan.out.as_str()), (0, ""), "{plan:?}");
}

#[test]
fn list_on_standard_input_with_a_missing_agent_ends_with_1_after_the_others() {
    let fleet = Fleet::new(2, EACH);
    let list = format!("id,name\n{},x\nmissing,y\n", fleet.ids[0]);
    let ran = finish(&mut fleet.command("apply --agents - --yes --report report.json"), &list);
    assert_eq!((ran.code, ran.err.as_str()), (1, "Agents: 1 done, 1 failed.\n"), "{ran:?}");
    assert!(ran.out.contains("missing failed: no agent has the id or the name `missing`"), "{ran:?}");
    let report: Value = serde_json::from_str(&fleet.report("report.json")).expect("JSON");
    let rows = report.as_array().expect("a list");
    assert_eq!(results(rows), HashMap::from([("done", 1), ("failed", 1)]));
    let exists = fleet.run("apply --all --yes --report report.json");
    assert!(exists.code == 1 && exists.err.contains("exists; resume it"), "{exists:?}");
    assert_eq!(fleet.run("apply --search Agent --yes").code, 0);
    fleet.assert_complete();
}

#[test]
fn connections_that_a_person_must_finish_end_with_3() {
    let fleet = Fleet::new(1, "each_agent: { integrations: { bimpeai: [{ name: google_sheets }] } }");
    let ran = fleet.run("apply --all --yes --report report.csv");
    assert_eq!((ran.code, ran.err.as_str()), (3, "Agents: 2 pending.\n"), "{ran:?}");
    assert!(ran.out.contains("agents/Agent 0/bimpeai/google_sheets pending: open http://"), "{ran:?}");
    fleet.sandbox.approve_all().expect("approvals");
    assert_eq!(fleet.run("apply --all --yes --resume report.csv").code, 0);
}

#[test]
fn workflow_of_the_file_is_created_before_the_agents_change() {
    let fleet = Fleet::new(
        2,
        "workflows: [{ name: Desk, system_prompt: Be brief. }]\neach_agent: { workflow: Desk }",
    );
    let ran = fleet.run("apply --all --yes");
    assert_eq!((ran.code, ran.err.as_str()), (0, "done: + workflows/Desk\nAgents: 3 done.\n"), "{ran:?}");
    let ran = fleet.run("plan --all");
    assert_eq!((ran.code, ran.err.as_str()), (0, "Agents: 3 unchanged.\n"), "{ran:?}");
}

#[test]
fn command_lines_that_do_not_fit_the_file_are_refused() {
    let fleet = Fleet::new(0, EACH);
    for (line, text) in [
        ("plan", "select them with --all, --search TEXT or --agents FILE"),
        ("apply --yes", "select them with --all"),
        ("plan --all --search x", "cannot be used with"),
        ("plan --concurrency 4", "required"),
        ("apply --all --resume a.csv --report b.csv", "cannot be used with"),
        ("plan --agents no-such-file", "cannot read the file `no-such-file`"),
        ("plan --all --out plan.json", "cannot be used with"),
    ] {
        let ran = fleet.run(line);
        assert!(ran.code == 64 && ran.err.contains(text), "{line}: {ran:?}");
    }
    for (line, text) in [
        ("apply --all --yes --report report.txt", "must end in .json or .csv"),
        ("apply --all --yes --resume report.csv", "cannot read or write the report `report.csv`"),
    ] {
        let ran = fleet.run(line);
        assert!(ran.code == 1 && ran.err.contains(text), "{line}: {ran:?}");
    }
    fleet.write("workflows: []");
    let ran = fleet.run("plan --all");
    assert!(ran.code == 1 && ran.err.contains("no section `each_agent`"), "{ran:?}");
}

/// Numbers from a seed, so that a failure can be repeated.
fn random(seed: &mut u64, limit: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % limit
}

#[test]
fn kills_and_two_runs_at_once_for_a_list_make_no_duplicates() {
    let fleet = Fleet::new(20, EACH);
    fs::write(fleet.path().join("agents.txt"), fleet.ids.join("\n")).expect("a list");
    let mut seed = 5;
    for round in 0..8 {
        let mut both = ["a.json", "b.csv"].map(|report| {
            let option = if fleet.path().join(report).exists() { "resume" } else { "report" };
            fleet.start(&format!("apply --yes --agents agents.txt --{option} {report}"))
        });
        std::thread::sleep(Duration::from_millis(60 + 20 * round + random(&mut seed, 60)));
        for child in &mut both {
            child.kill().expect("it can be killed");
            child.wait().expect("it ended");
        }
    }
    let last = fleet.run("apply --yes --agents agents.txt --resume a.json");
    assert_eq!(last.code, 0, "{last:?}");
    let report: Value = serde_json::from_str(&fleet.report("a.json")).expect("JSON");
    let rows = report.as_array().expect("a list");
    let finished: HashMap<&str, usize> =
        rows.iter().filter(|row| row["result"] != "failed").fold(HashMap::new(), |mut counts, row| {
            *counts.entry(row["id"].as_str().expect("an id")).or_default() += 1;
            counts
        });
    assert_eq!(finished.len(), 20, "{finished:?}");
    fleet.assert_complete();
    let plan = fleet.run("plan --agents agents.txt");
    assert_eq!((plan.code, plan.err.as_str()), (0, "Agents: 20 unchanged.\n"), "{plan:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn interrupt_ends_after_the_running_changes_and_says_how_to_continue() {
    let fleet = Fleet::new(20, EACH);
    // Slow enough to be interrupted.
    let rule =
        json!({ "operation": "agents.integrations.mcp_server.configure", "latency_ms": 200, "times": 12 });
    fleet.sandbox.fail(rule).expect("a rule");
    let mut command = fleet.command("apply --all --yes --concurrency 2 --report report.csv");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    while recorded(&fleet.sandbox, "agents.integrations.mcp_server.configure").len() < 3 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let id = rustix::process::Pid::from_raw(i32::try_from(child.id()).expect("a pid")).expect("a pid");
    rustix::process::kill_process(id, rustix::process::Signal::INT).expect("a signal");
    let output = child.wait_with_output().expect("it ends");
    let err = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains(" left.\nTo continue, use `--resume report.csv`.\n"), "{err}");
    let done = fleet.report("report.csv").lines().filter(|line| line.contains(",done,")).count();
    assert!((1..20).contains(&done), "{err}");
    let last = fleet.run("apply --all --yes --resume report.csv");
    assert_eq!(last.code, 0, "{last:?}");
    assert!(last.err.contains(&format!("{done} finished earlier")), "{last:?}");
    fleet.assert_complete();
}

#[cfg(target_os = "linux")]
#[test]
fn apply_in_a_terminal_shows_the_kinds_of_changes_and_a_bar() {
    use common::terminal::Terminal;

    let fleet = Fleet::new(3, EACH);
    let file = fleet.path().join("bimpe.yaml");
    let mut command = bimpe(Some(&fleet.sandbox));
    command.env("ORDERS_TOKEN", "t0k3n").args(["apply", "--all", "--file"]).arg(file);
    let mut terminal = Terminal::start(&command, 100);
    terminal.expect("Apply these changes? [y/N]");
    assert!(terminal.text().contains("+ agents/*/mcp_server/Stock: 4 agents"), "{}", terminal.text());
    terminal.send("y\n");
    assert_eq!(terminal.end(), 0, "{}", terminal.text());
    assert!(terminal.text().contains("4/4 agents worked on"), "{}", terminal.text());
    fleet.assert_complete();
}
