//! Pages for a person.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::spec::SPEC;
use crate::state::AppState;

/// Says what the sandbox is, and where its API is.
pub(super) async fn home(State(state): State<Arc<AppState>>) -> Response {
    let (url, prefix) = (escape(&state.url), &SPEC.prefix);
    let body = format!(
        "<p>This is a local BimpeAI Console API with its own keys and state. Its API begins at <code>{url}{prefix}</code>, and \
         <code>bimpe sandbox</code> printed a key for it.</p>\
         <p><a href=\"/openapi.json\">OpenAPI document of the API</a></p>"
    );
    html(StatusCode::OK, "The sandbox is ready", &body)
}

/// Returns a page. `title` and `body` are HTML.
pub(super) fn html(status: StatusCode, title: &str, body: &str) -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";
    let html = include_str!("page.html").replace("{title}", title).replace("{body}", body);
    (status, [(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
