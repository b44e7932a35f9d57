//! The imports between modules: layers that import lower layers only, and no circle of files.

mod source;
mod table;

use anyhow::{Result, ensure};

use self::source::{Module, Sources};
use self::table::{TREES, Tree};
use xtask::paths;
use xtask::task::log;

type Edge = (Module, Module);

/// Checks the imports of all source trees.
pub(super) fn run() -> Result<()> {
    let mut errors = Vec::new();
    for tree in TREES {
        let sources = source::read(tree.language, &paths::root().join(tree.folder))?;
        ensure!(!sources.is_empty(), "{} has no sources", tree.folder);
        let found = check(tree, &sources);
        errors.extend(found.into_iter().map(|error| format!("{}: {error}", tree.folder)));
    }
    log(&errors.join("\n"));
    ensure!(errors.is_empty(), "{} imports break the layers of the modules", errors.len());
    Ok(())
}

fn check(tree: &Tree, sources: &Sources) -> Vec<String> {
    let layer =
        |module: &str| tree.layers.iter().position(|layer| layer.split(' ').any(|name| name == module));
    let mut errors = Vec::new();
    for (module, text) in sources.iter().filter(|(module, _)| !module.is_empty()) {
        let own = layer(&module[0]);
        if own.is_none() {
            errors.push(format!("`{}` is in no layer; add it to the table", module[0]));
        }
        for (library, lowest) in tree.libraries {
            if own < layer(lowest) && text.contains(library) {
                errors.push(format!("`{}` must not use `{library}`", module.join(".")));
            }
        }
    }
    let edges = source::imports(tree.language, sources);
    for (module, imported) in &edges {
        if module[0] != imported[0] && layer(&module[0]) <= layer(&imported[0]) {
            errors.push(format!("`{}` must not import `{}`", module.join("."), imported.join(".")));
        }
    }
    errors.extend(circle(edges).map(|circle| format!("circle: {circle}")));
    errors
}

/// Returns a circle, if there is one.
fn circle(mut edges: Vec<Edge>) -> Option<String> {
    // Without the modules that import nothing, again and again, only circles and the modules that lead to them remain.
    loop {
        let before = edges.len();
        let importing: Vec<Module> = edges.iter().map(|(module, _)| module.clone()).collect();
        edges.retain(|(_, imported)| importing.contains(imported));
        if edges.len() == before {
            break;
        }
    }
    let mut path = vec![edges.first()?.0.clone()];
    loop {
        let (_, next) = edges.iter().find(|(module, _)| Some(module) == path.last())?;
        let start = path.iter().position(|module| module == next);
        path.push(next.clone());
        if let Some(start) = start {
            return Some(path[start..].iter().map(|module| module.join(".")).collect::<Vec<_>>().join(" → "));
        }
    }
}

#[cfg(test)]
mod tests;
