//! `bimpe tools import` against a sandbox.

mod common;

use std::io::{Read, Write};
use std::net::TcpListener;

use bimpe_sandbox::Sandbox;
use common::command::{Ran, bimpe, finish, run};
#[cfg(target_os = "linux")]
use common::terminal::Terminal;
use serde_json::{Value, json};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openapi/shop.yaml");

struct Shop {
    sandbox: Sandbox,
    integration: String,
}

impl Shop {
    fn new() -> Self {
        let sandbox = Sandbox::start_blocking().expect("a sandbox");
        let body = json!({"name": "Shop", "base_url": "https://eu.shop.example.com/v1", "auth_type": "bearer",
            "auth_config": {"token": "shop-token"}});
        let mut command = bimpe(Some(&sandbox));
        command.args(["agents", "integrations", "custom-api", "configure", sandbox.agent_id(), "--json"]);
        let ran = finish(command.args(["--body", "-"]), &body.to_string());
        let integration = ran.json()["id"].as_str().unwrap_or_else(|| panic!("{ran:?}")).to_owned();
        Self { sandbox, integration }
    }

    fn import(&self, arguments: &[&str]) -> Ran {
        let mut command = bimpe(Some(&self.sandbox));
        command.args(["tools", "import", self.sandbox.agent_id(), &self.integration]);
        finish(command.args(arguments), "")
    }

    fn tools(&self) -> Vec<String> {
        let line = format!(
            "agents integrations custom-api tools list {} {} --json",
            self.sandbox.agent_id(),
            self.integration
        );
        let listed = run(&self.sandbox, &line).json();
        let names = listed
            .as_array()
            .expect("a list")
            .iter()
            .map(|tool| tool["name"].as_str().expect("a name").to_owned());
        names.collect()
    }

    fn writes(&self) -> usize {
        self.sandbox
            .requests(None)
            .expect("requests")
            .iter()
            .filter(|request| request["method"] != "GET")
            .count()
    }
}

#[test]
fn nothing_is_added_without_a_yes() {
    let shop = Shop::new();
    let before = shop.writes();
    let ran = shop.import(&[DOCUMENT]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.out.contains("+ Create an order: POST /orders\n    parameters: order_id, lines, channel"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("! upload (POST /photos): its body is a form with files"), "{}", ran.out);
    assert!(ran.err.contains("--yes adds them"), "{}", ran.err);
    assert_eq!(shop.writes(), before);
}

#[test]
#[cfg(target_os = "linux")]
fn a_person_decides_in_a_terminal() {
    let shop = Shop::new();
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openapi/orders.yaml");
    for (reply, code, tools) in [("n\n", 1, 0), ("\u{3}", 130, 0), ("y\n", 0, 2)] {
        let mut command = bimpe(Some(&shop.sandbox));
        command.args(["tools", "import", shop.sandbox.agent_id(), &shop.integration, document]);
        let mut terminal = Terminal::start(&command, 100);
        terminal.expect("Add 2 tools? [y/N]");
        terminal.send(reply);
        assert_eq!(terminal.end(), code, "{}", terminal.text());
        assert_eq!(shop.tools().len(), tools, "{}", terminal.text());
    }
}

#[test]
fn a_second_import_finds_the_tools_of_the_first() {
    let shop = Shop::new();
    let ran = shop.import(&[DOCUMENT, "--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let tools = shop.tools();
    assert!(tools.contains(&"Find an order".to_owned()), "{tools:?}");
    let again = shop.import(&[DOCUMENT, "--yes", "--json"]);
    assert_eq!((again.code, &again.json()["add"]), (0, &json!([])));
    assert_eq!(again.json()["same"].as_array().map(Vec::len), Some(tools.len()));
    assert_eq!(shop.tools(), tools);
}

#[test]
fn an_import_that_failed_halfway_is_completed_by_the_next() {
    let shop = Shop::new();
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openapi/orders.yaml");
    assert_eq!(shop.import(&[document, "--yes", "--only", "Create order"]).code, 0);
    let fault = json!({"operation": "agents.integrations.custom_api.tools.add", "status": 400, "times": 1});
    shop.sandbox.fail(fault).expect("a fault");
    let ran = shop.import(&[document, "--yes"]);
    assert!(ran.code == 1 && ran.err.contains("Run the command again"), "{ran:?}");
    assert_eq!(shop.tools(), ["Create order"]);
    assert_eq!(shop.import(&[document, "--yes"]).code, 0);
    assert_eq!(shop.tools().len(), 2);
}

#[test]
fn a_changed_description_is_replaced_on_demand() {
    let shop = Shop::new();
    let line = "curl https://eu.shop.example.com/v1/stock/{sku}";
    assert_eq!(shop.import(&["--curl", line, "--name", "Stock", "--description", "Old", "--yes"]).code, 0);
    let changed = ["--curl", line, "--name", "Stock", "--description", "New", "--yes"];
    let kept = shop.import(&changed);
    assert!(kept.code == 0 && kept.out.contains("~ Stock: GET /stock/{{sku}}"), "{kept:?}");
    let replaced = shop.import(&[&changed[..], &["--replace"]].concat());
    assert!(replaced.code == 0 && replaced.err.contains("replaced Stock"), "{replaced:?}");
    assert_eq!(shop.tools(), ["Stock"]);
    assert!(shop.import(&changed).out.contains("= Stock: exists"));
}

#[test]
fn a_document_comes_from_a_url() {
    let shop = Shop::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/openapi.json", listener.local_addr().expect("an address"));
    let server = std::thread::spawn(move || {
        let document = json!({"openapi": "3.1.0", "servers": [{"url": "/v2"}], "paths": {"/a": {"get": {"summary": "A"}}}});
        for status in ["200 OK", "404 Not Found"] {
            let (mut connection, _) = listener.accept().expect("a connection");
            let _ = connection.read(&mut [0; 4096]).expect("a request");
            let body = document.to_string();
            write!(
                connection,
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            )
            .expect("a response");
        }
    });
    let ran = shop.import(&[&url, "--json", "--yes"]);
    let tool: Value = ran.json()["add"][0]["tool"].clone();
    assert_eq!(tool["url_template"], url.replace("/openapi.json", "/v2/a"));
    let missing = shop.import(&[&url]);
    assert!(missing.code == 1 && missing.err.contains("the server responded with 404"), "{missing:?}");
    server.join().expect("both requests");
}

#[test]
fn an_imported_tool_sends_the_request_of_the_document() {
    let shop = Shop::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let server = format!("http://{}", listener.local_addr().expect("an address"));
    let text = json!({"type": "string"});
    let parameters = json!([
        {"name": "order-id", "in": "path", "required": true, "schema": text},
        {"name": "notify", "in": "query", "required": true, "schema": {"type": "boolean"}},
        {"name": "X-Tenant", "in": "header", "required": true, "schema": text},
    ]);
    let address = json!({"type": "object", "properties": {"city": text}});
    let body = json!({"type": "object", "required": ["sku", "quantity", "address", "kind"], "properties":
        {"sku": text, "quantity": {"type": "integer"}, "address": address, "kind": {"const": "line"}}});
    let operation = json!({"summary": "Add line", "parameters": parameters,
        "requestBody": {"content": {"application/json": {"schema": body}}}});
    let document = json!({"openapi": "3.1.0", "servers": [{"url": server}],
        "paths": {"/orders/{order-id}/lines": {"post": operation}}});
    let mut command = bimpe(Some(&shop.sandbox));
    command.args(["tools", "import", shop.sandbox.agent_id(), &shop.integration, "-", "--yes"]);
    assert_eq!(finish(&mut command, &document.to_string()).code, 0);

    let received = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a connection");
        let mut request = String::new();
        while !request.ends_with("\"line\"}") {
            let mut bytes = [0; 4096];
            let length = connection.read(&mut bytes).expect("a request");
            assert_ne!(length, 0, "{request}");
            request.push_str(&String::from_utf8_lossy(&bytes[..length]));
        }
        let response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
        connection.write_all(response.as_bytes()).expect("a response");
        request
    });
    let list = format!(
        "agents integrations custom-api tools list {} {} --json",
        shop.sandbox.agent_id(),
        shop.integration
    );
    let id = run(&shop.sandbox, &list).json()[0]["id"].as_str().expect("an id").to_owned();
    let arguments = json!({"order_id": "A 1", "notify": true, "X_Tenant": "t", "sku": "A-1", "quantity": 2,
        "address": {"city": "Lagos"}});
    let info = json!({"url": shop.sandbox.url(), "api_key": shop.sandbox.api_key()});
    let path = format!("/_sandbox/tools/{id}/dry-run");
    let result = common::send(&info, "POST", &path, &json!({"arguments": arguments})).expect("a response");
    let request = received.join().unwrap_or_else(|_| panic!("no request: {result}"));
    assert!(request.starts_with("POST /orders/A%201/lines?notify=true HTTP/1.1\r\n"), "{request}");
    let (head, body) = request.split_once("\r\n\r\n").expect("a body");
    for header in ["x-tenant: t", "content-type: application/json", "authorization: bearer shop-token"] {
        assert!(head.to_lowercase().contains(header), "{header}: {head}");
    }
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(body, json!({"sku": "A-1", "quantity": 2, "address": {"city": "Lagos"}, "kind": "line"}));
}

#[test]
fn errors_name_the_cause() {
    let shop = Shop::new();
    let broken = std::env::temp_dir().join(format!("bimpe-broken-{}.yaml", std::process::id()));
    std::fs::write(&broken, "openapi: 3.0.3\npaths: [").expect("a file");
    let broken = broken.to_str().expect("a path");
    for (arguments, code, expected) in [
        (&["missing.yaml"][..], 1, "cannot read `missing.yaml`"),
        (&[broken], 64, "line 2"),
        (&["http://127.0.0.1:9/openapi.json"], 1, "cannot read `http://127.0.0.1:9/openapi.json`"),
        (&["--curl", "curl -F a=@b https://a.example"], 64, "files and forms"),
        (&[DOCUMENT, "--only", "Find"], 64, "no tool has the name `Find`"),
        (&[], 64, "<DOCUMENT>"),
    ] {
        let ran = shop.import(arguments);
        assert!(
            ran.code == code && ran.err.contains(expected) && ran.out.is_empty(),
            "{arguments:?}: {ran:?}"
        );
    }
    let line = format!("tools import {} cm0unknown {DOCUMENT}", shop.sandbox.agent_id());
    let ran = run(&shop.sandbox, &line);
    assert!(ran.code == 1 && ran.err.contains("has no custom API `cm0unknown`"), "{ran:?}");
    assert!(ran.err.contains(&shop.integration), "{ran:?}");
    std::fs::remove_file(broken).expect("the file");
}

/// Returns the code blocks of a page in one language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let open = format!("```{language}\n");
    page.split(open.as_str()).skip(1).filter_map(|rest| rest.split("```\n").next()).collect()
}

#[test]
#[cfg(unix)]
fn examples_of_the_documentation_print_what_it_says() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let page = std::fs::read_to_string(format!("{root}/docs/import.md")).expect("the page");
    let (examples, outputs) = (blocks(&page, "sh"), blocks(&page, "text"));
    assert_eq!((examples.len(), outputs.len()), (2, 2));
    let shop = Shop::new();
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_bimpe")).parent().expect("a folder");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    for (example, output) in examples.into_iter().zip(outputs) {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", example]).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openapi"));
        shell.envs(bimpe(Some(&shop.sandbox)).get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.env("PATH", &path).env("AGENT", shop.sandbox.agent_id()).env("INTEGRATION", &shop.integration);
        let ran = finish(&mut shell, "");
        assert_eq!(ran.out, output, "{example}{}", ran.err);
    }
}
