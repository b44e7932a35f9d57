//! Requests on the wire, their results, and secrets that no output shows.

use bimpe::testing::{MemoryTransport, reply};
use bimpe::{Client, ErrorKind, RequestOptions};
use serde_json::json;

use crate::harness::{KEY, World, a_write, call, call_with};

fn everything(world: &World, error: &bimpe::Error) -> String {
    format!("{error} {error:?} {} {:?}", error.to_json(), world.client)
}

#[test]
fn a_request_has_the_official_form() {
    let world =
        World::script([reply(200, r#"{"message": "ok", "data": [], "meta": {"has_next_page": false}}"#)]);
    let mut list = call("agents.list", &[]);
    list.query.insert("search".to_owned(), json!("a b&c"));
    list.query.insert("limit".to_owned(), json!(5));
    list.query.insert("sort".to_owned(), json!(null));
    world.run(list).expect("a page");
    let request = &world.transport.requests()[0];
    assert_eq!(
        request.uri.to_string(),
        "https://api.example.test/api/v1/console/agents?search=a+b%26c&limit=5&page=1"
    );
    assert_eq!(request.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(request.headers["accept"], "application/json");
    assert!(request.headers["authorization"].is_sensitive());
    assert!(request.body.is_none() && !request.headers.contains_key("content-type"));
    assert!(!request.headers.contains_key("idempotency-key"), "reads have none");
}

#[test]
fn ids_are_encoded_as_one_segment() {
    let world = World::script([reply(200, r#"{"message": "ok", "data": {}}"#)]);
    world.run(call("agents.retrieve", &["a/../b?x=1#f%2e"])).expect("an agent");
    assert_eq!(
        world.transport.requests()[0].uri.path(),
        "/api/v1/console/agents/a%2F..%2Fb%3Fx%3D1%23f%252e"
    );
}

#[test]
fn options_of_a_call_win_over_those_of_the_client() {
    let world = World::script([reply(200, r#"{"message": "ok", "data": {"onboarding_url": "x"}}"#)]);
    let mut defaults = RequestOptions::default();
    defaults.headers.push(("x-team".to_owned(), "one".to_owned()));
    defaults.idempotency_key = Some("first".to_owned());
    let client = world.client.with_options(&defaults).expect("valid options");
    let mut call = a_write();
    call.options.idempotency_key = Some("second".to_owned());
    call.options.headers.push(("X-Request-Id".to_owned(), "mine".to_owned()));
    let response = crate::harness::block_on(client.execute(call)).expect("a success");
    assert_eq!(world.header("idempotency-key"), ["second"]);
    assert_eq!(world.header("x-team"), ["one"]);
    assert_eq!(response.request_id.as_deref(), Some("mine"));
}

#[test]
fn headers_that_belong_to_the_client_are_refused_without_their_value() {
    for name in ["Authorization", "Host", "content-length", "Idempotency-Key", "bad name", "x\n"] {
        let world = World::script([]);
        let mut call = a_write();
        call.options.headers.push((name.to_owned(), "canary-value".to_owned()));
        let error = world.run(call).expect_err("refused");
        assert_eq!((error.kind(), world.sent()), (ErrorKind::User, 0), "{name:?}");
        assert!(!everything(&world, &error).contains("canary-value"), "{error}");
    }
    let world = World::script([]);
    let mut call = a_write();
    call.options.headers.push(("x-note".to_owned(), "canary\r\nx: y".to_owned()));
    let error = world.run(call).expect_err("refused");
    assert!(error.message().contains("x-note") && !error.message().contains("canary"), "{error}");
}

#[test]
fn secrets_that_the_server_repeats_are_masked() {
    let body = format!(
        r#"{{"message": ["secret_key: sk_live_canary is bad"], "code": "validation_error", "statusCode": 400, "echo": {{"{KEY}": ["sk_live_canary"]}}}}"#
    );
    let world = World::new(MemoryTransport::new(move |_| reply(400, body.clone())));
    let body =
        json!({"type": "stripe", "public_key": "pk_1", "secret_key": "sk_live_canary", "currency": "NGN"});
    let error =
        world.run(call_with("agents.integrations.bimpeai.configure", &["cm1"], body)).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.field_errors()[0].path, "secret_key");
    let text = everything(&world, &error);
    assert!(!text.contains("sk_live_canary") && !text.contains(KEY), "{text}");
}

#[test]
fn validation_errors_are_read_in_both_forms() {
    for body in [
        r#"{"message": ["name: too long", "malformed"], "code": "validation_error", "statusCode": 400}"#,
        r#"{"message": "bad", "errors": [{"path": "name", "message": "too long"}, {"message": "malformed"}], "code": "validation_error"}"#,
    ] {
        let world = World::script([reply(400, body)]);
        let error = world.run(a_write()).expect_err("refused");
        let fields: Vec<_> =
            error.field_errors().iter().map(|field| (field.path.as_str(), field.message.as_str())).collect();
        assert_eq!(fields, [("name", "too long"), ("", "malformed")], "{body}");
    }
}

#[test]
fn errors_have_hints() {
    let world = World::script([reply(
        401,
        r#"{"message": "Invalid API key", "code": "api_key_invalid", "request_id": "r-1"}"#,
    )]);
    let error = world.run(a_write()).expect_err("refused");
    let text = error.to_string();
    for part in [
        "Invalid API key",
        "the key came from `api_key`",
        "status 401",
        "api_key_invalid",
        "r-1",
        "POST /agents/cm1/",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let world = World::script([reply(403, r#"{"message": "no", "code": "insufficient_scope"}"#)]);
    assert!(world.run(a_write()).expect_err("refused").to_string().contains("agents:write"));
    let world = World::script([reply(302, "").header("location", "https://evil.test/?ticket=canary")]);
    let error = world.run(a_write()).expect_err("refused");
    assert_eq!((error.kind(), error.location_origin()), (ErrorKind::Redirect, Some("https://evil.test")));
    assert!(!everything(&world, &error).contains("canary"));
}

#[test]
fn errors_name_their_request_and_keep_the_text_of_the_server() {
    let nothing = r#"{"message": "No such file", "code": "not_found", "request_id": "r-1"}"#;
    let world = World::script([reply(404, nothing)]);
    let error = world.run(call("agents.knowledge_bases.delete", &["cm1", "a/b"])).expect_err("not found");
    assert_eq!(error.message(), "No such file");
    assert_eq!(
        (error.method(), error.path()),
        (Some("DELETE"), Some("/agents/{agent_id}/knowledge_bases/{kb_id}"))
    );
    assert_eq!(error.params().collect::<Vec<_>>(), [("agent_id", "cm1"), ("kb_id", "a/b")]);
    assert_eq!(
        error.to_string(),
        "No such file [DELETE /agents/cm1/knowledge_bases/a%2Fb, status 404, code not_found, request id r-1]"
    );
    let refused = world.run(call("agents.retrieve", &[""])).expect_err("refused");
    assert_eq!(refused.params().collect::<Vec<_>>(), [("agent_id", "")]);
}

#[test]
fn a_key_in_the_place_of_an_id_is_masked() {
    for id in [KEY, "sk_live_canary", &format!("x{KEY}")] {
        let world = World::script([reply(404, r#"{"message": "no"}"#)]);
        let error = world.run(call("agents.retrieve", &[id])).expect_err("not found");
        assert_eq!(error.params().collect::<Vec<_>>(), [("agent_id", "****")]);
        let shown = everything(&world, &error);
        assert!(shown.contains("GET /agents/****") && !shown.contains("canary"), "{shown}");
    }
}

#[test]
fn a_response_over_the_limit_is_refused() {
    let chunk = vec![b' '; 33 * 1024 * 1024];
    let world = World::script([reply(200, chunk)]);
    let error = world.run(call("agents.list", &[])).expect_err("too large");
    assert_eq!((error.kind(), world.sent()), (ErrorKind::ResponseTooLarge, 1));
}

fn building(change: impl FnOnce(bimpe::ClientBuilder) -> bimpe::ClientBuilder) -> Result<Client, String> {
    change(Client::builder().env(|_| None)).build().map_err(|error| {
        assert_eq!(error.kind(), ErrorKind::User);
        error.to_string()
    })
}

#[test]
fn settings_are_checked_and_never_repeated() {
    let error = building(|builder| builder).expect_err("no key");
    assert!(error.contains("BIMPEAI_API_KEY") && error.contains("bimpe sandbox"), "{error}");
    for key in ["", "sk_canary\n", " sk_canary", "sk_canary é", "sk canary", &"canary".repeat(100)] {
        let error = building(|builder| builder.api_key(key)).expect_err("a bad key");
        assert!(!error.contains("canary") && error.contains("API key"), "{error}");
    }
    for url in [
        "api.bimpe.ai",
        "ftp://api.bimpe.ai",
        "http://api.bimpe.ai",
        "https://canary:pw@api.bimpe.ai",
        "https://api.bimpe.ai?canary=1",
        "https://api.bimpe.ai#canary",
    ] {
        let error = building(|builder| builder.api_key("sk_1").base_url(url)).expect_err("a bad address");
        assert!(error.contains("base URL") && !error.contains("canary"), "{url}: {error}");
    }
    let error = building(|builder| builder.api_key("sk_sandbox_canary")).expect_err("not on this machine");
    assert!(error.contains("sandbox") && !error.contains("canary"), "{error}");
    let error = building(|builder| builder.api_key("sk_1").proxy("ftp://canary:pw@x")).expect_err("no proxy");
    assert!(error.contains("socks5h://") && !error.contains("canary"), "{error}");
}

#[test]
fn the_address_may_hold_the_prefix_or_not() {
    for (given, expected) in [
        ("https://api.bimpe.ai", "https://api.bimpe.ai/api/v1/console"),
        ("https://api.bimpe.ai//", "https://api.bimpe.ai/api/v1/console"),
        ("https://api.bimpe.ai/api/v1/console/", "https://api.bimpe.ai/api/v1/console"),
        ("http://127.0.0.1:4010", "http://127.0.0.1:4010/api/v1/console"),
        ("http://[::1]:4010/x", "http://[::1]:4010/x/api/v1/console"),
    ] {
        let client = building(|builder| builder.api_key("sk_1").base_url(given)).expect("valid");
        assert_eq!(client.base_url(), expected);
    }
}

#[test]
fn omitted_settings_come_from_the_environment() {
    let env = |name: &str| match name {
        "BIMPEAI_API_KEY" => Some("sk_sandbox_1".to_owned()),
        "BIMPEAI_BASE_URL" => Some("http://localhost:4010".to_owned()),
        _ => None,
    };
    let client = Client::builder().env(env).build().expect("valid");
    assert!(client.is_sandbox());
    assert_eq!(client.base_url(), "http://localhost:4010/api/v1/console");
    assert!(!format!("{client:?}").contains("sk_sandbox_1"));
}
