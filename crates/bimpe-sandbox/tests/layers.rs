//! The modules of the crate form layers without a circle.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules of each layer, lowest first. A module may import itself and modules of lower layers.
const LAYERS: [&[&str]; 7] = [
    &["clock", "ids", "journal", "rate_limit", "spec", "store"],
    &["model"],
    &["response", "state"],
    &["operations"],
    &["http"],
    &["admin"],
    &["server"],
];

/// The lowest layer that may import axum.
const HTTP: usize = 4;

#[test]
fn modules_import_lower_layers_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&root);
    assert!(files.len() > LAYERS.len(), "no sources in {}", root.display());
    for file in files.iter().filter(|file| **file != root.join("lib.rs")) {
        let module = file.strip_prefix(&root).expect("a file below src").components().next();
        let module = Path::new(&module.expect("a path")).with_extension("").display().to_string();
        let text = fs::read_to_string(file).expect("a source file");
        for imported in imports(&text) {
            let allowed = imported == module || layer(imported) < layer(&module);
            assert!(allowed, "{}: `{module}` must not import `{imported}`", file.display());
        }
        let axum = text.contains("axum::");
        assert!(!axum || layer(&module) >= HTTP, "{}: `{module}` must not import axum", file.display());
    }
}

/// Returns the modules after `crate::`, including those of `use crate::{…}`.
fn imports(text: &str) -> impl Iterator<Item = &str> {
    let paths = text.split("crate::").skip(1).flat_map(|rest| match rest.strip_prefix('{') {
        Some(group) => group.split('}').next().unwrap_or_default().split(',').collect(),
        None => vec![rest],
    });
    paths.filter_map(|path| {
        path.trim().split(|letter: char| !(letter.is_alphanumeric() || letter == '_')).next()
    })
}

fn layer(module: &str) -> usize {
    let found = LAYERS.iter().position(|layer| layer.contains(&module));
    found.unwrap_or_else(|| panic!("`{module}` is in no layer; add it to LAYERS"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let files = entries.flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}
