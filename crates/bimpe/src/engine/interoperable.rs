//! Makes a JSON text one that every language reads, and reads alike.

use std::borrow::Cow;

use super::json::{Reader, repaired};

/// Some programs begin texts with it, and readers refuse it.
pub(super) const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The text, with what servers are known to get wrong set right. `None` if it is not JSON then, is nested too deeply, or
/// has a number that is too large.
pub(crate) fn interoperable(json: &str) -> Option<Cow<'_, str>> {
    let json = json.strip_prefix(BYTE_ORDER_MARK).unwrap_or(json);
    if is_legible(json) {
        return Some(Cow::Borrowed(json));
    }
    repaired(json).filter(|json| is_legible(json)).map(Cow::Owned)
}

fn is_legible(json: &str) -> bool {
    let mut reader = Reader::new(json);
    reader.skip().is_ok() && reader.end() == Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> String {
        "[".repeat(depth) + &"]".repeat(depth)
    }

    #[test]
    fn what_all_languages_read_stays_as_it_is() {
        for json in
            [r#"{"a": [true, 1.5, 1e3, -2E-4], "b\"\\": "\ud83d\ude00[[["}"#, "\"\"", "7", &nested(500)]
        {
            assert!(matches!(interoperable(json), Some(Cow::Borrowed(same)) if same == json), "{json}");
        }
    }

    #[test]
    fn what_servers_get_wrong_is_set_right() {
        for (json, wanted) in
            [("\u{feff}{}", "{}"), ("\u{feff}[\"a\nb\", \"\\ud83d\"]", r#"["a\u000ab", "\ufffd"]"#)]
        {
            assert_eq!(interoperable(json).as_deref(), Some(wanted), "{json}");
        }
    }

    #[test]
    fn what_languages_read_differently_is_refused() {
        for json in
            ["[1e400]", r#"{"a\\": -1E999}"#, &nested(501), &nested(100_000), &"1".repeat(400), "[", "\"\n"]
        {
            assert_eq!(interoperable(json), None, "{}", &json[..json.len().min(20)]);
        }
    }
}
