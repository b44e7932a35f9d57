//! Finds the sandbox that `bimpe sandbox` runs.

use std::time::Duration;

use reqwest::Client;
use serde_json::Value;

/// The address of `bimpe sandbox` with its default port.
const ADDRESS: &str = "http://127.0.0.1:4010";
/// A process on this machine responds at once.
const LIMIT: Duration = Duration::from_secs(2);

/// Returns the address and the first key of the sandbox, if it runs.
pub(crate) async fn find() -> Option<(String, String)> {
    let client = Client::builder().no_proxy().timeout(LIMIT).build().ok()?;
    if get(&client, "/_sandbox/info").await?["sandbox"] != true {
        return None;
    }
    let key = get(&client, "/_sandbox/keys").await?[0]["api_key"].as_str()?.to_owned();
    Some((ADDRESS.to_owned(), key))
}

/// Returns the `data` of a response.
async fn get(client: &Client, path: &str) -> Option<Value> {
    let response = client.get(format!("{ADDRESS}{path}")).send().await.ok()?.text().await.ok()?;
    serde_json::from_str::<Value>(&response).ok()?.get_mut("data").map(Value::take)
}
