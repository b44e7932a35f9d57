//! Text forms of path segments and headers.

use http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Appends an id as one path segment. Percent-encodes everything but unreserved characters.
pub(crate) fn push_segment(path: &mut String, id: &str) {
    path.extend(utf8_percent_encode(id, RESERVED));
}

/// Returns names and values of headers, in Latin-1 as `fetch` decodes them. A name may occur more than once.
pub fn header_pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, String)> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes().iter().copied().map(char::from).collect()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn header_values_are_latin_1_and_repeated_names_stay_apart() {
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
