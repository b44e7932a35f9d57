//! An id can never reach another endpoint.

use std::collections::HashMap;
use std::sync::LazyLock;

use bimpe::ErrorKind;
use bimpe::engine::{OperationRequest, StreamOptions};
use bimpe::operations::OPERATIONS;
use bimpe::schema::{Operation, ResponseShape, Segment};
use bimpe::testing::reply;
use bimpe::transport::HttpRequest;
use serde_json::Value;

use super::block_on::block_on;
use super::wire::Wire;

const PREFIX: [&str; 4] = ["", "api", "v1", "console"];

/// The operations of the API, without the helpers that are made of them.
pub(crate) static ENDPOINTS: LazyLock<Vec<&'static Operation>> =
    LazyLock::new(|| OPERATIONS.iter().copied().filter(|operation| operation.helper.is_none()).collect());

/// A valid body for each operation that takes one, from the examples of the description.
static BODIES: LazyLock<HashMap<String, Value>> = LazyLock::new(|| {
    let document: Value =
        serde_json::from_str(include_str!("../../../bimpe-sandbox/src/openapi.json")).expect("it is JSON");
    let paths = document["paths"].as_object().expect("an object");
    let operations = paths.values().filter_map(Value::as_object).flat_map(|path| path.values());
    let body = |operation: &Value| {
        let example = operation.pointer("/requestBody/content/application~1json/example")?.clone();
        Some((operation["operationId"].as_str()?.to_owned(), example))
    };
    operations.filter_map(body).collect()
});

/// A call with a valid body, if it takes one, and these ids.
pub(crate) fn call(operation: &'static Operation, ids: &[String]) -> OperationRequest {
    let mut call = OperationRequest::of(operation);
    call.path = ids.to_vec();
    call.body = operation.body.map(|_| BODIES[operation.id].clone());
    call
}

pub(crate) fn count(operation: &Operation) -> usize {
    operation.segments.iter().filter(|segment| matches!(segment, Segment::Id { .. })).count()
}

/// The ids are refused before anything is sent, or each is one segment of the operation's own path.
/// Tells whether they were sent.
pub(crate) fn stay_in_their_places(wire: &Wire, operation: &'static Operation, ids: &[String]) -> bool {
    if let ResponseShape::Stream(_) = operation.response {
        return stream(wire, operation, ids);
    }
    let (outcome, sent) = wire.run(call(operation, ids), [reply(200, r#"{"data":null,"meta":null}"#)]);
    match sent.as_slice() {
        [] => assert_eq!(outcome.expect_err("nothing was sent").kind(), ErrorKind::User, "{}", operation.id),
        [request] => check(operation, ids, request),
        more => panic!("{}: {} requests", operation.id, more.len()),
    }
    !sent.is_empty()
}

fn stream(wire: &Wire, operation: &'static Operation, ids: &[String]) -> bool {
    wire.reply_with([
        reply(200, r#"{"data":{"ticket":"t1"}}"#),
        reply(204, "").header("content-type", "text/event-stream"),
    ]);
    let opened = wire.client.stream(operation, ids.to_vec(), StreamOptions::default());
    let Ok(mut stream) = opened else {
        assert!(wire.sent().is_empty());
        return false;
    };
    let ended = block_on(stream.next()).expect("an end with a reason").expect_err("there is no content");
    assert_eq!(ended.kind(), ErrorKind::StreamEnded);
    let sent = wire.sent();
    assert_eq!(sent.len(), 2, "a ticket and the stream");
    let ticket = OperationRequest::new(&format!("{}_ticket", operation.id)).expect("it exists").operation;
    check(ticket, ids, &sent[0]);
    check(operation, ids, &sent[1]);
    true
}

fn check(operation: &Operation, ids: &[String], request: &HttpRequest) {
    let text = request.uri.to_string();
    let url = url::Url::parse(&text).expect("an address");
    let name = operation.id;
    assert_eq!(request.method, operation.method, "{name}");
    assert_eq!(
        (url.scheme(), url.host_str(), url.port()),
        ("https", Some("api.example.test"), None),
        "{name}"
    );
    assert!(matches!(url.query(), None | Some("page=1" | "ticket=t1")), "{name}: {:?}", url.query());
    assert_eq!(url.fragment(), None, "{name}");
    // Another parse of the address must return the same.
    assert_eq!(url.as_str(), text, "{name}");

    let segments: Vec<&str> = url.path().split('/').collect();
    assert_eq!(segments.len(), PREFIX.len() + operation.segments.len(), "{name}: {}", url.path());
    assert_eq!(segments[..PREFIX.len()], PREFIX, "{name}");
    let mut ids = ids.iter();
    for (segment, expected) in segments[PREFIX.len()..].iter().zip(operation.segments) {
        match expected {
            Segment::Literal(text) => assert_eq!(segment, text, "{name}"),
            Segment::Id { reserved, .. } => {
                let id = ids.next().expect("as many as the path takes");
                assert_eq!(decoded(segment), id.as_bytes(), "{name}: {segment}");
                assert!(!reserved.contains(&id.as_str()), "{name}: `{id}` is another endpoint");
                assert!(!matches!(decoded(segment).as_slice(), b"." | b".."), "{name}: {segment}");
            }
        }
    }
}

/// Decodes an id as a server does. Only unambiguous characters may be unencoded.
fn decoded(segment: &str) -> Vec<u8> {
    let mut bytes = segment.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let hex = [bytes.next().expect("a digit"), bytes.next().expect("a digit")];
            let hex = std::str::from_utf8(&hex).expect("ASCII");
            out.push(u8::from_str_radix(hex, 16).expect("two hex digits"));
        } else {
            assert!(byte.is_ascii_alphanumeric() || b"-._~".contains(&byte), "{segment}");
            out.push(byte);
        }
    }
    out
}
