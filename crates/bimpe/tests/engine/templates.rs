//! Every text in the sources that names an argument says so by `naming`, so that bindings can write the name in their way.

use std::fs;
use std::path::{Path, PathBuf};

use crate::names::{NAMES, words};

/// How far behind a text its names may stand.
const NEAR: usize = 400;

#[test]
fn texts_declare_the_names_that_they_hold() {
    let mut undeclared = Vec::new();
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let source = fs::read_to_string(&file).expect("a source");
        let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        for (text, after) in texts(code) {
            let words = words(&text);
            for name in NAMES.iter().filter(|name| words.contains(name.as_str())) {
                let near = &after[..after.floor_char_boundary(NEAR)];
                let is_declared = near.contains(".naming(") || declares(code, name);
                if !is_declared {
                    undeclared.push(format!("{}: `{name}` in: {text}", file.display()));
                }
            }
        }
    }
    assert!(undeclared.is_empty(), "{}", undeclared.join("\n"));
}

/// Whether a `naming` of this source has the name.
fn declares(code: &str, name: &str) -> bool {
    let declared = code.split(".naming(").skip(1).filter_map(|rest| rest.split(')').next());
    declared.into_iter().any(|names| words(names).contains(name))
}

/// The sources but for generated ones, tests, the examples of the documentation, and the rules about fields of the API.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let files = entries.flat_map(|path| {
        let is_other = ["resources", "types", "examples", "operations.rs", "cross_field_rules.rs", "tests"]
            .iter()
            .any(|name| path.ends_with(name));
        match path.extension() {
            _ if is_other => Vec::new(),
            None => sources(&path),
            Some(_) => vec![path],
        }
    });
    files.collect()
}

/// The texts with blanks in some code, each with the code behind it. Names alone are keys of JSON.
fn texts(code: &str) -> impl Iterator<Item = (String, &str)> {
    let mut rest = code;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(['"', '/'])?;
            let from = &rest[start..];
            if from.starts_with("//") {
                rest = &from[from.find('\n').unwrap_or(from.len())..];
            } else if from.starts_with('/') || start > 0 && rest[..start].ends_with('\'') {
                rest = &from[1..];
            } else {
                let mut escaped = false;
                let end = from[1..].find(|character| {
                    let ends = character == '"' && !escaped;
                    escaped = character == '\\' && !escaped;
                    ends
                })?;
                rest = &from[end + 2..];
                let text = &from[1..=end];
                if text.contains(' ') {
                    return Some((text.to_owned(), rest));
                }
            }
        }
    })
}
