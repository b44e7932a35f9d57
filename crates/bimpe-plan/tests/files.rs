//! Reading files: each refusal has its line and column.

mod common;

use common::{SHOP, document, files, read};

/// Returns the first problem of an invalid text.
fn problem(text: &str) -> String {
    read(text).expect_err("an invalid text").to_string()
}

#[test]
fn read_with_every_kind_of_object_succeeds() {
    document(SHOP);
    document("");
    document("agents:\nworkflows: []\n");
}

#[test]
fn read_with_invalid_text_names_line_and_column() {
    for (text, expected) in [
        ("agents: [", "bimpe.yaml:2:1: the YAML is invalid"),
        ("- agents", "bimpe.yaml:1:1: a file must be a mapping"),
        ("agents: []\n---\nagents: []", "bimpe.yaml:3:1: a file must hold one YAML document"),
        ("agents: []\nagents: []", "bimpe.yaml:2:1: the YAML is invalid: duplicated key in mapping"),
        ("agnets: []", "bimpe.yaml:1:1: `agnets` is not a section; did you mean `agents`?"),
        ("agents: Ada", "bimpe.yaml:1:9: `agents` must be a list"),
        ("agents: [Ada]", "bimpe.yaml:1:10: an item of `agents` must be a mapping"),
        ("agents:\n  - language: en", "bimpe.yaml:2:5: `name` is required"),
        ("agents:\n  - name: 1", "bimpe.yaml:2:5: `name` must be a string"),
        (
            "agents:\n  - name: Ada\n    languages: en",
            "bimpe.yaml:3:5: `languages` is not a field of `agents`; did you mean `language`?",
        ),
        ("agents:\n  - name: Ada\n    persona: kind", "bimpe.yaml:3:5: `persona` must be one of"),
        ("agents:\n  - name: Ada\n    channels: []", "bimpe.yaml:3:5: the API cannot change channels"),
        (
            "agents:\n  - name: Ada\n    workflow_id: cm1",
            "bimpe.yaml:3:5: `workflow_id` is not a field of `agents`; did you mean `workflow`?",
        ),
        ("agents:\n  - name: Ada\n    status: on", "bimpe.yaml:3:5: `status` must be one of"),
        ("agents:\n  - name: Ada\n    language: !x en", "bimpe.yaml:3:15: YAML tags are unsupported"),
        (
            "agents:\n  - name: Ada\n    integrations: { custom: [] }",
            "bimpe.yaml:3:21: `custom` is not a family",
        ),
        (
            "agents:\n  - name: Ada\n    integrations:\n      bimpeai:\n        - name: stripes",
            "bimpe.yaml:5:11: `name` must be one of",
        ),
        (
            "agents:\n  - name: Ada\n    knowledge:\n      - { name: Hours, type: text, url: \"https://a.example\" }",
            "bimpe.yaml:4:36: `url` is not used with type `text`",
        ),
        (
            "workflows:\n  - name: Shop\n    rules:\n      - id: a\n        enabled: yes please",
            "bimpe.yaml:5:9: `rules[0].enabled` must be true or false",
        ),
        (
            "agents:\n  - name: Ada\n    actions:\n      - name: a\n      - name: a",
            "bimpe.yaml:5:9: the action `a` is there twice",
        ),
        ("defaults: { agent: {} }", "bimpe.yaml:1:13: `agent` is not a section; did you mean `agents`?"),
    ] {
        let found = problem(text);
        assert!(found.starts_with(expected), "{text}\n  {found}\n  {expected}");
    }
}

#[test]
fn read_with_several_problems_names_all() {
    let text = "agents:\n  - name: Ada\n    languages: en\n  - name: Bob\n    persona: kind\n";
    assert_eq!(read(text).expect_err("an invalid text").problems.len(), 2);
}

#[test]
fn read_with_the_same_name_twice_names_both_places() {
    let text = "agents:\n  - name: Ada\n  - name: Ada\n";
    assert!(problem(text).starts_with("bimpe.yaml:3:5: `Ada` is there twice, first at bimpe.yaml:2:5"));
    let mut files = files();
    files.read_text("a.yaml", "agents: [{ name: Ada }]").expect("a file");
    files.read_text("b.yaml", "agents: [{ name: Ada }]").expect("a file");
    let error = files.finish().expect_err("two of one name").to_string();
    assert!(error.starts_with("b.yaml:1:12: `Ada` is there twice, first at a.yaml:1:12"), "{error}");
}

/// A custom API with a secret.
fn with_token(token: &str) -> String {
    format!(
        "agents:\n  - name: Ada\n    integrations:\n      custom_api:\n        - name: Orders\n          auth_type: bearer\n          auth_config: {{ token: \"{token}\" }}\n"
    )
}

#[test]
fn read_with_secret_in_clear_refuses_and_hides_it() {
    let error = problem(&with_token("hunter2"));
    assert!(error.starts_with("bimpe.yaml:7:26: `auth_config.token` is a secret in clear"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    read(&with_token("${env:ORDERS_TOKEN}")).expect("a reference");
    read(&with_token("Bearer ${env:ORDERS_TOKEN}")).expect("a reference within a text");
    read(&with_token("${clear:hunter2}")).expect("a secret that is marked");
}

#[test]
fn read_with_headers_refuses_only_secret_ones() {
    let tool = |header: &str| {
        format!(
            "agents:\n  - name: Ada\n    integrations:\n      custom_api:\n        - name: Orders\n          tools:\n            - name: Find\n              http_method: GET\n              url_template: /a/{{{{x}}}}\n              headers_template: {{ {header} }}\n"
        )
    };
    read(&tool("Content-Type: application/json")).expect("a header that is no secret");
    read(&tool("X-User: \"{{x}}\"")).expect("a placeholder");
    assert!(problem(&tool("X-Key: abc")).contains("`headers_template.X-Key` is a secret in clear"));
}

#[test]
fn read_with_unresolved_reference_names_its_place() {
    let text = with_token("${env:MISSING}");
    assert!(problem(&text).starts_with("bimpe.yaml:7:33: the environment variable `MISSING` is missing"));
    assert!(problem(&with_token("${cmd:echo a}")).contains("runs a command, which is not allowed"));
}

#[test]
fn read_with_invalid_value_from_reference_hides_it() {
    let text = "agents:\n  - name: Ada\n    logo: ${clear:hunter2}\n";
    let error = problem(text);
    assert!(error.contains("`logo` must be an absolute URL") && !error.contains("hunter2"), "{error}");
}

#[test]
fn defaults_apply_unless_the_object_has_the_field() {
    let text = "
defaults:
  agents:
    persona: kind
agents:
  - name: Ada
    persona: concise
  - name: Bob
  - name: Eve
";
    let error = read(text).expect_err("an invalid default");
    assert_eq!(error.problems.len(), 1, "{error}");
    assert!(error.to_string().starts_with("bimpe.yaml:4:5: `persona` must be one of"), "{error}");
}

#[test]
fn read_with_a_misspelt_name_suggests_the_name() {
    let problems = read("agents:\n  - names: Ada\n").expect_err("an invalid text").problems;
    let texts: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(texts, ["`name` is required", "`names` is not a field of `agents`; did you mean `name`?"]);
}
