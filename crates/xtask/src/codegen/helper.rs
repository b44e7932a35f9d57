//! Helpers: methods that the engine makes of several requests. They stand in the resource tree like operations.

use anyhow::{Result, bail};

use super::{
    ir::{Helper, OfficialNames, Op},
    operation::{add_parameter, answer, body, errors},
    spec::Spec,
    yaml::{Entry, Node},
};

/// A helper, as an operation. It takes the ids of its main request, which also says what it is to errors and hooks:
/// the one that writes, or else the first.
pub(crate) fn operation(spec: &Spec, entry: &Entry, operations: &[Op]) -> Result<Op> {
    let (id, node) = (entry.key.as_str(), &entry.node);
    let sibling = |op: &&Op| {
        op.id.rsplit_once('.').map(|(resource, _)| resource) == id.rsplit_once('.').map(|(it, _)| it)
    };
    let (Some(sibling), Some((_, name))) = (operations.iter().find(sibling), id.rsplit_once('.')) else {
        bail!("the helper `{id}` at {} belongs to no resource of the API", entry.place);
    };
    let requests = requests(node, operations)?;
    let Some(main) = requests.iter().find(|op| op.method != "GET").or(requests.first()) else {
        return Err(node.error(format!("the helper `{id}` names no request")));
    };
    let timeout = node.require("x-timeout")?;
    let seconds = timeout.to_json().as_u64().filter(|seconds| *seconds > 0);
    let mut scopes: Vec<String> = requests.iter().flat_map(|op| op.scopes.iter().cloned()).collect();
    scopes.sort();
    scopes.dedup();
    let mut op = Op {
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
        answer: answer(spec, node)?,
        errors: errors(spec, node)?,
        scopes,
        slow: false,
        replay_safe: false,
        helper: Some(Helper {
            requests: requests.iter().map(|op| op.id.clone()).collect(),
            timeout: seconds.ok_or_else(|| timeout.error("`x-timeout` is a whole number of seconds"))?,
        }),
        official: OfficialNames::default(),
    };
    for parameter in node.get("parameters").map_or(Ok(&[][..]), Node::items)? {
        add_parameter(spec, &mut op, parameter)?;
    }
    Ok(op)
}

/// The operations that a helper is made of.
fn requests<'a>(node: &Node, operations: &'a [Op]) -> Result<Vec<&'a Op>> {
    let find = |request: &Node| {
        let id = request.text()?;
        let found = operations.iter().find(|op| op.id == id);
        found.ok_or_else(|| request.error(format!("there is no operation `{id}`, named")))
    };
    node.require("x-requests")?.items()?.iter().map(find).collect()
}
