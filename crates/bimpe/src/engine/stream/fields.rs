//! Fields of an event, read before anybody decodes it.

use crate::engine::json::{JsonError, Kind, Reader};

/// Returns the text in a field of a JSON object. The text after the field may be invalid JSON: a cursor that
/// stays before an unreadable event would bring it again and again.
pub(super) fn text(json: &str, field: &str) -> Option<String> {
    let mut found = None;
    let mut reader = Reader::new(json);
    if reader.kind() == Ok(Kind::Object) {
        let read = |reader: &mut Reader<'_>, name: crate::engine::json::StringSlice<'_>| {
            if name.decode() == field && reader.kind()? == Kind::String {
                found = Some(reader.string()?.decode().into_owned());
                return Ok(());
            }
            reader.skip().map(drop)
        };
        // The field counts, even if the rest cannot be read.
        let _: Result<(), JsonError> = reader.fields(read);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_whatever_follows() {
        let id = |json| text(json, "id");
        for json in [
            r#"{"id": "m1"}"#,
            r#"{"a": {"id": "no"}, "id": "m1", "b": [1]}"#,
            r#"{"id": "m1", "message": "cut"#,
            r#"{"id":"m1","message":"a\ud83d"}"#,
            r#"{"\u0069d": "m\u0031", oops"#,
        ] {
            assert_eq!(id(json).as_deref(), Some("m1"), "{json}");
        }
        for json in [
            "",
            "{",
            "[]",
            r#"["id", "m1"]"#,
            r#"{"id": 1}"#,
            r#"{"id": null}"#,
            r#"{"a": oops, "id": "m1"}"#,
        ] {
            assert_eq!(id(json), None, "{json}");
        }
    }
}
