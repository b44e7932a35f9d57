//! The names of the shared table, as Rust writes them.

use std::collections::HashSet;
use std::sync::LazyLock;

use bimpe::Error;
use serde_json::Value;

/// Names of arguments, options and methods.
pub(crate) static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let file = format!("{}/../../tests/cases/names.json", env!("CARGO_MANIFEST_DIR"));
    let table: Value =
        serde_json::from_str(&std::fs::read_to_string(file).expect("the table")).expect("JSON");
    let names = table["names"].as_array().expect("a list").iter();
    names.map(|name| name.as_str().expect("text").to_owned()).collect()
});

/// Returns the text of this library in an error. The text of the server may name anything.
pub(crate) fn own_text(error: &Error) -> String {
    let text = error.to_string();
    if error.status().is_some() { text.replace(error.message(), "") } else { text }
}

/// The names in a text that belong to another language.
pub(crate) fn foreign(text: &str) -> Vec<String> {
    let words = words(text);
    NAMES.iter().map(|name| camel(name)).filter(|name| words.contains(name.as_str())).collect()
}

/// The words of a text, each once.
pub(crate) fn words(text: &str) -> HashSet<&str> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_').collect()
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |camel, part| camel + &part[..1].to_uppercase() + &part[1..])
}
