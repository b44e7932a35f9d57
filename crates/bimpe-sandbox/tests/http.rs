//! HTTP without operations: origins, `OPTIONS`, the document, the page, large bodies.

mod common;

use bimpe_sandbox::{Error, Sandbox};
use common::{Api, code, read_json};
use reqwest::{Method, Response};
use serde_json::{Value, json};

const PAGE: &str = "http://localhost:3000";

/// Sends a request from a page of an origin.
async fn from_page(api: &Api, method: Method, path: &str, origin: &str) -> Response {
    let request = api.http.request(method, format!("{}{path}", api.sandbox.url()));
    request.header("origin", origin).send().await.expect("a response")
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().expect("text"))
}

#[tokio::test]
async fn only_pages_of_the_sandbox_itself_reach_its_admin_paths() {
    let api = Api::with(Sandbox::builder().allow_origin(PAGE)).await;
    let reset = |origin: String| {
        let api = &api;
        async move { from_page(api, Method::POST, "/_sandbox/reset", &origin).await }
    };
    let own = api.sandbox.url();
    assert_eq!(reset(own.to_owned()).await.status(), 200);
    for other in [PAGE, "http://127.0.0.1:1", "https://attacker.example", "null", "", &format!("{own}0")] {
        let refused = reset(other.to_owned()).await;
        assert_eq!(header(&refused, "access-control-allow-origin"), None, "{other}");
        assert_eq!(code(&read_json(Ok(refused)).await), (403, "forbidden"), "{other}");
    }
    let preflight = from_page(&api, Method::OPTIONS, "/_sandbox/reset", PAGE).await;
    assert_eq!(header(&preflight, "access-control-allow-origin"), None);
}

#[tokio::test]
async fn options_on_every_path_gets_204_with_the_methods_and_headers_of_the_api() {
    let api = Api::start().await;
    for path in ["/api/v1/console/agents", "/api/v1/console/unknown", "/", "/_sandbox/reset"] {
        let response = from_page(&api, Method::OPTIONS, path, PAGE).await;
        assert_eq!(response.status(), 204, "{path}");
        let methods = header(&response, "access-control-allow-methods");
        assert_eq!(methods, Some("GET, POST, PATCH, DELETE, OPTIONS"));
        let headers = header(&response, "access-control-allow-headers");
        assert_eq!(headers, Some("Authorization, X-Api-Key, Content-Type, Idempotency-Key, X-Request-Id"));
        assert_eq!(header(&response, "access-control-allow-origin"), None, "no page is allowed by default");
        assert!(header(&response, "x-request-id").is_some());
    }
}

#[tokio::test]
async fn pages_of_a_chosen_origin_read_responses_and_errors() {
    let api = Api::with(Sandbox::builder().allow_origin(PAGE)).await;
    let preflight = from_page(&api, Method::OPTIONS, "/api/v1/console/agents", PAGE).await;
    assert_eq!(header(&preflight, "access-control-allow-origin"), Some(PAGE));
    let error = from_page(&api, Method::GET, "/api/v1/console/agents", PAGE).await;
    assert_eq!(header(&error, "access-control-allow-origin"), Some(PAGE));
    assert_eq!(header(&error, "vary"), Some("Origin"));
    assert_eq!(
        header(&error, "access-control-expose-headers"),
        Some("X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After")
    );
    assert_eq!(code(&read_json(Ok(error)).await), (401, "api_key_missing"));
    let other = from_page(&api, Method::GET, "/api/v1/console/agents", "http://localhost:3001").await;
    assert_eq!(header(&other, "access-control-allow-origin"), None);
}

#[tokio::test]
async fn streams_refuse_pages_of_other_origins() {
    let api = Api::with(Sandbox::builder().allow_origin(PAGE)).await;
    let user = "5b1d0c1e-7d0b-4a53-9c1a-0f6f3f3f8f11";
    let message = json!({ "message": "Hello", "channel_type": "webchat", "channel_user_id": user });
    let sent = api.post("{agent}/conversations/messages", message).await;
    let conversation = format!("{{agent}}/conversations/{}", common::text(&sent, "conversation_id"));
    for (origin, expected) in [(PAGE, 200), (api.sandbox.url(), 200), ("http://localhost:3001", 403)] {
        let issued = api.post(&format!("{conversation}/stream-ticket"), Value::Null).await;
        let url = api.at(&format!("{conversation}/stream?ticket={}", common::text(&issued, "ticket")));
        let stream = api.http.get(url).header("origin", origin).send().await.expect("a response");
        assert_eq!(stream.status(), expected, "{origin}");
    }
}

#[tokio::test]
async fn origins_that_no_browser_sends_are_refused() {
    for origin in
        ["*", "null", "localhost:3000", "http://localhost:3000/", "http://a.example/path", "file:///"]
    {
        let error = Sandbox::builder().allow_origin(origin).start().await.expect_err("an error");
        assert!(matches!(&error, Error::Origin(text) if text == origin), "{error:?}");
        assert!(error.to_string().starts_with(&format!("invalid origin {origin}: use")), "{error}");
    }
}

#[tokio::test]
async fn document_names_the_sandbox_as_its_server() {
    let api = Api::start().await;
    let served = api.http.get(format!("{}/openapi.json", api.sandbox.url())).send().await;
    let (status, document) = read_json(served).await;
    let mut expected: Value = serde_json::from_str(include_str!("../src/openapi.json")).expect("JSON");
    expected["servers"][0]["url"] = api.at("").into();
    assert_eq!((status, document), (200, expected));
}

#[tokio::test]
async fn bodies_above_the_limit_get_413() {
    let api = Api::start().await;
    let paths = [api.at("/agents"), api.admin_url("/clock")];
    for url in paths {
        let exact = " ".repeat(4 * 1024 * 1024);
        for (body, expected) in [(exact.clone(), 400), (exact + " ", 413)] {
            let request = api.http.post(&url).bearer_auth(api.sandbox.api_key()).body(body);
            let response = read_json(request.send().await).await;
            assert_eq!(response.0, expected, "{url} {response:?}");
        }
    }
}
