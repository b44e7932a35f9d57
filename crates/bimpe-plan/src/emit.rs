//! Writes values as YAML in block style.

use std::fmt::Write;

use serde_json::Value;

use crate::reference::escape;

/// Words that YAML readers take for other values than strings.
const WORDS: &[&str] = &["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

/// A YAML text in the making.
#[derive(Default)]
pub(crate) struct Emitter {
    pub(crate) text: String,
}

impl Emitter {
    /// Starts a line. `item` begins an item of a list.
    fn indent(&mut self, depth: usize, item: bool) {
        let spaces = if item { depth.saturating_sub(1) } else { depth };
        self.text.push_str(&"  ".repeat(spaces));
        if item {
            self.text.push_str("- ");
        }
    }

    pub(crate) fn comment(&mut self, depth: usize, text: &str) {
        self.indent(depth, false);
        // A line break would end the comment.
        let _ = writeln!(self.text, "# {}", text.replace(char::is_control, " "));
    }

    /// Writes a key whose value follows on deeper lines.
    pub(crate) fn section(&mut self, depth: usize, name: &str) {
        self.indent(depth, false);
        let _ = writeln!(self.text, "{name}:");
    }

    /// Writes a key with its value. `item` begins an item of a list with it.
    pub(crate) fn field(&mut self, depth: usize, item: bool, name: &str, value: &Value) {
        self.indent(depth, item);
        self.text.push_str(&quoted(name));
        self.text.push(':');
        self.value(depth, value);
    }

    /// Writes a value after a key or a dash.
    fn value(&mut self, depth: usize, value: &Value) {
        match value {
            Value::Array(items) if !items.is_empty() => {
                self.text.push('\n');
                for item in items {
                    self.item(depth + 2, item);
                }
            }
            Value::Object(fields) if !fields.is_empty() => {
                self.text.push('\n');
                for (name, value) in fields {
                    self.field(depth + 1, false, name, value);
                }
            }
            Value::String(text) => self.string(depth, &escape(text)),
            other => {
                let _ = writeln!(self.text, " {other}");
            }
        }
    }

    fn item(&mut self, depth: usize, item: &Value) {
        match item {
            Value::Object(fields) if !fields.is_empty() => {
                for (index, (name, value)) in fields.iter().enumerate() {
                    self.field(depth, index == 0, name, value);
                }
            }
            other => {
                self.indent(depth, true);
                // The space after the dash is the one before the value.
                self.text.pop();
                self.value(depth, other);
            }
        }
    }

    fn string(&mut self, depth: usize, text: &str) {
        let body = text.strip_suffix('\n').unwrap_or(text);
        if !is_block(body) {
            let _ = writeln!(self.text, " {}", quoted(text));
            return;
        }
        self.text.push_str(if body.len() < text.len() { " |\n" } else { " |-\n" });
        for line in body.split('\n') {
            if !line.is_empty() {
                self.indent(depth + 1, false);
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }
}

/// Whether a text is readable as a literal block: several lines of printable characters.
fn is_block(body: &str) -> bool {
    let is_plain = |character: char| character == '\n' || is_printable(character);
    body.contains('\n')
        && !body.starts_with([' ', '\n'])
        && !body.ends_with('\n')
        && body.chars().all(is_plain)
}

fn is_printable(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
}

/// Returns a string as one line, in quotes where YAML needs them.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_' | b'.' | b'/' | b'-' | b',' | b'(' | b')')
    };
    let is_word = WORDS.contains(&text.to_ascii_lowercase().as_str());
    let starts_well = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/');
    if starts_well && !text.ends_with(' ') && !is_word && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    let mut result = String::new();
    for character in Value::from(text).to_string().chars() {
        if is_printable(character) {
            result.push(character);
        } else {
            // Those above U+FFFF are printable.
            let _ = write!(result, "\\u{:04x}", u32::from(character));
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::problem::Source;
    use crate::reference::Resolver;
    use crate::yaml::{self, Content, Node};

    /// Reads a value back, with references resolved.
    fn value(node: &Node) -> Value {
        match &node.content {
            Content::Scalar(Value::String(text)) => {
                Resolver::default().resolve(text, std::path::Path::new("")).expect("no reference").into()
            }
            Content::Scalar(value) => value.clone(),
            Content::List(items) => items.iter().map(value).collect(),
            Content::Map(entries) => {
                entries.iter().map(|entry| (entry.key.clone(), value(&entry.node))).collect()
            }
        }
    }

    fn round_trip(original: &Value) {
        let mut emitter = Emitter::default();
        emitter.section(0, "list");
        emitter.field(2, true, "name", original);
        emitter.field(2, false, "other", original);
        let source = Source::new("a.yaml", &emitter.text);
        let read =
            yaml::parse(&source, &emitter.text).unwrap_or_else(|error| panic!("{error}\n{}", emitter.text));
        assert_eq!(
            value(&read),
            json!({ "list": [{ "name": original, "other": original }] }),
            "{}",
            emitter.text
        );
    }

    fn values() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            "[ -~\n]{0,30}",
            "(([a-z:#\\-] ?){0,6}\n){0,4}",
            any::<String>(),
            "(true|No|~|1e3|0x1|\\.inf|- a|a: b|a #b|\\$\\{env:A\\})",
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            text.prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z: #-]{1,8}", inner, 0..4)
                    .prop_map(|fields| fields.into_iter().collect())
            ]
        })
    }

    proptest! {
        #[test]
        fn emitted_values_read_back_equal(original in values()) {
            round_trip(&original);
        }
    }
}
