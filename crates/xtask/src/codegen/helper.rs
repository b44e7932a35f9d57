//! Helpers: methods that send several requests. The resource tree contains them like operations.

use anyhow::{Result, bail};

use super::{
    ir::{Helper, Operation},
    operation::{self, add_parameter},
    spec::Spec,
    yaml::{Entry, Node},
};

/// Returns a helper as an operation. The operation has the method and the path of the helper's main request, which
/// errors and hooks report. The main request is the first one that writes, or else the first one.
pub(crate) fn operation(spec: &Spec, entry: &Entry, operations: &[Operation]) -> Result<Operation> {
    let (id, node) = (entry.key.as_str(), &entry.node);
    let sibling = |op: &&Operation| {
        op.id.rsplit_once('.').map(|(resource, _)| resource) == id.rsplit_once('.').map(|(it, _)| it)
    };
    let Some(sibling) = operations.iter().find(sibling) else {
        bail!("{}: unknown resource of the helper `{id}`", entry.place);
    };
    let requests = requests(node, operations)?;
    let Some(main) = requests.iter().find(|op| op.method != "GET").or(requests.first()) else {
        return Err(node.error(format!("`x-requests` of the helper `{id}` is empty")));
    };
    let timeout = node.require("x-timeout")?;
    let seconds = timeout.to_json().as_u64().filter(|seconds| *seconds > 0);
    let mut scopes: Vec<String> = requests.iter().flat_map(|op| op.scopes.iter().cloned()).collect();
    scopes.sort();
    scopes.dedup();
    let mut op = Operation {
        path_params: main.path_params.clone(),
        scopes,
        helper: Some(Helper {
            requests: requests.iter().map(|op| op.id.clone()).collect(),
            timeout: seconds
                .ok_or_else(|| timeout.error("invalid `x-timeout`: expected a whole number of seconds"))?,
        }),
        ..operation::method(spec, node, id, &sibling.group, (&main.method, &main.path))?
    };
    for parameter in node.get("parameters").map_or(Ok(&[][..]), Node::items)? {
        add_parameter(spec, &mut op, parameter)?;
    }
    Ok(op)
}

/// Returns the operations that a helper uses.
fn requests<'a>(node: &Node, operations: &'a [Operation]) -> Result<Vec<&'a Operation>> {
    let find = |request: &Node| {
        let id = request.text()?;
        let found = operations.iter().find(|op| op.id == id);
        found.ok_or_else(|| request.error(format!("unknown operation `{id}`")))
    };
    node.require("x-requests")?.items()?.iter().map(find).collect()
}
