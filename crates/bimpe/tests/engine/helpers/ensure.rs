//! Making what is not there.
use bimpe::ErrorKind;
use bimpe::engine::OperationRequest;
use bimpe::testing::{Reply, reply};
use serde_json::{Value, json};

use super::{ok, routes, run};
use crate::harness::{World, call_with};

/// Makes an entry of a list from an id and a name.
type Entry = fn(&str, &str) -> Value;

/// The three that find by name: the call, an entry of its list, and what makes a new one.
fn ensures() -> [(OperationRequest, Entry, &'static str); 3] {
    let integration: Entry = |id, name| json!({"id": id, "config": {"name": name}});
    let tool: Entry = |id, name| json!({"id": id, "name": name});
    let api = call_with("agents.integrations.custom_api.ensure", &["cm1"], json!({"name": "Orders"}));
    let server = json!({"name": "Orders", "server_url": "https://stock.example.com/mcp"});
    let server = call_with("agents.integrations.mcp_server.ensure", &["cm1"], server);
    let body = json!({"name": "Orders", "http_method": "GET", "url_template": "/orders"});
    let add = call_with("agents.integrations.custom_api.tools.ensure", &["cm1", "cm2"], body);
    [
        (api, integration, "POST /agents/cm1/integrations/custom_api/configure"),
        (server, integration, "POST /agents/cm1/integrations/mcp_server/configure"),
        (add, tool, "POST /agents/cm1/integrations/custom_api/cm2/tools"),
    ]
}

#[test]
fn ensure_returns_an_existing_resource_unchanged() {
    for (call, entry, _) in ensures() {
        let list = json!([entry("cm3", "orders"), entry("cm4", "Orders"), entry("cm5", "Orders")]);
        let world = World::script([ok(&list)]);
        assert_eq!(run(&world, call).expect("it is there"), entry("cm4", "Orders"), "the first of two");
        assert_eq!(world.sent(), 1);
    }
}

#[test]
fn ensure_creates_a_missing_resource() {
    for (mut call, entry, create) in ensures() {
        let made = reply(201, json!({"message": "ok", "data": entry("cm6", "Orders")}).to_string());
        let after = ok(&json!([entry("cm3", "Orders 2"), entry("cm6", "Orders")]));
        let world = World::script([ok(&json!([entry("cm3", "Orders 2")])), made, after]);
        call.options.idempotency_key = Some("once".to_owned());
        let body = call.body.clone().expect("a body");
        let response = world.run(call).expect("it is made");
        assert_eq!((response.status, response.attempts), (201, 3));
        assert_eq!(response.idempotency_key.as_deref(), Some("once"));
        assert_eq!(response.data(), entry("cm6", "Orders").to_string());
        assert_eq!(routes(&world)[1], create);
        assert_eq!(world.header("idempotency-key"), ["", "once", ""]);
        let sent = world.transport.requests()[1].body.clone().expect("a body");
        assert_eq!(serde_json::from_slice::<Value>(&sent).expect("JSON"), body);
    }
}

#[test]
fn ensure_creates_nothing_if_the_list_is_unreadable() {
    for (call, _, _) in ensures() {
        let world = World::script([ok(&json!({"items": []}))]);
        let error = world.run(call.clone()).expect_err("not a list");
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
        assert!(error.message().contains("without a list in `data`"), "{error}");
        assert_eq!(world.sent(), 1, "nothing was created");
        let world = World::script([reply(403, r#"{"message": "no", "statusCode": 403}"#)]);
        assert_eq!(world.run(call).expect_err("refused").kind(), ErrorKind::PermissionDenied);
        assert_eq!(world.sent(), 1);
    }
}

fn created(entry: &Value) -> Reply {
    reply(201, json!({"message": "ok", "data": entry}).to_string())
}

/// The key of the first POST when this call finds nothing.
fn key_of(call: &OperationRequest, api_key: &str) -> String {
    let replies = [ok(&json!([])), created(&json!({"id": "cm6"})), ok(&json!([{"id": "cm6"}]))];
    let transport = bimpe::testing::MemoryTransport::script(replies);
    let world =
        World::with(transport, bimpe::testing::VirtualClock::new(), |builder| builder.api_key(api_key));
    world.run(call.clone()).expect("it is made");
    world.header("idempotency-key")[1].clone()
}

#[test]
fn equal_ensure_requests_share_an_idempotency_key() {
    let api = |agent: &str, body: Value| call_with("agents.integrations.custom_api.ensure", &[agent], body);
    let body = json!({"name": "Orders", "base_url": "https://a.example.com"});
    let key = key_of(&api("cm1", body.clone()), "sk_one");
    assert!((16..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()), "{key}");
    let other_order = json!({"base_url": "https://a.example.com", "name": "Orders"});
    assert_eq!(key_of(&api("cm1", other_order), "sk_one"), key);
    let other_url = json!({"name": "Orders", "base_url": "https://b.example.com"});
    let server = json!({"name": "Orders", "server_url": "https://a.example.com"});
    let server = call_with("agents.integrations.mcp_server.ensure", &["cm1"], server);
    let others = [
        key_of(&api("cm1", other_url), "sk_one"),
        key_of(&api("cm2", body.clone()), "sk_one"),
        key_of(&api("cm1", body), "sk_two"),
        key_of(&server, "sk_one"),
    ];
    assert!(!others.contains(&key), "{others:?}");
}

#[test]
fn a_replayed_but_deleted_resource_is_created_with_another_key() {
    for (call, entry, create) in ensures() {
        let gone = || created(&entry("cm6", "Orders"));
        let none = || ok(&json!([]));
        // The list is read twice before the entry counts as deleted: a new one may take a moment to appear.
        let world = World::script([
            none(),
            gone(),
            none(),
            none(),
            created(&entry("cm7", "Orders")),
            none(),
            ok(&json!([entry("cm7", "Orders")])),
        ]);
        assert_eq!(run(&world, call.clone()).expect("it is made")["id"], "cm7");
        let posts = routes(&world).into_iter().filter(|route| route == create).count();
        let keys: Vec<String> =
            world.header("idempotency-key").into_iter().filter(|key| !key.is_empty()).collect();
        assert_eq!(posts, 2);
        assert_ne!(keys[0], keys[1]);
        // Another program that finds the same follows with the same key.
        let again = World::script([
            none(),
            gone(),
            none(),
            none(),
            created(&entry("cm7", "Orders")),
            ok(&json!([entry("cm7", "Orders")])),
        ]);
        assert!(run(&again, call).is_ok());
        assert_eq!(again.header("idempotency-key")[4], keys[1]);
    }
}

#[test]
fn ensure_retries_after_a_conflict() {
    let busy = || reply(409, r#"{"message": "in progress", "code": "conflict", "statusCode": 409}"#);
    for (call, entry, _) in ensures() {
        let world = World::script([ok(&json!([])), busy(), ok(&json!([entry("cm6", "Orders")]))]);
        assert_eq!(run(&world, call.clone()).expect("the other program made it")["id"], "cm6");
        let (none, made) = (ok(&json!([])), created(&entry("cm6", "Orders")));
        let world = World::script([ok(&json!([])), busy(), none, made, ok(&json!([entry("cm6", "Orders")]))]);
        assert!(run(&world, call.clone()).is_ok());
        let keys = world.header("idempotency-key");
        assert_eq!(keys[1], keys[3], "the same request keeps its key");

        let refuse = |code: &'static str| {
            World::new(bimpe::testing::MemoryTransport::new(move |request| {
                let body = json!({"message": "no", "code": code, "statusCode": 409}).to_string();
                if request.method == "GET" { ok(&json!([])) } else { reply(409, body) }
            }))
        };
        let world = refuse("conflict");
        let error = world.run(call.clone()).expect_err("it stays so");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Conflict, 10));
        assert_eq!(world.sent(), 10);
        let world = refuse("integration_limit_reached");
        assert_eq!(world.run(call).expect_err("no room").code(), Some("integration_limit_reached"));
        assert_eq!(world.sent(), 4, "waiting makes no room");
    }
}
