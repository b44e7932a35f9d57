//! The settings of a client and the options of a request.

use std::collections::HashMap;
use std::time::Duration;

use bimpe::engine::StreamOptions;
use bimpe::{ApiKey, Client, ClientBuilder, Error, Pace, RequestOptions};
use serde::{Deserialize, Deserializer};

use super::parse;

/// Reads a whole number of any size. The engine checks the maximum.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let number = Option::<serde_json::Number>::deserialize(deserializer)?;
    let whole = |number: serde_json::Number| number.as_u64().and_then(|number| number.try_into().ok());
    Ok(number.map(|number| whole(number).unwrap_or(u32::MAX)))
}

/// Reads whole milliseconds.
fn milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    Ok(Option::deserialize(deserializer)?.map(Duration::from_millis))
}

/// The settings of a client. In JSON, durations are milliseconds. Never printed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The API key.
    pub api_key: Option<String>,
    /// Whether each request has its own API key.
    pub api_key_per_request: bool,
    /// The base URL.
    pub base_url: Option<String>,
    /// The timeout of requests.
    #[serde(deserialize_with = "milliseconds")]
    pub timeout: Option<Duration>,
    /// The maximum number of retries.
    #[serde(deserialize_with = "count")]
    pub max_retries: Option<u32>,
    /// Headers of all requests.
    pub default_headers: Vec<(String, String)>,
    /// The user agent.
    pub user_agent: Option<String>,
    /// The name of the pace.
    pub pace: Option<String>,
    /// The address of the proxy.
    pub proxy: Option<String>,
    /// The path of further certificates.
    pub ca_file: Option<String>,
    /// Whether `http://` to other machines is permitted.
    pub allow_insecure_http: bool,
    /// The environment of the program. That of a JavaScript worker differs from the environment of the process.
    pub env: HashMap<String, String>,
}

impl Settings {
    /// Returns a builder with these settings.
    ///
    /// # Errors
    /// If the name of the pace is unknown.
    pub fn into_builder(self) -> Result<ClientBuilder, Error> {
        let variables = self.env;
        let mut builder = Client::builder()
            .env(move |name| variables.get(name).cloned())
            .allow_insecure_http(self.allow_insecure_http);
        if self.api_key_per_request {
            builder = builder.api_key_per_call();
        }
        let pace = self.pace.as_deref().map(str::parse::<Pace>).transpose()?;
        builder = set(builder, self.api_key, ClientBuilder::api_key);
        builder = set(builder, self.base_url, ClientBuilder::base_url);
        builder = set(builder, self.timeout, ClientBuilder::timeout);
        builder = set(builder, self.max_retries, ClientBuilder::max_retries);
        builder = set(builder, self.user_agent, ClientBuilder::user_agent);
        builder = set(builder, pace, ClientBuilder::pace);
        builder = set(builder, self.proxy, ClientBuilder::proxy);
        builder = set(builder, self.ca_file, ClientBuilder::ca_file);
        for (name, value) in self.default_headers {
            builder = builder.default_header(name, value);
        }
        Ok(builder)
    }
}

fn set<T>(
    builder: ClientBuilder,
    value: Option<T>,
    setter: fn(ClientBuilder, T) -> ClientBuilder,
) -> ClientBuilder {
    match value {
        Some(value) => setter(builder, value),
        None => builder,
    }
}

/// The options of one request. Durations are milliseconds.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RequestSettings {
    #[serde(deserialize_with = "milliseconds")]
    timeout: Option<Duration>,
    #[serde(deserialize_with = "count")]
    max_retries: Option<u32>,
    idempotency_key: Option<String>,
    headers: Vec<(String, String)>,
    api_key: Option<String>,
}

impl RequestSettings {
    /// Reads options from JSON text.
    ///
    /// # Errors
    /// If the text or the API key is invalid.
    pub fn read(text: &str) -> Result<RequestOptions, Error> {
        let options: Self = parse(text)?;
        let mut result = RequestOptions::default();
        result.timeout = options.timeout;
        result.max_retries = options.max_retries;
        result.idempotency_key = options.idempotency_key;
        result.headers = options.headers;
        result.api_key = options.api_key.as_deref().map(ApiKey::new).transpose()?;
        Ok(result)
    }
}

/// The options of a stream. The timeout is in milliseconds.
#[derive(Deserialize)]
pub struct StreamSettings {
    after: Option<String>,
    reconnect: Option<bool>,
    #[serde(default, deserialize_with = "count")]
    max_retries: Option<u32>,
    /// Maximum time without data.
    timeout: Option<u64>,
    /// The headers of observers.
    #[serde(default)]
    headers: Vec<(String, String)>,
}

impl From<StreamSettings> for StreamOptions {
    fn from(settings: StreamSettings) -> Self {
        let mut options = Self::default();
        options.after = settings.after;
        options.max_reconnects = settings.max_retries;
        options.reconnect = settings.reconnect.unwrap_or(options.reconnect);
        options.stall_timeout = settings.timeout.map_or(options.stall_timeout, Duration::from_millis);
        options.headers = settings.headers;
        options
    }
}
