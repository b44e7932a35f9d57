//! The API key. Its text is checked once, and appears in no output.

use std::fmt;
use std::sync::{Arc, Mutex};

use http::HeaderValue;

use crate::error::Error;
use crate::sync::lock;

/// Prefix of the keys of the local sandbox, which are not sent to other machines.
const SANDBOX_PREFIX: &str = "sk_sandbox_";
const PREFIX: &str = "sk_";
/// The name of the argument for it.
pub(crate) const KEY_ARGUMENT: &str = "api_key";
const SCHEME: &str = "Bearer ";
const MAX_LENGTH: usize = 512;

/// An API key for requests with another key than the client's, as [`crate::RequestOptions::api_key`].
///
/// ```
/// # fn main() -> Result<(), bimpe::Error> {
/// let key = bimpe::ApiKey::new("sk_from_the_vault")?;
/// assert_eq!(format!("{key:?}"), "ApiKey(****)");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    header: HeaderValue,
    source: &'static str,
}

impl ApiKey {
    /// Checks the key. An error never repeats it.
    pub fn new(key: &str) -> Result<Self, Error> {
        Self::from_source(key, "the request")
    }

    /// Creates a key with its source, which errors name.
    pub(crate) fn from_source(key: &str, source: &'static str) -> Result<Self, Error> {
        let reason = if key.is_empty() {
            "is empty".to_owned()
        } else if key.len() > MAX_LENGTH {
            format!("is longer than {MAX_LENGTH} bytes")
        } else if key.ends_with(['\n', '\r']) {
            "ends with a newline; remove it".to_owned()
        } else if key.contains(char::is_whitespace) {
            "contains white space; remove it".to_owned()
        } else if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            "contains characters other than visible ASCII".to_owned()
        } else {
            let mut header = HeaderValue::from_str(&format!("{SCHEME}{key}"))
                .map_err(|_| Error::user(format!("the API key from {source} cannot be sent in a header")))?;
            header.set_sensitive(true);
            return Ok(Self { header, source });
        };
        Err(Error::user(format!("the API key from {source} {reason}")).naming(&[KEY_ARGUMENT]))
    }

    /// The value of the `Authorization` header.
    pub(crate) fn header(&self) -> &HeaderValue {
        &self.header
    }

    /// The source of the key, as errors name it.
    pub(crate) fn source(&self) -> &'static str {
        self.source
    }

    /// The key, to mask it in texts.
    pub(crate) fn text(&self) -> &str {
        self.header.to_str().ok().and_then(|text| text.strip_prefix(SCHEME)).unwrap_or_default()
    }

    pub(crate) fn is_sandbox(&self) -> bool {
        self.text().starts_with(SANDBOX_PREFIX)
    }

    /// Refuses to send a sandbox key to another machine.
    pub(crate) fn check_host(&self, is_public: bool) -> Result<(), Error> {
        if self.is_sandbox() && is_public {
            return Err(Error::user(
                "this is a sandbox key, but the base URL is not on this machine; set BIMPEAI_BASE_URL to the \
                 address that `bimpe sandbox` printed, or use a key of the dashboard",
            ));
        }
        Ok(())
    }
}

/// Returns whether a text has the form of a key.
pub(crate) fn is_key(text: &str) -> bool {
    text.trim_start().starts_with(PREFIX)
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(****)")
    }
}

/// The key for the next ticket of a stream. It can be replaced while the stream is open.
#[derive(Clone, Debug, Default)]
pub struct SharedApiKey(Arc<Mutex<Option<ApiKey>>>);

impl SharedApiKey {
    /// The key for all tickets from now on.
    pub fn set(&self, key: ApiKey) {
        *lock(&self.0) = Some(key);
    }

    pub(crate) fn get(&self) -> Option<ApiKey> {
        lock(&self.0).clone()
    }
}
