//! `bimpe plan`, `apply`, `export` and `schema`.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::command::{bimpe, finish, recorded};
use common::world::World;
use serde_json::{Value, json};

const SHOP: &str = "
workflows: [{ name: Order desk, system_prompt: Be brief. }]
agents:
  - name: Olu
    description: Takes orders
    workflow: Order desk
    knowledge: [{ name: Hours, type: text, content: From 8 to 20. }]
    integrations:
      custom_api: [{ name: Orders, auth_type: bearer, auth_config: { token: \"${env:ORDERS_TOKEN}\" } }]
";

/// Returns how many agents were created.
fn created_agents(world: &World) -> usize {
    recorded(&world.sandbox, "agents.create").len()
}

#[test]
fn plan_apply_and_plan_end_with_2_0_and_0() {
    let world = World::new(SHOP);
    let plan = world.run("plan");
    assert_eq!((plan.code, plan.err.as_str()), (2, ""), "{plan:?}");
    assert!(
        plan.out.contains("+ agents/Olu/custom_api/Orders") && plan.out.ends_with("4 to create.\n"),
        "{plan:?}"
    );
    assert!(!plan.out.contains("t0k3n"), "{plan:?}");
    let json = world.run("plan --json");
    assert_eq!((json.code, &json.json()["changes"][0]["action"]), (2, &json!("create")));
    let apply = world.run("apply --yes");
    assert_eq!(apply.code, 0, "{apply:?}");
    assert!(
        apply.err.contains("done: + agents/Olu") && apply.out.ends_with("4 done, 0 pending, 0 left.\n"),
        "{apply:?}"
    );
    let again = world.run("plan");
    assert_eq!((again.code, again.out.as_str()), (0, "Nothing to do.\n"), "{again:?}");
    assert_eq!(
        world.run("apply --json").json(),
        json!({ "done": [], "pending": [], "left": [], "error": null })
    );
}

#[test]
fn apply_without_terminal_and_without_yes_changes_nothing() {
    let world = World::new(SHOP);
    let ran = world.run("apply");
    assert_eq!(ran.code, 64, "{ran:?}");
    assert!(ran.err.contains("pass --yes"), "{ran:?}");
    assert_eq!(created_agents(&world), 0);
}

#[test]
fn saved_plan_applies_and_is_refused_for_a_changed_file() {
    let world = World::new(SHOP);
    assert_eq!(world.run("plan --out plan.json").code, 2);
    let saved = fs::read_to_string(world.path().join("plan.json")).expect("a plan");
    assert!(!saved.contains("t0k3n"), "{saved}");
    world.write(&SHOP.replace("Takes", "Took"));
    let refused = world.run("apply --plan plan.json --yes");
    assert!(refused.code == 1 && refused.err.contains("the files changed since the plan"), "{refused:?}");
    world.write(SHOP);
    assert_eq!(world.run("apply --plan plan.json --yes").code, 0);
    let usage = world.run("apply --plan plan.json --prune");
    assert_eq!(usage.code, 64, "{usage:?}");
}

#[test]
fn errors_name_the_line_and_leave_standard_output_empty() {
    let world = World::new("agents:\n  - name: Olu\n    languages: en\n");
    let ran = world.run("plan");
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    let expected = "bimpe.yaml:3:5: `languages` is not a field of `agents`; did you mean `language`?\n 3 |     languages: …\n   |     ^";
    assert!(ran.err.contains(expected), "{ran:?}");
    let missing = world.run("plan --file other.yaml");
    assert!(missing.code == 1 && missing.err.contains("cannot read `other.yaml`"), "{missing:?}");
}

#[test]
fn connection_that_a_person_must_finish_ends_with_3() {
    let text = "agents: [{ name: Ada, integrations: { bimpeai: [{ name: google_sheets }] } }]";
    let world = World::new(text);
    let ran = world.run("apply --yes");
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.out.contains("agents/Ada/bimpeai/google_sheets pending: open http://"), "{ran:?}");
    world.sandbox.approve_all().expect("approvals");
    assert_eq!(world.run("apply").code, 0);
}

#[test]
fn export_plans_to_nothing() {
    let world = World::new(SHOP);
    assert_eq!(world.run("apply --yes").code, 0);
    let export = world.run("export Olu");
    assert!(export.code == 0 && export.out.contains("# not readable: "), "{export:?}");
    fs::write(world.path().join("olu.yaml"), &export.out).expect("a file");
    let plan = world.run("plan --file olu.yaml");
    assert_eq!(plan.code, 0, "{plan:?}");
    assert_eq!(world.run("export").code, 64);
    assert_eq!(world.run("export Missing").code, 1);
}

#[test]
fn schema_is_json_with_all_sections() {
    let schema = finish(bimpe(None).arg("schema"), "").json();
    let sections: Vec<&String> = schema["properties"].as_object().expect("sections").keys().collect();
    assert_eq!(sections, ["workflows", "agents", "defaults", "each_agent"]);
    let each = &schema["properties"]["each_agent"]["properties"];
    assert!(each["integrations"].is_object() && each["name"].is_null(), "{each}");
}

#[test]
fn packages_hold_the_schema_that_the_command_writes() {
    let schema = finish(bimpe(None).arg("schema"), "").out;
    for file in ["bimpe.schema.json", "python/bimpe_cli/bimpe.schema.json"] {
        let packed = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a file");
        assert!(
            packed == schema,
            "crates/bimpe-cli/{file} is out of date: write the output of `bimpe schema` to it"
        );
    }
}

/// Numbers from a seed, so that a failure can be repeated.
fn random(seed: &mut u64, limit: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % limit
}

fn names(value: &Value) -> Vec<&str> {
    value.as_array().expect("a list").iter().filter_map(|entry| entry["name"].as_str()).collect()
}

#[test]
fn twenty_kills_and_two_runs_at_once_make_no_duplicates() {
    let agents: String =
        (0..12).fold(String::new(), |text, index| format!("{text}  - name: Agent {index}\n"));
    let defaults = SHOP.replace("agents:\n  - name: Olu\n", "defaults:\n  agents:\n");
    let text = format!("{defaults}\nagents:\n{agents}");
    let world = World::new(&text);
    let mut seed = 5;
    for _ in 0..20 {
        let start = |line| {
            let mut command = world.command(line);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
        };
        let mut both = [start("apply --yes"), start("apply --yes")];
        std::thread::sleep(Duration::from_millis(30 + random(&mut seed, 200)));
        for child in &mut both {
            child.kill().expect("it can be killed");
            child.wait().expect("it ended");
        }
    }
    let last = world.run("apply --yes");
    assert_eq!(last.code, 0, "{last:?}");
    assert_eq!(world.run("plan").code, 0);
    let listed = world.run("agents list --all --json").json();
    let mut found = names(&listed);
    found.sort_unstable();
    let count = found.len();
    found.dedup();
    assert_eq!((found.len(), count), (13, 13), "{found:?}");
    for agent in listed.as_array().expect("a list").iter().filter(|agent| agent["name"] != "Ada") {
        let id = agent["id"].as_str().expect("an id");
        let knowledge = world.run(&format!("agents knowledge-bases list {id} --json")).json();
        assert_eq!(names(&knowledge), ["Hours"]);
        let apis = world.run(&format!("agents integrations custom-api list {id} --json")).json();
        assert_eq!(apis.as_array().expect("a list").len(), 1);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn apply_in_a_terminal_asks_first() {
    use common::terminal::Terminal;

    let world = World::new(SHOP);
    for (typed, code, agents) in [("n\n", 1, 0), ("\u{3}", 130, 0), ("y\n", 0, 1)] {
        let file = world.path().join("bimpe.yaml");
        let mut command = bimpe(Some(&world.sandbox));
        command.env("ORDERS_TOKEN", "t0k3n").args(["apply", "--file"]).arg(file);
        let mut terminal = Terminal::start(&command, 100);
        terminal.expect("Apply these changes? [y/N]");
        assert!(terminal.text().contains("\u{1b}[32m+ agents/Olu"), "{}", terminal.text());
        terminal.send(typed);
        assert_eq!(terminal.end(), code, "{}", terminal.text());
        assert_eq!(created_agents(&world), agents);
    }
}

/// The blocks of a page, with their languages.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once("\n```") {
        let (language, after) = after.split_once('\n').expect("a line");
        let (body, after) = after.split_once("```").expect("the end of a block");
        blocks.push((language.to_owned(), body.to_owned()));
        rest = after;
    }
    blocks
}

#[cfg(unix)]
#[test]
fn examples_of_the_page_run() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("docs/as-code.md")).expect("the page");
    let world = World::new("");
    let folder = Path::new(env!("CARGO_BIN_EXE_bimpe")).parent().expect("a folder");
    let path = std::env::join_paths(
        [folder]
            .into_iter()
            .map(Path::to_path_buf)
            .chain(std::env::split_paths(&std::env::var_os("PATH").expect("a path"))),
    );
    let path = path.expect("a path");
    let mut last = String::new();
    let mut ran = 0;
    for (language, body) in blocks(&page) {
        match language.as_str() {
            "yaml" => world.write(&body),
            "sh" => {
                let base = world.command("");
                let mut command = Command::new("sh");
                command.arg("-c").arg(&body).current_dir(world.path()).env("PATH", &path);
                for (name, value) in base.get_envs() {
                    match value {
                        Some(value) => command.env(name, value),
                        None => command.env_remove(name),
                    };
                }
                let output = finish(&mut command, "");
                assert!(matches!(output.code, 0 | 2 | 3), "{body}{output:?}");
                last = output.out;
                ran += 1;
            }
            "text" => assert_eq!(last, body),
            "json" => drop(serde_json::from_str::<Value>(&body).expect("JSON")),
            other => panic!("a block in {other}"),
        }
    }
    assert!(ran >= 5, "{ran} commands");
}
