//! Tests of the import check with small source trees.

use super::source::Language;
use super::*;

fn tree(language: Language) -> Tree {
    Tree { folder: "", language, layers: &["low", "high", "top"], libraries: &[("axum::", "top")] }
}

fn sources(files: &[(&str, &str)]) -> Sources {
    let module = |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    files.iter().map(|(path, text)| (module(path), (*text).to_owned())).collect()
}

fn errors(language: Language, files: &[(&str, &str)]) -> Vec<String> {
    check(&tree(language), &sources(files))
}

#[test]
fn a_circle_of_files_is_reported_in_each_language() {
    let circle = ["circle: low.a → low.b → low.a"];
    let rust = [("low", ""), ("low/a", "use super::b::B;"), ("low/b", "fn b() -> crate::low::a::A {}")];
    assert_eq!(errors(Language::Rust, &rust), circle);
    let python =
        [("low", ""), ("low/a", "    from .b import (\n    B,\n)"), ("low/b", "from bimpe.low import a")];
    assert_eq!(errors(Language::Python, &python), circle);
    let typescript =
        [("low/a", "import type { B } from \"./b.js\";"), ("low/b", "const a = import(\"../low/a.js\");")];
    assert_eq!(errors(Language::TypeScript, &typescript), circle);
}

#[test]
fn a_circle_through_a_re_export_is_reported() {
    let files = [
        ("low", "mod a;\nmod b;\npub use a::A;\npub(crate) use self::b::{B as C, D};"),
        ("low/a", "use super::C;"),
        ("low/b", "use crate::low::{A, D};"),
    ];
    assert_eq!(errors(Language::Rust, &files), ["circle: low.a → low.b → low.a"]);
}

#[test]
fn a_module_and_its_children_are_no_circle() {
    let files = [("low", "use self::a::A;"), ("low/a", "use super::X;\n// use crate::high::Y;")];
    assert_eq!(errors(Language::Rust, &files), [""; 0]);
}

#[test]
fn an_import_of_a_higher_layer_is_reported() {
    let files =
        [("", "pub use high::{deep::Y, Z};"), ("high", ""), ("high/deep", ""), ("low", "use crate::{Y};")];
    assert_eq!(errors(Language::Rust, &files), ["`low` must not import `high.deep`"]);
    let tests = [("high", ""), ("low", "#[cfg(test)]\nmod tests {\n    use crate::high;\n}")];
    assert_eq!(errors(Language::Rust, &tests), [""; 0]);
}

#[test]
fn an_unknown_module_and_a_forbidden_library_are_reported() {
    let found = errors(Language::Rust, &[("new", ""), ("high", "axum::serve()"), ("top", "axum::serve()")]);
    assert_eq!(found, ["`high` must not use `axum::`", "`new` is in no layer; add it to the table"]);
}
