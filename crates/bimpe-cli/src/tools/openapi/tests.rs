use serde_json::json;

use super::super::source;
use super::*;

const SHOP: &str = include_str!("../../../tests/openapi/shop.yaml");

fn imported(options: &Options) -> Import {
    let document = source::parse(SHOP, "shop.yaml").expect("YAML");
    import(&document, None, options).expect("a document")
}

fn body<'a>(import: &'a Import, name: &str) -> &'a Value {
    let names: Vec<&str> = import.proposals.iter().map(Proposal::name).collect();
    let found = import.proposals.iter().find(|proposal| proposal.name() == name);
    &found.unwrap_or_else(|| panic!("{name} is not in {names:?}")).body
}

#[test]
fn parameters_of_path_and_operation_are_merged() {
    let options =
        Options { base_url: Url::parse("https://eu.shop.example.com/v1/").ok(), ..Options::default() };
    let import = imported(&options);
    let find = body(&import, "Find an order");
    assert_eq!(find["url_template"], "/orders/{{order_id}}?expand%5Blines%5D={{expand_lines}}");
    assert_eq!(find["headers_template"], json!({"X-Tenant": "{{X_Tenant}}"}));
    assert_eq!(
        find["url_params"],
        json!([
            {"type": "integer", "description": "Number on the receipt", "required": true, "name": "order_id"},
            {"type": "string", "description": "The value of `X-Tenant`.", "required": true, "name": "X_Tenant"},
            {"type": "boolean", "description": "Whether to show the lines", "required": true, "name": "expand_lines"},
        ])
    );
    let proposal =
        import.proposals.iter().find(|proposal| proposal.name() == "Find an order").expect("a tool");
    assert_eq!(proposal.auth_type, Some("bearer"));
    assert_eq!(proposal.notes, ["left out optional `lang`: --optional adds them"]);
}

#[test]
fn optional_parameters_come_on_demand() {
    let import = imported(&Options { optional: true, ..Options::default() });
    let find = body(&import, "Find an order");
    let url =
        "https://eu.shop.example.com/v1/orders/{{order_id}}?expand%5Blines%5D={{expand_lines}}&lang={{lang}}";
    assert_eq!(find["url_template"], url);
    assert_eq!(find["url_params"][3]["description"], "The value of `lang`. One of: en, fr.");
    assert!(body(&import, "Replace order")["body_template"].get("note").is_some());
}

#[test]
fn the_server_of_an_operation_gives_a_whole_url() {
    let import = imported(&Options::default());
    let delete = import.proposals.iter().find(|proposal| proposal.name() == "Delete order").expect("a tool");
    assert_eq!(delete.body["url_template"], "https://admin.shop.example.com/orders/{{order_id}}");
    assert_eq!(delete.auth_type, None);
}

#[test]
fn bodies_become_templates() {
    let import = imported(&Options { timeout_ms: Some(15_000), ..Options::default() });
    let create = body(&import, "Create an order");
    assert_eq!(create["description"], "Create an order. Places the order of a customer.");
    assert_eq!(create["timeout"], 15_000);
    assert_eq!(create["headers_template"], json!({"Content-Type": "application/json"}));
    let template =
        json!({"order_id": "{{order_id}}", "lines": "{{lines}}", "channel": "{{channel}}", "kind": "order"});
    assert_eq!(create["body_template"], template);
    let lines = &create["body_params"][1];
    assert_eq!(lines["items"]["properties"]["sku"]["description"], "Article number");
    let channel = &create["body_params"][2]["description"];
    assert_eq!(channel, "Origin of the order. One of: web, phone.");
    // The path has a parameter of the same name.
    let replace = body(&import, "Replace order");
    assert_eq!(replace["body_template"]["order_id"], "{{body_order_id}}");
}

#[test]
fn what_tools_cannot_express_is_refused_by_name() {
    let refusals = imported(&Options::default()).refusals;
    for (operation, expected) in [
        ("countOrders (HEAD /orders)", "tools do not send HEAD"),
        ("pay (POST /payments)", "one of several shapes (`oneOf`)"),
        ("subscribe (POST /subscriptions)", "callbacks"),
        ("upload (POST /photos)", "a form with files (multipart/form-data)"),
        ("photo (GET /photos)", "the query parameter `ids` is of the type `array`"),
        ("session (GET /sessions)", "the cookie parameter `sid` is a cookie"),
        ("report (GET /reports)", "an API key in the query (`queryKey`)"),
        ("bulk (POST /bulk)", "of the type `array`"),
        ("setAll (PUT /bulk)", "without named fields"),
        ("/elsewhere", "another document, `other.yaml#/paths/elsewhere`"),
    ] {
        let refusal = refusals.iter().find(|refusal| refusal.operation == operation);
        let refusal = refusal.unwrap_or_else(|| panic!("{operation} is not in {refusals:?}"));
        assert!(refusal.reason.contains(expected), "{operation}: {}", refusal.reason);
    }
    assert_eq!(refusals.len(), 10, "{refusals:?}");
}

#[test]
fn a_broken_document_is_one_error_with_the_place() {
    let get = |operation: Value| json!({"openapi": "3.1.0", "paths": {"/a": {"get": operation}}});
    let body = |schema: Value| {
        json!({"openapi": "3.1.0", "paths": {"/a": {"post":
            {"requestBody": {"content": {"application/json": {"schema": schema}}}}}}})
    };
    for (document, expected) in [
        (json!([]), "`openapi` is missing"),
        (json!({"swagger": "2.0"}), "it is a Swagger 2.0 document"),
        (json!({"openapi": "4.0.0"}), "its version is 4.0.0"),
        (json!({"openapi": "3.0.0"}), "has no `paths`"),
        (json!({"openapi": "3.0.0", "paths": []}), "`/paths`: it must be an object"),
        (json!({"openapi": "3.0.0", "paths": {"/a": 1}}), "`/paths/~1a`: it must be an object"),
        (get(json!("x")), "`/paths/~1a/get`: it must be an object"),
        (get(json!({"parameters": {}})), "`/paths/~1a/get/parameters`: it must be an array"),
        (get(json!({"parameters": [{"in": "query"}]})), "`/paths/~1a/get/parameters/0`: it has no `name`"),
        (get(json!({"parameters": [{"name": "x"}]})), "must have `in`"),
        (get(json!({"parameters": [{"$ref": "#/components/x"}]})), "`#/components/x`, which is missing"),
        (get(json!({"security": [{"key": []}]})), "the security scheme `key`, which is missing"),
        (body(json!({"type": "text"})), "schema/type`: it must be a JSON type"),
        (
            body(json!({"$ref": "#/paths/~1a/post/requestBody/content/application~1json/schema"})),
            "refers to itself",
        ),
    ] {
        let error = import(&document, None, &Options::default()).expect_err("broken").to_string();
        assert!(error.contains(expected), "{document}: {error}");
    }
}

#[test]
fn same_names_become_distinct() {
    let operation = json!({"summary": "Orders"});
    let document = json!({"openapi": "3.1.0", "paths": {"/a": {"get": operation, "post": operation}, "/b": {"get": operation}}});
    let import = import(&document, None, &Options::default()).expect("a document");
    let names: Vec<&str> = import.proposals.iter().map(Proposal::name).collect();
    assert_eq!(names, ["Orders", "Orders (POST)", "Orders (GET)"]);
}

#[test]
fn servers_relative_to_the_document_are_resolved() {
    let document = json!({"openapi": "3.1.0", "servers": [{"url": "/v2"}], "paths": {"/a": {"get": {}}}});
    let url = Url::parse("https://shop.example.com/docs/openapi.json").expect("a URL");
    let made = import(&document, Some(&url), &Options::default()).expect("a document");
    assert_eq!(made.proposals[0].body["url_template"], "https://shop.example.com/v2/a");
    let refused = import(&document, None, &Options::default()).expect("a document").refusals;
    assert!(refused[0].reason.contains("no absolute URL"), "{refused:?}");
}
