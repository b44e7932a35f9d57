//! The address of the API.

use url::{Host, Url};

use crate::error::Error;

/// Address of the public API.
pub(super) const DEFAULT_BASE_URL: &str = "https://api.bimpe.ai";
/// Path before the path of an operation.
const PREFIX: &str = "/api/v1/console";

/// Checks the address and adds the prefix. Errors do not repeat the address, because it may hold a password.
pub(super) fn base_url(text: &str, allow_insecure_http: bool) -> Result<Url, Error> {
    let fail = |reason: &str| Error::user(format!("the base URL {reason}, as in {DEFAULT_BASE_URL}"));
    let mut url = Url::parse(text.trim()).map_err(|_| fail("must be an absolute address"))?;
    if url.scheme() != "https" && url.scheme() != "http" {
        return Err(fail("must start with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(fail("must not hold a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(fail("must not hold `?` or `#`"));
    }
    if url.scheme() == "http" && !allow_insecure_http && !is_loopback(&url) {
        let text = "the base URL must start with https://: over http:// the key would travel in clear \
                    (only addresses of this machine are exempt, or all with allow_insecure_http)";
        return Err(Error::user(text).naming(&["allow_insecure_http"]));
    }
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix(PREFIX).unwrap_or(path).to_owned() + PREFIX;
    url.set_path(&path);
    Ok(url)
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
