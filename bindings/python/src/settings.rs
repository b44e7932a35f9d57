//! The settings of a client, kept so that a forked child can create its own client.

use bimpe::transport::Connections;
use bimpe::{Client, Error};
use bimpe_runtime::Settings;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::options::{headers, parse_bool, retries, seconds, text};
use crate::runtime::PerProcess;

/// A variable of the requests library that names a file of certificates. Python users expect it to be read.
pub(crate) const CA_VARIABLE: &str = "REQUESTS_CA_BUNDLE";

/// Reads the arguments of the Python client. The engine supplies defaults.
pub(crate) fn read_settings(given: &Bound<'_, PyDict>) -> Result<Settings, Error> {
    let mut settings = Settings::default();
    for (name, value) in given.iter().filter(|(_name, value)| !value.is_none()) {
        let name = text(&name, "the name of a setting")?;
        match name.as_str() {
            "api_key" => settings.api_key = Some(text(&value, &name)?),
            "api_key_per_call" => settings.api_key_per_request = parse_bool(&value, &name)?,
            "base_url" => settings.base_url = Some(text(&value, &name)?),
            "timeout" => settings.timeout = Some(seconds(&value, &name)?),
            "max_retries" => settings.max_retries = Some(retries(&value)?),
            "default_headers" => settings.default_headers = headers(&value, &name)?,
            "pace" => settings.pace = Some(text(&value, &name)?),
            "proxy" => settings.proxy = Some(text(&value, &name)?),
            "ca_file" => settings.ca_file = Some(text(&value, &name)?),
            "allow_insecure_http" => settings.allow_insecure_http = parse_bool(&value, &name)?,
            "user_agent" => settings.user_agent = Some(text(&value, &name)?),
            "env" => settings.env = headers(&value, &name)?.into_iter().collect(),
            _ => return Err(Error::user(format!("unknown setting {name:?}"))),
        }
    }
    Ok(settings)
}

/// Builds a client over the connections that all clients of this process share.
pub(crate) fn build_client(settings: &Settings) -> Result<Client, Error> {
    static CONNECTIONS: PerProcess<Connections> = PerProcess::new();
    let connections = CONNECTIONS.get_or_make(|| Ok(Connections::default()))?;
    settings.clone().into_builder()?.connections(connections).ca_variable(CA_VARIABLE).build()
}
