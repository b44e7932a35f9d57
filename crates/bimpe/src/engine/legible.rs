//! Whether a JSON text is one that every language reads alike. Deep nesting, numbers beyond all bounds and halves of
//! surrogate pairs are JSON by its grammar, yet some readers refuse them and others make something else of them.

use memchr::memchr2;
use serde_json::Value;

/// How deep arrays and objects may lie in each other.
const MAX_DEPTH: usize = 127;
/// A number with fewer digits is within the bounds of all readers.
const MAX_DIGITS: usize = 300;

/// Whether every language reads this JSON, whose grammar is known to be right.
pub(crate) fn is_legible(json: &str) -> bool {
    // The careful reading is rarely needed, and takes ten times as long.
    !is_odd(json.as_bytes()) || serde_json::from_str::<Value>(json).is_ok()
}

/// Whether there is anything that needs a closer look.
fn is_odd(json: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut digits = 0;
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        match byte {
            _ if digits > MAX_DIGITS => return true,
            b'"' => match end_of_string(json, at + 1) {
                Some(end) => at = end,
                None => return true,
            },
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            // An exponent, unlike the `e` of `true`.
            b'e' | b'E' if at > 0 && json[at - 1].is_ascii_digit() => return true,
            _ => {}
        }
        at += 1;
    }
    false
}

/// Where a string ends that begins here; `None` if it holds a numbered character.
fn end_of_string(json: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr2(b'"', b'\\', json.get(at..)?)?;
        match json.get(at..at + 2) {
            Some([b'\\', b'u']) => return None,
            Some([b'\\', _]) => at += 2,
            _ => return Some(at),
        }
    }
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
        assert!(!is_odd(br#"[{"a": "e1e2 \" \\", "b": true, "c": null, "d": 1.5}, false]"#));
    }
}
