//! The modules of a source tree, and the modules that each file imports.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use regex_lite::Regex;
use walkdir::WalkDir;

/// A module path, such as `["engine", "retry"]`. The root of a tree has an empty path.
pub(super) type Module = Vec<String>;

/// The names that a Rust module re-exports, with their full paths. The name of a glob is `*`.
type Exports = BTreeMap<Module, Vec<(String, Module)>>;

/// The language of a source tree.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Rust,
    Python,
    TypeScript,
}

/// Source texts by module.
pub(super) type Sources = BTreeMap<Module, String>;

/// Reads all source files below a folder, without those of tests.
pub(super) fn read(language: Language, folder: &Path) -> Result<Sources> {
    let wanted: &[&str] = match language {
        Language::Rust => &["rs"],
        Language::Python => &["py", "pyi"],
        Language::TypeScript => &["ts", "mts", "cts"],
    };
    let mut sources = Sources::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let file = entry?.into_path();
        let extension = file.extension().unwrap_or_default();
        let module = file.strip_prefix(folder)?.with_extension("");
        let mut module: Module = module.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if module.last().is_some_and(|name| ["lib", "mod", "__init__", "index"].contains(&name.as_str())) {
            module.pop();
        }
        if wanted.iter().any(|wanted| extension == *wanted) && !module.iter().any(|part| part == "tests") {
            let text =
                fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            // `index.ts` and `index.mts` are one module.
            sources.entry(module).or_default().push_str(&text);
        }
    }
    Ok(sources)
}

/// Returns the imports between the modules, except those between a module and the modules in it.
pub(super) fn imports(language: Language, sources: &Sources) -> Vec<(Module, Module)> {
    let parsed: BTreeMap<&Module, Vec<Import>> =
        sources.iter().map(|(module, text)| (module, parse(language, sources, module, text))).collect();
    let mut exports = Exports::new();
    for (module, imports) in &parsed {
        let public = imports.iter().filter(|import| import.is_public);
        exports.insert(
            (*module).clone(),
            public.map(|import| (import.name.clone(), import.path.clone())).collect(),
        );
    }
    let mut edges = Vec::new();
    for (module, imports) in parsed {
        for import in imports {
            let Some(target) = resolve(sources, &exports, &import.path, 0) else { continue };
            if !target.starts_with(module) && !module.starts_with(&target) {
                edges.push((module.clone(), target));
            }
        }
    }
    edges.sort();
    edges.dedup();
    edges
}

/// Returns the module in which a path ends, through re-exports.
fn resolve(sources: &Sources, exports: &Exports, path: &[String], depth: usize) -> Option<Module> {
    let length = (0..=path.len()).rev().find(|length| sources.contains_key(&path[..*length]))?;
    let (module, rest) = path.split_at(length);
    let Some((name, rest)) = rest.split_first() else { return Some(module.to_vec()) };
    let named = exports[module].iter().filter(|(exported, _)| exported == name || exported == "*");
    for (exported, target) in named.filter(|_| depth < 8) {
        let full =
            if exported == "*" { [target, std::slice::from_ref(name)].concat() } else { target.clone() };
        let found = resolve(sources, exports, &[full.as_slice(), rest].concat(), depth + 1);
        // A glob exports this name only if the name is known there.
        if found.as_ref().is_some_and(|found| exported != "*" || found != target) {
            return found;
        }
    }
    Some(module.to_vec())
}

struct Import {
    /// The full path, with the name.
    path: Module,
    /// The name in the importing module.
    name: String,
    is_public: bool,
}

fn parse(language: Language, sources: &Sources, module: &Module, text: &str) -> Vec<Import> {
    let mut imports = Vec::new();
    let is_package = sources.keys().any(|other| other.len() > module.len() && other.starts_with(module));
    match language {
        Language::Rust => rust(module, text, &mut imports),
        Language::Python => python(module, is_package, text, &mut imports),
        Language::TypeScript => {
            let import = regex(r#"(?:from|import|import\()\s*"(\.[^"]+)""#);
            for found in import.captures_iter(text) {
                let mut path = if is_package { module.clone() } else { module[..module.len() - 1].to_vec() };
                for step in found[1].split('/') {
                    match step {
                        "." => {}
                        ".." => drop(path.pop()),
                        name => path.push(name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()),
                    }
                }
                path.pop_if(|name| name == "index");
                imports.push(Import { path, name: String::new(), is_public: false });
            }
        }
    }
    imports
}

fn rust(module: &Module, text: &str, imports: &mut Vec<Import>) {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let text = regex(r"//[^\n]*").replace_all(text, "");
    let statement = regex(r"(pub(?:\([^)]*\))? )?\buse ([^;]+);");
    for found in statement.captures_iter(&text) {
        let is_public = found.get(1).is_some();
        expand(&[], &found[2], &mut |path, name| {
            let path = match path.first().map(String::as_str) {
                Some("crate" | "super" | "self") => absolute(module, &path),
                // Paths of other crates and of modules in this one. The latter matter only as re-exports.
                _ if is_public => [module.clone(), path].concat(),
                _ => return,
            };
            imports.push(Import { path, name, is_public });
        });
    }
    let text = statement.replace_all(&text, "");
    for found in regex(r"\b(?:crate|super|self)(?:::\w+)+").find_iter(&text) {
        let path: Module = found.as_str().split("::").map(str::to_owned).collect();
        imports.push(Import { path: absolute(module, &path), name: String::new(), is_public: false });
    }
}

/// Calls `leaf` with the path and the local name of each import of a `use` tree.
fn expand(prefix: &[String], tree: &str, leaf: &mut dyn FnMut(Module, String)) {
    let tree = tree.trim();
    if let Some(group) = tree.strip_prefix('{') {
        let group = group.strip_suffix('}').unwrap_or(group);
        let mut depth = 0;
        let parts = group.split(|sign| {
            depth += i32::from(sign == '{') - i32::from(sign == '}');
            sign == ',' && depth == 0
        });
        parts.filter(|part| !part.trim().is_empty()).for_each(|part| expand(prefix, part, leaf));
    } else if let Some((head, rest)) = tree.split_once("::") {
        expand(&[prefix, &[head.trim().to_owned()]].concat(), rest, leaf);
    } else {
        let (name, alias) = tree.split_once(" as ").unwrap_or((tree, tree));
        let own = if name == "self" { Vec::new() } else { vec![name.to_owned()] };
        leaf([prefix, &own].concat(), alias.trim().to_owned());
    }
}

fn absolute(module: &Module, path: &[String]) -> Module {
    let mut base = module.clone();
    let mut rest = path;
    while let Some((first, after)) = rest.split_first() {
        match first.as_str() {
            "crate" => base.clear(),
            "super" => drop(base.pop()),
            "self" => {}
            _ => break,
        }
        rest = after;
    }
    base.extend_from_slice(rest);
    base
}

fn python(module: &Module, is_package: bool, text: &str, imports: &mut Vec<Import>) {
    let statement = regex(r"(?m)^ *from (\.+|bimpe\b)\.?([\w.]*) import (\([^)]*\)|[^\n]+)");
    for found in statement.captures_iter(text) {
        let mut base = if &found[1] == "bimpe" { Module::new() } else { module.clone() };
        // The first dot names the package, which a package itself is already.
        let dots = found[1].matches('.').count();
        base.truncate(base.len().saturating_sub(if is_package { dots.saturating_sub(1) } else { dots }));
        base.extend(found[2].split('.').filter(|part| !part.is_empty()).map(str::to_owned));
        for name in found[3].trim_matches(['(', ')']).split(',') {
            let name = name.split(" as ").next().unwrap_or_default().trim();
            let path = [base.as_slice(), &[name.to_owned()]].concat();
            imports.push(Import { path, name: name.to_owned(), is_public: false });
        }
    }
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a valid pattern")
}
