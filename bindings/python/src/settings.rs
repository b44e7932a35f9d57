//! The settings of a client, kept so that a forked child can create its own client.

use std::time::Duration;

use bimpe::transport::Connections;
use bimpe::{Client, Error, Pace};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::options::{environment, headers, parse_bool, retries, seconds, text};
use crate::runtime::PerProcess;

/// A variable of the requests library that names a file of certificates. Python users expect it to be read.
pub(crate) const CA_VARIABLE: &str = "REQUESTS_CA_BUNDLE";

/// Arguments of the Python client. The engine supplies defaults. Never printed.
#[derive(Default)]
pub(crate) struct Settings {
    api_key: Option<String>,
    /// Whether each request has its own key.
    pub(crate) api_key_per_call: bool,
    base_url: Option<String>,
    timeout: Option<Duration>,
    max_retries: Option<u32>,
    default_headers: Vec<(String, String)>,
    pace: Option<Pace>,
    proxy: Option<String>,
    ca_file: Option<String>,
    allow_insecure_http: bool,
    user_agent: Option<String>,
    env: Vec<(String, String)>,
}

impl Settings {
    pub(crate) fn new(given: &Bound<'_, PyDict>) -> Result<Self, Error> {
        let mut settings = Self::default();
        for (name, value) in given.iter().filter(|(_name, value)| !value.is_none()) {
            let name = text(&name, "the name of a setting")?;
            match name.as_str() {
                "api_key" => settings.api_key = Some(text(&value, &name)?),
                "api_key_per_call" => settings.api_key_per_call = parse_bool(&value, &name)?,
                "base_url" => settings.base_url = Some(text(&value, &name)?),
                "timeout" => settings.timeout = Some(seconds(&value, &name)?),
                "max_retries" => settings.max_retries = Some(retries(&value)?),
                "default_headers" => settings.default_headers = headers(&value, &name)?,
                "pace" => settings.pace = Some(text(&value, &name)?.parse()?),
                "proxy" => settings.proxy = Some(text(&value, &name)?),
                "ca_file" => settings.ca_file = Some(text(&value, &name)?),
                "allow_insecure_http" => settings.allow_insecure_http = parse_bool(&value, &name)?,
                "user_agent" => settings.user_agent = Some(text(&value, &name)?),
                "env" => settings.env = environment(value.cast().map_err(|_other| unknown(&name))?)?,
                _ => return Err(unknown(&name)),
            }
        }
        Ok(settings)
    }

    /// Builds a client over the connections that all clients of this process share.
    pub(crate) fn build_client(&self) -> Result<Client, Error> {
        static CONNECTIONS: PerProcess<Connections> = PerProcess::new();
        let connections = CONNECTIONS.get_or_make(|| Ok(Connections::default()))?;
        let env = self.env.clone();
        let mut builder = Client::builder()
            .allow_insecure_http(self.allow_insecure_http)
            .connections(connections)
            .ca_variable(CA_VARIABLE)
            .env(move |name| env.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()));
        if let Some(key) = &self.api_key {
            builder = builder.api_key(key.as_str());
        }
        if self.api_key_per_call {
            builder = builder.api_key_per_call();
        }
        if let Some(url) = &self.base_url {
            builder = builder.base_url(url.as_str());
        }
        if let Some(timeout) = self.timeout {
            builder = builder.timeout(timeout);
        }
        if let Some(count) = self.max_retries {
            builder = builder.max_retries(count);
        }
        if let Some(pace) = self.pace {
            builder = builder.pace(pace);
        }
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(proxy.as_str());
        }
        if let Some(path) = &self.ca_file {
            builder = builder.ca_file(path.as_str());
        }
        if let Some(agent) = &self.user_agent {
            builder = builder.user_agent(agent.as_str());
        }
        for (name, value) in &self.default_headers {
            builder = builder.default_header(name.as_str(), value.as_str());
        }
        builder.build()
    }
}

fn unknown(name: &str) -> Error {
    Error::user(format!("unknown setting {name:?}"))
}
