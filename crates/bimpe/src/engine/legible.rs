//! Whether a JSON text is one that every language reads alike. Deep nesting, numbers beyond all bounds and halves of
//! surrogate pairs are JSON by its grammar, yet some readers refuse them and others make something else of them.

use serde_json::Value;

use super::json::Reader;

/// Whether every language reads this text, and as the same JSON.
pub(crate) fn is_legible(json: &str) -> bool {
    is_plain(json) || serde_json::from_str::<Value>(json).is_ok()
}

fn is_plain(json: &str) -> bool {
    let mut reader = Reader::new(json);
    reader.skip().is_ok() && reader.finish() == Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> String {
        "[".repeat(depth) + &"]".repeat(depth)
    }

    #[test]
    fn what_all_languages_read() {
        for json in
            [r#"{"a": [true, 1.5, 1e3, -2E-4], "b\"\\": "\ud83d\ude00[[["}"#, "\"\"", "7", &nested(127)]
        {
            assert!(is_legible(json), "{json}");
        }
    }

    #[test]
    fn what_they_read_differently() {
        for json in
            ["[1e400]", r#""\ud800""#, r#"{"a\\": -1E999}"#, &nested(128), &nested(100_000), &"1".repeat(400)]
        {
            assert!(!is_legible(json), "{}", &json[..json.len().min(20)]);
        }
    }

    #[test]
    fn plain_texts_need_no_closer_look() {
        assert!(is_plain(r#"[{"a": "e1e2 \" \\", "b": true, "c": null, "d": 1.5}, false]"#));
    }
}
