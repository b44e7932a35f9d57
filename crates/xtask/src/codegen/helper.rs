//! Helpers: methods that send several requests. The resource tree contains them like operations.

use anyhow::{Result, bail};

use super::{
    ir::{Helper, OfficialNames, Operation},
    operation::{add_parameter, body, errors, response},
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
    let (Some(sibling), Some((_, name))) = (operations.iter().find(sibling), id.rsplit_once('.')) else {
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
        id: id.to_owned(),
        name: name.to_owned(),
        group: sibling.group.clone(),
        method: main.method.clone(),
        path: main.path.clone(),
        segments: main.segments.clone(),
        summary: node.text_of("summary")?,
        description: node.text_of("description")?,
        path_params: main.path_params.clone(),
        query: Vec::new(),
        body: body(spec, node)?,
        response: response(spec, node)?,
        errors: errors(spec, node)?,
        scopes,
        slow: false,
        replay_safe: false,
        helper: Some(Helper {
            requests: requests.iter().map(|op| op.id.clone()).collect(),
            timeout: seconds
                .ok_or_else(|| timeout.error("invalid `x-timeout`: expected a whole number of seconds"))?,
        }),
        official: OfficialNames::default(),
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
