//! Filters of the templates, in addition to those of minijinja.

use std::path::PathBuf;

use heck::{ToLowerCamelCase as _, ToShoutySnakeCase as _, ToSnakeCase as _, ToUpperCamelCase as _};
use indicatif::HumanCount;
use minijinja::{Environment, Error, ErrorKind};
use serde_json::Value;

use super::{format, names};

/// Spells a value in a language.
type Spelling = fn(&Value) -> String;

/// Adds all filters. Formats examples if `format_in` has the root of the repository.
pub(crate) fn add(environment: &mut Environment<'_>, format_in: Option<PathBuf>) {
    environment.add_filter("snake", |name: &str| name.to_snake_case());
    environment.add_filter("camel", |name: &str| name.to_lower_camel_case());
    environment.add_filter("pascal", |name: &str| name.to_upper_camel_case());
    environment.add_filter("constant", |name: &str| name.to_shouty_snake_case());
    environment.add_filter("rustname", names::rust);
    environment.add_filter("rustmethod", names::rust_method);
    environment.add_filter("pyname", names::python);
    environment.add_filter("wrap", wrap);
    environment.add_filter("prefix", prefix);
    environment.add_filter("sentence", sentence);
    environment.add_filter("capital", capital);
    environment.add_filter("rustfmt", move |text: &str| match &format_in {
        Some(root) => format::rust_example(root, text)
            .map_err(|error| Error::new(ErrorKind::InvalidOperation, format!("{error:#}"))),
        None => Ok(text.to_owned()),
    });
    let spellings: [(&str, Spelling); 5] = [
        ("rustliteral", rust_literal),
        ("pyliteral", python_literal),
        // JSON is valid TypeScript. The formatter removes the quotes of keys.
        ("tsliteral", Value::to_string),
        ("json", Value::to_string),
        ("json_pretty", |value| format!("{value:#}")),
    ];
    for (name, spell) in spellings {
        environment.add_filter(name, move |value: minijinja::Value| Ok::<_, Error>(spell(&to_json(&value)?)));
    }
}

fn to_json(value: &minijinja::Value) -> Result<Value, Error> {
    serde_json::to_value(value)
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, "not a JSON value").with_source(error))
}

/// Breaks text into lines of at most `width` characters. Keeps the empty lines between paragraphs.
fn wrap(text: &str, width: usize) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| {
        let mut lines = vec![String::new()];
        for word in paragraph.split_whitespace() {
            let last = lines.last_mut().expect("there is always a line");
            if last.is_empty() {
                last.push_str(word);
            } else if last.chars().count() + 1 + word.chars().count() <= width {
                last.push(' ');
                last.push_str(word);
            } else {
                lines.push(word.to_owned());
            }
        }
        lines.join("\n")
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// Puts `first` before the first line, and `next` before the others. `next` defaults to `first`.
/// Removes spaces at the ends of lines.
fn prefix(text: &str, first: &str, next: Option<&str>) -> String {
    let starts = std::iter::once(first).chain(std::iter::repeat(next.unwrap_or(first)));
    let lines = text.lines().zip(starts).map(|(line, start)| format!("{start}{line}").trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

/// Ends a text with a full stop.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}

/// Capitalizes the first character of a text.
fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().into_iter().flat_map(char::to_uppercase).chain(characters).collect()
}

/// Spells a value in Rust. Groups the digits of long numbers, because clippy requires it.
fn rust_literal(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Number(number) => match number.as_u64() {
            Some(long) if long >= 10_000 => HumanCount(long).to_string().replace(',', "_"),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

fn python_literal(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(python_literal).collect::<Vec<_>>().join(", "))
        }
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| {
                format!("{}: {}", Value::from(key.as_str()), python_literal(value))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        // JSON and Python have the same syntax for numbers and strings.
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn wrap_and_prefix_keep_paragraphs() {
        assert_eq!(wrap("one two three\nfour\n\nfive", 9), "one two\nthree\nfour\n\nfive");
        assert_eq!(prefix("one\n\ntwo", "/// ", None), "/// one\n///\n/// two");
        assert_eq!(prefix("one\ntwo", "/// - ", Some("///   ")), "/// - one\n///   two");
        assert_eq!(capital(&sentence("a URL")), "A URL.");
    }

    #[test]
    fn rust_literal_escapes_strings_and_groups_digits() {
        assert_eq!(rust_literal(&json!("a\"b")), r#""a\"b""#);
        assert_eq!(rust_literal(&json!(300_000)), "300_000");
        assert_eq!(rust_literal(&json!(1000)), "1000");
    }

    #[test]
    fn python_literal_spells_constants_and_containers() {
        let value = json!({"a": [true, null, "it's"], "b": 1.5});
        assert_eq!(python_literal(&value), r#"{"a": [True, None, "it's"], "b": 1.5}"#);
    }
}
