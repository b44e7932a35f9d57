//! Any response ends with its data, or with an error of this library that holds no secret.

use bimpe::engine::{OperationRequest, Response};
use bimpe::testing::reply;
use bimpe::{Error, ErrorKind};
use serde_json::Value;

use super::wire::{KEY, Wire};

/// One operation of each kind: one value, a page, no data, any form.
const OPERATIONS: [(&str, &[&str]); 4] =
    [("agents.retrieve", &["cm1"]), ("agents.list", &[]), ("agents.delete", &["cm1"]), ("GET /agents", &[])];

/// Tries an reply on each kind of operation, without retries.
pub(crate) fn end_well(wire: &Wire, status: u16, content_type: &str, body: &[u8]) {
    for (operation, ids) in OPERATIONS {
        let mut call = OperationRequest::new(operation).expect("it exists");
        call.path = ids.iter().map(|id| (*id).to_owned()).collect();
        call.options.max_retries = Some(0);
        let reply = reply(status, body.to_vec()).header("content-type", content_type);
        // A server may repeat anything, the key as well.
        let reply = reply.header("x-echo", &format!("Bearer {KEY}")).header("set-cookie", KEY);
        let (outcome, sent) = wire.run(call, [reply]);
        assert_eq!(sent.len(), 1, "{operation}");
        match outcome {
            Ok(response) => success(&response, status, body),
            Err(error) => failure(&error, status, body),
        }
    }
}

fn success(response: &Response, status: u16, body: &[u8]) {
    assert!((200..300).contains(&status), "{status} is no success");
    let data = read(response.data());
    response.meta().map(read);
    // Another reader finds the same, wherever it can read the body at all.
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(fields)) => {
            assert_eq!(Some(&data), Some(fields.get("data").unwrap_or(&Value::Null)));
        }
        Ok(other) => panic!("no envelope: {other}"),
        Err(_) => {}
    }
    let shown = format!("{response:?}");
    assert!(!shown.contains("canary"), "{shown}");
}

/// The value of a part, which may be deeper than `serde_json` goes by itself.
fn read(part: &str) -> Value {
    let mut deserializer = serde_json::Deserializer::from_str(part);
    deserializer.disable_recursion_limit();
    let mut values = deserializer.into_iter();
    let value = values.next().and_then(Result::ok).expect("parts are JSON that any reader reads");
    assert!(values.next().is_none(), "something comes after the value");
    value
}

fn failure(error: &Error, status: u16, body: &[u8]) {
    let expected = match status {
        200..300 => ErrorKind::UnexpectedResponse,
        300..400 => ErrorKind::Redirect,
        400 if code(body, error).as_deref() == Some("validation_error") => ErrorKind::Validation,
        400 => ErrorKind::BadRequest,
        401 => ErrorKind::Authentication,
        403 => ErrorKind::PermissionDenied,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        429 => ErrorKind::RateLimit,
        501 => ErrorKind::NotImplemented,
        500..600 => ErrorKind::InternalServer,
        _ => ErrorKind::Api,
    };
    assert_eq!(error.kind(), expected, "{status}: {error}");
    assert_eq!(error.status(), Some(status));
    assert_eq!(error.attempts(), 1);
    assert!(!error.message().is_empty() && error.request_id().is_some());
    let again = matches!(status, 408 | 429 | 500..600) && status != 501;
    assert_eq!(error.retryable(), again, "{status}");
    let shown = format!("{error} {error:?} {} {:?}", error.to_json(), error.headers());
    assert!(!shown.contains(KEY), "{shown}");
}

/// The code in the body. If only our reader reads that, its word is taken.
fn code(body: &[u8], error: &Error) -> Option<String> {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return error.code().map(str::to_owned) };
    body.get("code")?.as_str().map(str::to_owned)
}
