//! Every operation of the table as a command.

mod common;

use bimpe::operations::OPERATIONS;
use bimpe::schema::{Operation, ResponseShape, Segment};
use bimpe_sandbox::{OPENAPI, Sandbox};
use common::command::{bimpe, finish, run};
use serde_json::{Map, Value, json};

fn words(operation: &Operation) -> Vec<String> {
    operation.id.split('.').map(|word| word.replace('_', "-")).collect()
}

fn ids(operation: &Operation) -> Vec<&'static str> {
    let ids = operation.segments.iter().filter_map(|segment| match segment {
        Segment::Id { name, .. } => Some(*name),
        Segment::Literal(_) => None,
    });
    ids.collect()
}

/// The operations that send one request, and the examples of their bodies.
fn requests() -> impl Iterator<Item = (&'static Operation, Option<Value>)> {
    let document: Value = serde_json::from_str(OPENAPI).expect("JSON");
    let single = OPERATIONS.iter().filter(|operation| operation.helper.is_none());
    single.map(move |operation| {
        let node = &document["paths"][operation.path][operation.method.as_str().to_lowercase()];
        let content = &node["requestBody"]["content"]["application/json"];
        let named = content["examples"].as_object().and_then(|all| all.values().next());
        let example = content.get("example").or_else(|| named?.get("value")).cloned();
        assert_eq!(example.is_some(), operation.body.is_some(), "{} has an example", operation.id);
        (*operation, example)
    })
}

fn requested(sandbox: &Sandbox, operation: &Operation) -> Value {
    sandbox
        .requests(Some(operation.id))
        .expect("a known operation")
        .pop()
        .unwrap_or_else(|| panic!("{} was requested", operation.id))
}

#[test]
fn every_operation_has_a_help_text_with_its_arguments_and_fields() {
    for operation in OPERATIONS {
        let ran = finish(bimpe(None).args(words(operation)).arg("--help"), "");
        assert_eq!(ran.code, 0, "{ran:?}");
        let usage = ran.out.lines().find(|line| line.starts_with("Usage:")).expect("a usage line");
        for id in ids(operation) {
            let name = id.trim_end_matches("_id").replace('_', "-").to_uppercase();
            assert!(usage.contains(&format!("<{name}>")), "{}: {usage}", operation.id);
        }
        for field in operation.query {
            let option = format!("--{}", field.name.replace('_', "-"));
            let is_there = [" <", "[="].iter().any(|value| ran.out.contains(&format!("{option}{value}")));
            assert!(is_there, "{}: {option}", operation.id);
        }
        let bare = ran.out.lines().filter(|line| line.trim_start().starts_with('<')).count();
        let described = ran.out.split("Options:").next().expect("a text");
        assert!(described.matches("  <").count() == bare, "{}", operation.id);
        assert!(!ran.out.starts_with('\n') && !ran.out.starts_with("Usage"), "{} has a text", operation.id);
    }
}

#[test]
fn every_operation_sends_its_request_with_the_body_of_standard_input() {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    for (operation, example) in requests() {
        if matches!(operation.response, ResponseShape::Stream(_)) {
            continue;
        }
        let mut command = bimpe(Some(&sandbox));
        command.args(words(operation)).args(ids(operation)).arg("--json");
        if example.is_some() {
            command.args(["--body", "-"]);
        }
        let ran = finish(&mut command, &example.as_ref().map(Value::to_string).unwrap_or_default());
        let request = requested(&sandbox, operation);
        assert_eq!(ran.code == 0, request["status"].as_u64() < Some(300), "{}: {ran:?}", operation.id);
        if ran.code != 0 {
            assert_eq!(ran.out, "", "{}: an error leaves standard output empty", operation.id);
            let error: Value = serde_json::from_str(&ran.err).expect("one line of JSON");
            assert_eq!(error["error"]["status"], request["status"], "{}", operation.id);
        }
    }
}

#[test]
fn the_options_of_every_field_make_the_same_body() {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    for (operation, example) in requests() {
        let Some(Value::Object(example)) = example else { continue };
        let mut command = bimpe(Some(&sandbox));
        command.args(words(operation)).args(ids(operation)).arg("--insecure-args");
        command.args(options(&example, ""));
        let ran = finish(&mut command, "");
        let by_options = requested(&sandbox, operation)["body"].clone();
        let mut command = bimpe(Some(&sandbox));
        command.args(words(operation)).args(ids(operation)).args(["--body", "-"]);
        finish(&mut command, &Value::from(example).to_string());
        assert_eq!(by_options, requested(&sandbox, operation)["body"], "{}: {ran:?}", operation.id);
        assert!(by_options.is_object(), "{by_options}");
    }
}

/// The options for the fields of an object.
fn options(fields: &Map<String, Value>, parent: &str) -> Vec<String> {
    let taken = ["timeout", "base-url"];
    let option = |name: &str| {
        let path = format!("{parent}{name}").replace('_', "-");
        if taken.contains(&&*path) { format!("--body.{path}") } else { format!("--{path}") }
    };
    let mut all = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Object(inner) if name == "auth_config" || name == "response_mapping" => {
                all.extend(options(inner, &format!("{name}.")));
            }
            Value::Array(items) if items.iter().all(Value::is_string) => {
                all.extend(
                    items.iter().filter_map(Value::as_str).flat_map(|item| [option(name), item.to_owned()]),
                );
            }
            Value::Bool(value) => all.push(format!("{}={value}", option(name))),
            Value::String(text) => all.extend([option(name), text.clone()]),
            other => all.extend([option(name), other.to_string()]),
        }
    }
    all
}

#[test]
fn a_list_has_one_page_a_limit_or_all_pages() {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    for number in 0..124 {
        let line =
            format!("agents create --workflow-id {} --name A{number} --description x", sandbox.workflow_id());
        assert_eq!(run(&sandbox, &line).code, 0);
    }
    let count = |line: &str| run(&sandbox, line).json().as_array().map(Vec::len);
    assert_eq!(count("agents list --json"), Some(20));
    assert_eq!(count("agents list --json --limit 3"), Some(3));
    assert_eq!(count("agents list --json --limit 103"), Some(103));
    assert_eq!(count("agents list --json --all"), Some(125));
    assert!(run(&sandbox, "agents list --json").err.contains("--all for more"));
    for bad in ["0", "-1", "1.5"] {
        let ran = run(&sandbox, &format!("agents list --limit {bad}"));
        assert_eq!((ran.code, ran.out.as_str()), (64, ""), "{ran:?}");
        assert!(ran.err.contains("limit"), "{ran:?}");
    }
}

#[test]
fn a_custom_request_has_any_path_with_a_query_and_a_body() {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    assert_eq!(run(&sandbox, "api GET /agents?limit=1 --json").json()[0]["id"], sandbox.agent_id());
    let path = format!("/agents/{}", sandbox.agent_id());
    let mut command = bimpe(Some(&sandbox));
    command.args(["api", "PATCH", &path, "--json", "--body", r#"{"name":"Grace"}"#]);
    assert_eq!(finish(&mut command, "").json()["name"], "Grace");
    let ran = run(&sandbox, "api FETCH /agents");
    assert_eq!(ran.code, 64, "{ran:?}");
}

#[test]
fn a_misspelt_word_option_value_or_field_gets_a_suggestion() {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    for (line, wanted) in [
        ("agnts list", "agents"),
        ("agents lisst", "list"),
        ("agents list --searchh x", "--search"),
        ("agents update-live-status x --status lvie", "live"),
        (r#"agents update x --body {"names":"x"}"#, "did you mean `name`"),
    ] {
        let ran = run(&sandbox, line);
        assert_eq!((ran.code, ran.out.as_str()), (64, ""), "{line}: {ran:?}");
        assert!(ran.err.contains(wanted), "{line}: {}", ran.err);
    }
}

#[test]
fn bad_input_is_one_error_with_a_next_step() {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    for (line, wanted) in [
        (
            "agents integrations custom-api configure x --base-url https://shop.example",
            "pass --body.base-url",
        ),
        ("agents integrations custom-api tools add x y --timeout 30", "pass --body.timeout"),
        ("agents update x --body {", "--body is not valid JSON at line 1, column 1"),
        ("agents update x --body [1]", "--body must be a JSON object"),
        ("agents update x --body @/no/such/file", "cannot read the file `/no/such/file`"),
        ("agents integrations bimpeai configure x --type bumpa --token env:NO_SUCH", "`NO_SUCH` is not set"),
        ("agents integrations bimpeai configure x --type bumpa", "the secret `token` is missing"),
        ("agents integrations bimpeai configure x --type bumpa --token tk_canary", "`token` is a secret"),
        (r#"api POST /agents/x --body {"a":{"token":"tk_canary"}}"#, "`token` is a secret"),
        (
            r#"agents integrations mcp-server configure x --auth-type custom --body {"auth_config":{"X":"tk_canary"}}"#,
            "`auth_config` is a secret",
        ),
    ] {
        let ran = run(&sandbox, line);
        assert_eq!((ran.code, ran.out.as_str()), (64, ""), "{line}: {ran:?}");
        assert!(ran.err.contains(wanted) && !ran.err.contains("canary"), "{line}: {}", ran.err);
    }
    assert_eq!(sandbox.requests(None).expect("requests"), Vec::<Value>::new());
}

#[test]
fn a_secret_comes_from_a_file_the_environment_or_standard_input() {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    let file = std::env::temp_dir().join(format!("bimpe-secret-{}", std::process::id()));
    std::fs::write(&file, "tk_canary\n").expect("a file");
    let path = format!("@{}", file.display());
    for (source, input) in [(path.as_str(), ""), ("env:BUMPA_TOKEN", ""), ("-", "tk_canary\n")] {
        let mut command = bimpe(Some(&sandbox));
        command.env("BUMPA_TOKEN", "tk_canary");
        command.args("agents integrations bimpeai configure --json --type bumpa".split(' '));
        let ran = finish(command.args([sandbox.agent_id(), "--token", source]), input);
        assert_eq!(ran.json()["success"], true, "{source}: {ran:?}");
        assert!(!ran.out.contains("canary") && !ran.err.contains("canary"), "{ran:?}");
    }
    std::fs::remove_file(file).expect("it is there");
    let body = json!({"type": "bumpa", "token": "tk_canary"}).to_string();
    let mut command = bimpe(Some(&sandbox));
    command.args(["agents", "integrations", "bimpeai", "configure", sandbox.agent_id(), "--body", "-"]);
    assert_eq!(finish(&mut command, &body).code, 0);
}
