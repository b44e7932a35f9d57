//! Sets right what servers get wrong in JSON texts. JavaScript cuts strings in the middle of a surrogate pair, and programs
//! that write JSON by hand leave control characters as they are.

use std::fmt::Write as _;

use super::scan::find_special_byte;
use super::text::unescape;

/// The text with control characters inside strings escaped, and U+FFFD in place of halves of surrogate pairs; `None` if it
/// has neither.
pub(in super::super) fn repaired(json: &str) -> Option<String> {
    let bytes = json.as_bytes();
    let mut out = String::new();
    // How far the text is copied, and how far it is read.
    let (mut copied, mut at) = (0, 0);
    while let Some(quote) = memchr::memchr(b'"', bytes.get(at..).unwrap_or_default()) {
        at += quote + 1;
        loop {
            at = find_special_byte(bytes, at);
            let start = at;
            match bytes.get(at) {
                Some(b'\\') => {
                    let (character, length) = unescape(&bytes[at..]).unwrap_or((Some('\\'), 2));
                    at += length;
                    if character.is_some() {
                        continue;
                    }
                    out.push_str(&json[copied..start]);
                    out.push_str("\\ufffd");
                }
                Some(control @ 0..b' ') => {
                    at += 1;
                    out.push_str(&json[copied..start]);
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\u{control:04x}");
                }
                _ => break,
            }
            copied = at;
        }
        at += 1;
    }
    if copied == 0 {
        return None;
    }
    out.push_str(&json[copied..]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wrong_inside_strings_is_changed() {
        for (json, wanted) in [
            ("{\n\"a\": \"b\nc\td\\\"\u{1}\"}", r#"{NL"a": "b\u000ac\u0009d\"\u0001"}"#),
            (r#"["See you \ud83d"]"#, r#"["See you \ufffd"]"#),
            (r#"{"\udc00": "\ud83d\ud83d\ude00\\ud83d"}"#, r#"{"\ufffd": "\ufffd\ud83d\ude00\\ud83d"}"#),
            ("\"\u{e9}\\\u{e9}\n", "\"\u{e9}\\\u{e9}\\u000a"),
        ] {
            assert_eq!(repaired(json).as_deref(), Some(wanted.replace("NL", "\n").as_str()), "{json}");
        }
        for json in [
            "",
            "\"",
            "\"\\",
            "\"\\u",
            "\"\\u12",
            "\n",
            r#"{"a": "b\n\ud83d\ude00"}"#,
            "\\ud83d",
            "\"a\" \n\u{1}",
        ] {
            assert_eq!(repaired(json), None, "{json}");
        }
    }
}
