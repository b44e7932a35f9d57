//! Names of the official packages that differ from ours.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::{
    ir::{Api, OfficialNames},
    yaml::{Node, Value},
};

const KEYWORD: &str = "x-official-names";

/// Returns the official names of a type, of a resource, or of the query of an operation. The spec has one list for both
/// languages, or one list for each.
pub(crate) fn names(node: &Node) -> Result<OfficialNames> {
    let Some(names) = node.get(KEYWORD) else { return Ok(OfficialNames::default()) };
    if let Value::List(_) = names.value {
        let both = node.texts_of(KEYWORD)?;
        return Ok(OfficialNames { typescript: both.clone(), python: both, python_input: Vec::new() });
    }
    let mut found = OfficialNames::default();
    for entry in names.entries()? {
        let list = names.texts_of(&entry.key)?;
        match entry.key.as_str() {
            "typescript" => found.typescript = list,
            "python" => found.python = list,
            "python_input" => found.python_input = list,
            other => return Err(entry.node.error(format!("unknown language `{other}`"))),
        }
    }
    Ok(found)
}

/// Fails if two owners have the same official name.
pub(crate) fn check(api: &Api) -> Result<()> {
    let types = api.groups.iter().flat_map(|group| &group.types);
    let resources = api.groups.iter().flat_map(|group| &group.resources);
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    owners.extend(types.clone().map(|ty| (ty.name.as_str(), ty.name.as_str())));
    owners.extend(resources.clone().map(|resource| (resource.class.as_str(), resource.class.as_str())));
    let operations = resources.clone().flat_map(|resource| &resource.operations);
    let all = types
        .map(|ty| (ty.name.as_str(), &ty.official))
        .chain(resources.map(|resource| (resource.class.as_str(), &resource.official)))
        .chain(operations.map(|op| (op.id.as_str(), &op.official)));
    for (owner, names) in all {
        for name in names.typescript.iter().chain(&names.python).chain(&names.python_input) {
            match owners.insert(name, owner) {
                Some(other) if other != owner => {
                    bail!("duplicate official name `{name}`: `{owner}` and `{other}`");
                }
                _ => {}
            }
        }
    }
    Ok(())
}
