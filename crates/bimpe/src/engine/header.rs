//! Headers that callers give: checked, and never in the way of the engine's own. Headers of responses, as text.

use http::{HeaderMap, HeaderName, HeaderValue};

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

/// Names and values of headers, in Latin-1 as `fetch` reads them; a name may come more than once.
pub fn header_pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, String)> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes().iter().copied().map(char::from).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_latin_1_and_doubled_names_stay_apart() {
        let mut headers = HeaderMap::new();
        let every: Vec<u8> = (0..=255).filter(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..)).collect();
        for value in [b"a=1".as_slice(), b"b=2", &every] {
            headers.append("set-cookie", HeaderValue::from_bytes(value).expect("a value that HTTP allows"));
        }
        let text: String = every.iter().copied().map(char::from).collect();
        let pairs: Vec<_> = header_pairs(&headers).collect();
        assert_eq!(pairs, ["a=1", "b=2", &text].map(|value| ("set-cookie", value.to_owned())));
    }
}
