//! Making what is not there.
use bimpe::ErrorKind;
use bimpe::engine::Call;
use bimpe::testing::reply;
use serde_json::{Value, json};

use super::{ok, routes, run};
use crate::world::{World, call_with};

/// Makes an entry of a list from an id and a name.
type Entry = fn(&str, &str) -> Value;

/// The three that find by name: the call, an entry of its list, and what makes a new one.
fn ensures() -> [(Call, Entry, &'static str); 3] {
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
fn what_is_there_is_given_unchanged() {
    for (call, entry, _) in ensures() {
        let list = json!([entry("cm3", "orders"), entry("cm4", "Orders"), entry("cm5", "Orders")]);
        let world = World::script([ok(&list)]);
        assert_eq!(run(&world, call).expect("it is there"), entry("cm4", "Orders"), "the first of two");
        assert_eq!(world.sent(), 1);
    }
}

#[test]
fn what_is_not_there_is_made() {
    for (mut call, entry, create) in ensures() {
        let made = reply(201, json!({"message": "ok", "data": entry("cm6", "Orders")}).to_string());
        let world = World::script([ok(&json!([entry("cm3", "Orders 2")])), made]);
        call.options.idempotency_key = Some("once".to_owned());
        let body = call.body.clone().expect("a body");
        let response = world.run(call).expect("it is made");
        assert_eq!((response.status, response.attempts), (201, 2));
        assert_eq!(response.data(), entry("cm6", "Orders").to_string());
        assert_eq!(routes(&world)[1], create);
        assert_eq!(world.header("idempotency-key"), ["", "once"]);
        let sent = world.transport.requests()[1].body.clone().expect("a body");
        assert_eq!(serde_json::from_slice::<Value>(&sent).expect("JSON"), body);
    }
}

#[test]
fn nothing_is_made_when_the_list_cannot_be_read() {
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
