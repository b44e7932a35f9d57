//! The settings of a client, which JavaScript passes as JSON text.

use bimpe::{Client, Error};
use bimpe_runtime::json::Settings;

use crate::executor::CONNECTIONS;

/// The variable that names the CA file of Node itself.
const CA_VARIABLE: &str = "NODE_EXTRA_CA_CERTS";

/// Returns the names of the environment variables that a client reads.
pub(crate) fn environment_variables() -> Vec<&'static str> {
    bimpe::ENVIRONMENT.into_iter().chain([CA_VARIABLE]).collect()
}

/// Creates a client with these settings.
pub(crate) fn build_client(settings: Settings) -> Result<Client, Error> {
    settings.into_builder()?.connections(&CONNECTIONS).ca_variable(CA_VARIABLE).build()
}
