//! Checks headers of the caller. Callers cannot set headers of the engine.

use http::{HeaderName, HeaderValue};

use crate::error::Error;

/// Headers that belong to the engine or the transport.
const RESERVED: &[&str] = &[
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "host",
    "idempotency-key",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Checks a header of the caller. The value is never repeated.
pub(crate) fn custom(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Error> {
    let parsed = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| Error::user(format!("`{}` is not a valid header name", name.escape_debug())))?;
    if RESERVED.contains(&parsed.as_str()) {
        let hint = match parsed.as_str() {
            "authorization" => "; pass the key to the client",
            "idempotency-key" => "; use `idempotency_key`",
            _ => "",
        };
        let text = format!("the header `{parsed}` is set by the client{hint}");
        return Err(Error::user(text).naming(&["idempotency_key"]));
    }
    let visible = |byte: u8| byte == b'\t' || (b' '..=b'~').contains(&byte);
    if !value.bytes().all(visible) {
        return Err(Error::user(format!(
            "the value of the header `{parsed}` holds characters other than visible ASCII"
        )));
    }
    let value = HeaderValue::from_str(value)
        .map_err(|_| Error::user(format!("the value of the header `{parsed}` is not valid")))?;
    Ok((parsed, value))
}

/// Checks an idempotency key.
pub(crate) fn idempotency_key(key: &str) -> Result<HeaderValue, Error> {
    let fits = !key.is_empty() && key.len() <= 255 && key.bytes().all(|byte| byte.is_ascii_graphic());
    let value = fits.then(|| HeaderValue::from_str(key).ok()).flatten();
    value.ok_or_else(|| Error::user("the idempotency key must be 1 to 255 visible ASCII characters"))
}
