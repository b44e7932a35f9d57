//! What `ensure` does with a resource that differs.
use bimpe::ErrorKind;
use bimpe::engine::{Comparison, OperationRequest, compare, returned_fields};
use bimpe::operations::{WORKFLOWS_CREATE, WORKFLOWS_LIST};
use bimpe::schema::Type;
use bimpe::testing::reply;
use serde_json::{Value, json};

use super::{ok, routes, run};
use crate::harness::{World, call_with};

fn server(body: Value, on_difference: Option<&str>) -> OperationRequest {
    let mut call = call_with("agents.integrations.mcp_server.ensure", &["cm1"], body);
    if let Some(on_difference) = on_difference {
        call.query.insert("on_difference".to_owned(), on_difference.into());
    }
    call
}

fn wanted() -> Value {
    json!({"name": "Stock", "server_url": "https://new.example.com/mcp", "transport": "http_sse",
        "auth_type": "bearer", "auth_config": {"token": "connector-canary"}})
}

fn there(id: &str, url: &str, transport: &str, auth_type: &str) -> Value {
    json!({"id": id, "config": {"name": "Stock", "server_url": url, "transport": transport, "auth_type": auth_type}})
}

fn old() -> Value {
    there("cm3", "https://old.example.com/mcp", "http_sse", "none")
}

#[test]
fn ensure_lists_differences_in_the_error() {
    for on_difference in [None, Some("error")] {
        let world = World::script([ok(&json!([old()]))]);
        let error = world.run(server(wanted(), on_difference)).expect_err("it differs");
        assert_eq!(
            (error.kind(), error.code(), error.status()),
            (ErrorKind::EnsureConflict, Some("ensure_conflict"), None)
        );
        let fields: Vec<(&str, &str)> =
            error.field_errors().iter().map(|field| (field.path.as_str(), field.message.as_str())).collect();
        let expected = [
            ("server_url", "is `https://old.example.com/mcp`, not `https://new.example.com/mcp`"),
            ("auth_type", "is `none`, not `bearer`"),
        ];
        assert_eq!(fields, expected);
        let text = error.to_string();
        for part in ["`Stock` exists and differs: `server_url` is", "; `auth_type` is", "`keep` or `replace`"]
        {
            assert!(text.contains(part), "`{part}` is not in: {text}");
        }
        assert!(!format!("{text} {}", error.to_json()).contains("canary"));
        assert!(!error.may_have_been_applied() && !error.retryable());
        assert_eq!(world.sent(), 1);
    }
}

#[test]
fn equivalent_values_are_no_difference() {
    let body = json!({"name": "Stock", "server_url": "https://Stock.example.com:443/mcp/"});
    let entries = [
        there("cm3", "https://stock.example.com/mcp", "streamable_http", "none"),
        // A field that the request omits may have any value.
        there("cm3", "https://stock.example.com/mcp", "http_sse", "bearer"),
        // A field that the server does not return cannot be compared.
        json!({"id": "cm3", "config": {"name": "Stock"}}),
        json!({"id": "cm3", "config": {"name": "Stock", "server_url": null, "auth_config": "****", "more": 1}}),
    ];
    for entry in entries {
        let world = World::script([ok(&json!([entry]))]);
        assert_eq!(run(&world, server(body.clone(), None)).expect("it is the same"), entry);
    }
    // Of several with one name, the one that does not differ is meant.
    let same = there("cm4", "https://stock.example.com/mcp", "streamable_http", "none");
    let world = World::script([ok(&json!([old(), same]))]);
    assert_eq!(run(&world, server(body, None)).expect("the second is the same")["id"], "cm4");
}

#[test]
fn every_field_that_the_api_returns_is_compared_and_no_secret_is_shown() {
    let differing = |operation: &str, ids: &[&str], body: Value, entry: Value| -> Vec<String> {
        let world = World::script([ok(&json!([entry]))]);
        let error = world.run(call_with(operation, ids, body)).expect_err("it differs");
        assert_eq!(error.kind(), ErrorKind::EnsureConflict);
        error.field_errors().iter().map(|field| format!("{} {}", field.path, field.message)).collect()
    };
    let api = |base_url: &str| json!({"name": "Orders", "base_url": base_url, "description": "not returned"});
    let entry = |config: Value| json!({"id": "cm3", "config": config});
    let operation = "agents.integrations.custom_api.ensure";
    let unset = entry(json!({"name": "Orders", "auth_type": "none"}));
    assert_eq!(
        differing(operation, &["cm1"], api("https://a.example.com/v1"), unset),
        ["base_url is not set, not `https://a.example.com/v1`"]
    );
    let old = entry(json!({"name": "Orders", "auth_type": "none",
        "base_url": "https://user:canary@a.example.com/s/canary-canary-canary/v1?key=canary"}));
    assert_eq!(
        differing(operation, &["cm1"], api("https://a.example.com/v2"), old),
        ["base_url is `https://a.example.com/s/…/v1?…`, not `https://a.example.com/v2`"]
    );

    let operation = "agents.integrations.custom_api.tools.ensure";
    let tool = json!({"name": "Find", "http_method": "GET", "url_template": "/orders/{{id}}", "category": "commerce",
        "timeout": 5000, "url_params": [{"name": "id", "type": "string", "description": "Id"}],
        "body_template": {"a": 1, "b": {"c": 2}}, "headers_template": {"X-Key": "canary"}});
    // The live API returns no more than the first two; one that returns the rest is compared as well.
    let entry = json!({"id": "cm4", "name": "Find", "category": "custom", "url_template": "/old/{{id}}", "timeout": 5000.0,
        "url_params": [{"description": "Id", "type": "string", "name": "id", "required": false}],
        "body_template": {"b": {"c": 2}, "a": 1}, "headers_template": {"X-Key": "other"}});
    assert_eq!(
        differing(operation, &["cm1", "cm2"], tool.clone(), entry.clone()),
        ["url_template is `/old/{{id}}`, not `/orders/{{id}}`", "category is `custom`, not `commerce`"]
    );
    let mut entry = entry;
    entry["body_template"]["b"]["d"] = 1.into();
    entry["url_params"][0]["type"] = "integer".into();
    let all = differing(operation, &["cm1", "cm2"], tool, entry).join("; ");
    for part in ["url_params is another list", "body_template is another object"] {
        assert!(all.contains(part), "{all}");
    }
}

#[test]
fn keep_returns_the_existing_resource() {
    let world = World::script([ok(&json!([old()]))]);
    assert_eq!(run(&world, server(wanted(), Some("keep"))).expect("kept"), old());
    assert_eq!(world.sent(), 1);
}

#[test]
fn replace_creates_before_it_deletes() {
    let new = || there("cm4", "https://new.example.com/mcp", "http_sse", "bearer");
    let created = || reply(201, json!({"message": "ok", "data": new()}).to_string());
    let deleted = reply(200, r#"{"message": "ok", "data": null}"#);
    // Another program may have deleted it in between.
    let gone = reply(404, r#"{"message": "no", "code": "not_found", "statusCode": 404}"#);
    for end in [deleted, gone] {
        let world = World::script([ok(&json!([old()])), created(), ok(&json!([old(), new()])), end]);
        let response = world.run(server(wanted(), Some("replace"))).expect("replaced");
        assert_eq!((response.data(), response.status), (new().to_string().as_str(), 201));
        let list = "/agents/cm1/integrations/mcp_server";
        let expected = [
            format!("GET {list}"),
            format!("POST {list}/configure"),
            format!("GET {list}"),
            format!("DELETE {list}/cm3"),
        ];
        assert_eq!(routes(&world), expected);
    }
    let refused = reply(403, r#"{"message": "no", "statusCode": 403}"#);
    let world = World::script([ok(&json!([old()])), created(), ok(&json!([old(), new()])), refused]);
    let error = world.run(server(wanted(), Some("replace"))).expect_err("the old one is still there");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.may_have_been_applied(), "the new one was created");
    // A new one that cannot be created leaves the old one as it is.
    let refused = reply(400, r#"{"message": "no", "statusCode": 400}"#);
    let world = World::script([ok(&json!([old()])), refused]);
    assert_eq!(world.run(server(wanted(), Some("replace"))).expect_err("no").kind(), ErrorKind::BadRequest);
    assert_eq!(world.sent(), 2);
}

#[test]
fn an_unknown_choice_is_refused_without_a_request() {
    let world = World::script([]);
    let error = world.run(server(wanted(), Some("update"))).expect_err("no such choice");
    assert_eq!((error.kind(), world.sent()), (ErrorKind::User, 0));
    assert!(error.message().contains("`on_difference` must be one of `error`, `keep`, `replace`"), "{error}");
}

#[test]
fn compare_with_lists_ignores_placeholders_of_the_server() {
    let compared = |name: &str, asked: Value, found: Value| {
        let Some(Type::Object(workflow)) = WORKFLOWS_CREATE.body else { panic!("a workflow is an object") };
        let field = workflow.fields.iter().find(|field| field.name == name).expect("a field");
        let entry = json!({ name: found });
        compare(field, &asked, returned_fields(&WORKFLOWS_LIST, None), &entry) == Comparison::Same
    };
    let rule = json!({ "id": "a", "enabled": true });
    let complete = json!({ "id": "a", "enabled": true, "condition": null });
    assert!(compared("rules", json!([rule]), json!([[], complete, []])));
    assert!(!compared("rules", json!([rule]), json!([complete, complete])));
    assert!(compared("tags", json!([]), Value::Null));
    assert!(!compared("tags", json!(["a"]), Value::Null));
    assert!(compared("setup_steps", json!([[], "a"]), json!([[], "a"])));
}
