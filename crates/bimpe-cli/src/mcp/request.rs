//! The request of a tool: from arguments to an operation request.

use bimpe::Error;
use bimpe::engine::OperationRequest;
use bimpe::schema::Operation;
use serde_json::{Map, Value};

use super::tools::{AGENT_ID, BODY, LIMIT, PAGE, has_query, is_whole_list, path_ids};

/// The page of a list that the API returns whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) page: usize,
    pub(super) limit: usize,
}

/// The usual and the largest number of items on a page, as of the API's own pages.
const PAGE_ITEMS: usize = 20;
const MOST_PAGE_ITEMS: usize = 100;

/// Builds the request of a tool. Refuses unknown arguments, because a misspelt filter would return other items.
pub(super) fn build(
    operation: &'static Operation,
    mut arguments: Map<String, Value>,
    agent: Option<&str>,
) -> Result<(OperationRequest, Cut), Error> {
    let mut request = OperationRequest::of(operation);
    for name in path_ids(operation) {
        let id = match agent.filter(|_| name == AGENT_ID) {
            Some(agent) => agent.to_owned(),
            None => path_id(operation, name, arguments.remove(name))?,
        };
        request.path.push(id);
    }
    if operation.body.is_some() {
        request.body = arguments.remove(BODY).map(object);
    }
    let mut cut = Cut { page: 1, limit: PAGE_ITEMS };
    if is_whole_list(operation) {
        cut.page = count(operation, PAGE, usize::MAX, arguments.remove(PAGE))?.unwrap_or(cut.page);
        cut.limit = count(operation, LIMIT, MOST_PAGE_ITEMS, arguments.remove(LIMIT))?.unwrap_or(cut.limit);
    }
    if let Some(unknown) = arguments.keys().find(|name| !has_query(operation, name)) {
        return Err(Error::field(operation.id, unknown, "is unknown; the input schema lists the arguments"));
    }
    request.query = arguments;
    Ok((request, cut))
}

fn path_id(operation: &Operation, name: &str, value: Option<Value>) -> Result<String, Error> {
    match value {
        Some(Value::String(id)) => Ok(id),
        Some(_) => Err(Error::field(operation.id, name, "must be a string")),
        None => Err(Error::field(operation.id, name, "is missing")),
    }
}

/// Reads a body that an assistant has written as JSON in a string.
fn object(body: Value) -> Value {
    let text = body.as_str().and_then(|text| serde_json::from_str(text).ok());
    text.filter(Value::is_object).unwrap_or(body)
}

fn count(
    operation: &Operation,
    name: &str,
    most: usize,
    value: Option<Value>,
) -> Result<Option<usize>, Error> {
    let Some(value) = value else { return Ok(None) };
    let count = value.as_u64().and_then(|count| usize::try_from(count).ok());
    match count.filter(|count| (1..=most).contains(count)) {
        Some(count) => Ok(Some(count)),
        None if most == usize::MAX => Err(Error::field(operation.id, name, "must be at least 1")),
        None => Err(Error::field(operation.id, name, format!("must be from 1 to {most}"))),
    }
}

#[cfg(test)]
mod tests {
    use bimpe::operations::OPERATIONS;
    use serde_json::json;

    use super::*;

    fn built(id: &str, arguments: &Value, agent: Option<&str>) -> Result<(OperationRequest, Cut), String> {
        let operation = OPERATIONS.iter().find(|operation| operation.id == id).expect("it exists");
        let arguments = arguments.as_object().expect("an object").clone();
        build(operation, arguments, agent).map_err(|error| error.to_string())
    }

    #[test]
    fn arguments_go_to_their_places() {
        let arguments = json!({"agent_id": "cm1", "conversation_id": "cm2", "body": "{\"message\": \"Hi\"}"});
        let (request, _) = built("conversations.messages.send", &arguments, None).expect("a request");
        assert_eq!(request.path, ["cm1", "cm2"]);
        assert_eq!(request.body, Some(json!({"message": "Hi"})));
    }

    #[test]
    fn the_agent_of_the_server_is_the_only_one() {
        let (request, _) = built("agents.retrieve", &json!({}), Some("cm1")).expect("a request");
        assert_eq!(request.path, ["cm1"]);
        let error =
            built("agents.retrieve", &json!({"agent_id": "cm2"}), Some("cm1")).expect_err("another agent");
        assert!(error.contains("`agent_id` is unknown"), "{error}");
    }

    #[test]
    fn wrong_arguments_are_named() {
        for (arguments, expected) in [
            (json!({}), "`agent_id` is missing"),
            (json!({"agent_id": 5}), "`agent_id` must be a string"),
            (json!({"agent_id": "cm1", "limit": 101}), "`limit` must be from 1 to 100"),
            (json!({"agent_id": "cm1", "page": 0}), "`page` must be at least 1"),
            (json!({"agent_id": "cm1", "searching": "x"}), "`searching` is unknown"),
        ] {
            let error = built("agents.actions.list", &arguments, None).expect_err("wrong");
            assert!(error.contains(expected), "{error}");
        }
    }
}
