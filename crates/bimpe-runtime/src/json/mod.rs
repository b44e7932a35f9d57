//! JSON text that crosses the boundary to JavaScript. One text crosses it faster than an object.

mod requests;
mod results;
mod settings;

use bimpe::{Error, Naming};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use requests::{RequestArguments, create_stream, redacted_url, set_stream_key};
pub use results::{BatchText, log_fields, response_metadata, retry_event};
pub use settings::{RequestSettings, Settings, StreamSettings};

/// Parses JSON text. Errors name only the column, because the text may hold secrets.
///
/// # Errors
/// If the text is invalid.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text)
        .map_err(|error| Error::user(format!("the arguments are invalid JSON at column {}", error.column())))
}

/// Returns the fields of an error.
pub fn error_fields(error: &Error) -> Value {
    error.to_json_in(Naming::Camel)
}
