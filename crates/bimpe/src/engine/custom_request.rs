//! Custom requests to endpoints without a typed method.

use http::Method;
use url::Url;

use crate::error::Error;
use crate::schema::{Operation, ResponseShape, Type};

macro_rules! operations {
    ($($name:ident: $method:expr, $path:literal;)*) => {
        $(static $name: Operation = Operation {
            id: "request",
            method: $method,
            path: $path,
            segments: &[],
            query: &[],
            body: Some(&Type::Any),
            response: ResponseShape::One(&Type::Any),
            page_limit: None,
            replay_safe: false,
            slow: false,
            scopes: &[],
            helper: None,
        };)*
    };
}

operations! {
    GET: Method::GET, "(custom)";
    POST: Method::POST, "(custom)";
    PUT: Method::PUT, "(custom)";
    PATCH: Method::PATCH, "(custom)";
    DELETE: Method::DELETE, "(custom)";
}

/// Returns the operation of all custom requests of a method.
pub(crate) fn operation(method: &str) -> Result<&'static Operation, Error> {
    match method.to_ascii_uppercase().as_str() {
        "GET" => Ok(&GET),
        "POST" => Ok(&POST),
        "PUT" => Ok(&PUT),
        "PATCH" => Ok(&PATCH),
        "DELETE" => Ok(&DELETE),
        _ => Err(Error::user("request: the method must be GET, POST, PUT, PATCH or DELETE")),
    }
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
