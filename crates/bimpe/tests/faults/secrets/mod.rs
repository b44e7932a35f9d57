//! Neither a key, nor a ticket, nor a password, nor a secret of an integration is in anything that can be shown.

mod debug_output;
mod errors;
mod log;

use std::fmt::Debug;

use bimpe::engine::OperationRequest;
use bimpe::types::{
    BimpeaiConfigure, BumpaConfigure, CreateTool, CustomApiConfigure, McpServerConfigure, PaystackConfigure,
    StripeConfigure,
};
use bimpe::{Client, ClientBuilder, Error, Request};
use bimpe_fault_server::results::record;
use serde_json::{Value, json};

use crate::harness::TABLE;

const SECRET: &str = "canary-secret-77ab";
const NESTED: &str = "canary-nested-81cd";
const TICKET: &str = "canary-ticket-93ef";
const PASSWORD: &str = "canary-password-20b4";
const HEADER: &str = "canary-header-64d1";

fn key() -> &'static str {
    TABLE["api_key"].as_str().expect("text")
}

/// All output, and the secrets in it.
#[derive(Default)]
struct Shown {
    texts: u64,
    leaks: Vec<String>,
}

impl Shown {
    fn text(&mut self, of: &str, text: &str) {
        self.texts += 1;
        for canary in [key(), SECRET, NESTED, TICKET, PASSWORD, HEADER] {
            // All but the last character reveal a secret. Hosts and names of headers are in lower case.
            if text.to_lowercase().contains(&canary[..canary.len() - 1]) {
                self.leaks.push(format!("{of} shows {canary}: {text}"));
            }
        }
    }

    fn debug(&mut self, of: &str, value: &dyn Debug) {
        self.text(of, &format!("{value:?}"));
        self.text(of, &format!("{value:#?}"));
    }

    /// An error with its causes and all its fields.
    fn error(&mut self, of: &str, error: &Error) {
        self.debug(of, error);
        self.text(of, &error.to_string());
        self.text(of, error.message());
        self.text(of, &error.to_json().to_string());
        self.debug(of, &(error.headers(), error.field_errors(), error.location_origin(), error.stream_end()));
        let mut cause = std::error::Error::source(error);
        while let Some(current) = cause {
            self.debug(of, &current);
            self.text(of, &current.to_string());
            cause = current.source();
        }
    }

    fn finish(self, what: &str) {
        let (seen, goal) = (json!({"secrets shown": self.leaks.len()}), json!({"secrets shown": 0}));
        record(8, what, self.texts, &seen, &goal);
        assert!(self.texts > 20, "only {} texts", self.texts);
        assert!(self.leaks.is_empty(), "{}", self.leaks.join("\n"));
    }
}

/// A client that knows all the secrets that settings may hold.
fn builder() -> ClientBuilder {
    Client::builder()
        .env(|_| None)
        .api_key(key())
        .proxy(format!("http://user:{PASSWORD}@127.0.0.1:1"))
        .default_header("x-gateway", HEADER)
}

/// A body whose every form holds a secret.
fn body<T: serde::de::DeserializeOwned>(body: Value) -> T {
    serde_json::from_value(body).expect("a body of the API")
}

fn stripe() -> BimpeaiConfigure {
    StripeConfigure::new("pk_test_1", SECRET, "USD").into()
}

fn other_shops() -> [BimpeaiConfigure; 2] {
    [PaystackConfigure::new("pk_test_1", SECRET, "NGN").into(), BumpaConfigure::new(SECRET).into()]
}

/// A server of tools, and an API, with every kind of credentials.
fn credentials() -> Vec<(McpServerConfigure, CustomApiConfigure)> {
    let kinds = [
        ("bearer", json!({"token": SECRET})),
        ("basic", json!({"username": "ada", "password": SECRET})),
        ("api_key", json!({"api_key": SECRET})),
        ("custom", json!({"a": {"b": [NESTED]}})),
    ];
    let both = |(kind, auth): (&str, Value)| {
        let mcp =
            json!({"name": "A", "server_url": "https://x.test", "auth_type": kind, "auth_config": auth});
        let api = json!({"name": "A", "base_url": "https://x.test", "auth_type": kind, "auth_config": auth});
        (body(mcp), body(api))
    };
    kinds.into_iter().map(both).collect()
}

fn tool() -> CreateTool {
    body(json!({
        "name": "stock", "description": "Stock", "http_method": "GET", "url_template": "/stock",
        "headers_template": {"x-key": SECRET}, "auth_type": "bearer", "auth_config": {"token": NESTED},
    }))
}

/// A request that the library has no operation for: any part of its body may be a secret.
fn custom() -> OperationRequest {
    let mut call = OperationRequest::new("POST /x").expect("a custom call");
    call.body = Some(json!({"secret_key": SECRET, "b": [NESTED]}));
    call.options.headers.push(("x-gateway".to_owned(), HEADER.to_owned()));
    call
}

/// A request with another secret among its options.
fn with_header<T>(request: Request<T>) -> Request<T> {
    request.header("x-gateway", HEADER)
}
