//! The table of faults, the server, and clients of it.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bimpe::{Client, ClientBuilder};
use bimpe_fault_server::{Scenario, Server};
use serde_json::{Value, json};

/// The table that all SDKs share.
pub(crate) static TABLE: LazyLock<Value> = LazyLock::new(|| table("faults.json"));

/// One of the tables that all languages share.
pub(crate) fn table(file: &str) -> Value {
    let file = format!("{}/../../tests/cases/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(file).expect("the table")).expect("JSON")
}

pub(crate) static SERVER: LazyLock<Server> = LazyLock::new(|| Server::start().expect("the server starts"));

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// A scenario with these replies; texts name replies of the table.
pub(crate) fn scenario(replies: &Value) -> Arc<Scenario> {
    let known =
        |reply: &Value| reply.as_str().map_or_else(|| reply.clone(), |name| TABLE["replies"][name].clone());
    let replies: Vec<Value> = replies.as_array().expect("a list").iter().map(known).collect();
    SERVER.scenario(json!({"replies": replies})).expect("a valid script")
}

/// A client with the table's key and these settings.
pub(crate) fn client(base_url: &str, settings: &Value) -> ClientBuilder {
    let setting = |name: &str| settings.get(name).unwrap_or(&TABLE["client"][name]);
    Client::builder()
        .env(|_| None)
        .api_key(TABLE["api_key"].as_str().expect("text"))
        .base_url(base_url)
        .timeout(Duration::from_secs_f64(setting("timeout").as_f64().expect("seconds")))
        .max_retries(setting("max_retries").as_u64().expect("a number").try_into().expect("a small number"))
}

/// The scenario's address below another listener, as in `https://localhost:1234`.
pub(crate) fn over(scenario: &Scenario, listener: &str) -> String {
    let name = scenario.base_url().rsplit('/').next().expect("it ends with the name");
    format!("{listener}/{name}")
}
