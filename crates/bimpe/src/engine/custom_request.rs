//! Custom requests to endpoints without a typed method.

use http::Method;
use url::Url;

use crate::error::Error;
use crate::schema::{Operation, ResponseShape, Type};

const fn custom(method: Method) -> Operation {
    Operation {
        id: "request",
        method,
        path: "(custom)",
        segments: &[],
        query: &[],
        body: Some(&Type::Any),
        response: ResponseShape::One(&Type::Any),
        page_limit: None,
        replay_safe: false,
        slow: false,
        scopes: &[],
        helper: None,
    }
}

static OPERATIONS: [Operation; 5] = [
    custom(Method::GET),
    custom(Method::POST),
    custom(Method::PUT),
    custom(Method::PATCH),
    custom(Method::DELETE),
];

/// Returns the operation of all custom requests of a method.
pub(crate) fn operation(method: &str) -> Result<&'static Operation, Error> {
    let found = OPERATIONS.iter().find(|operation| operation.method.as_str().eq_ignore_ascii_case(method));
    found.ok_or_else(|| Error::user("request: the method must be GET, POST, PUT, PATCH or DELETE"))
}

/// Refuses a path that a URL parser would change.
pub(crate) fn check(path: &str) -> Result<&str, Error> {
    let reason = if !path.starts_with('/') || path.starts_with("//") {
        "must start with one `/`"
    } else if path.contains(['?', '#']) {
        "must not hold `?` or `#`; pass the query apart"
    } else if path.contains(|character: char| !character.is_ascii_graphic() || character == '\\') {
        "must be percent-encoded"
    } else if path.split('/').any(is_dot_segment) {
        "must not contain the dot segments `.` or `..`"
    } else {
        return Ok(path);
    };
    Err(Error::user(format!("request: the path {reason}")))
}

/// `.` and `..`, however they are encoded.
fn is_dot_segment(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

/// The address of a custom request.
pub(crate) fn address(base: &Url, path: &str) -> Result<Url, Error> {
    let whole = format!("{}{path}", base.path());
    let mut url = base.clone();
    url.set_path(&whole);
    if url.path() == whole { Ok(url) } else { Err(Error::user("request: the path must be percent-encoded")) }
}
