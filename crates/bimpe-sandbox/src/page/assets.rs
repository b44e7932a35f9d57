//! Files that the pages use. The page loads nothing from other hosts.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::state::AppState;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const ICON: &str = include_str!("assets/favicon.svg");

/// Names, types and contents.
const FILES: [(&str, &str, &str); 6] = [
    ("favicon.svg", SVG, ICON),
    ("htmx-license.txt", "text/plain; charset=utf-8", include_str!("assets/htmx-license.txt")),
    ("htmx.min.js", SCRIPT, include_str!("assets/htmx.min.js")),
    ("hx-sse.min.js", SCRIPT, include_str!("assets/hx-sse.min.js")),
    ("page.js", SCRIPT, include_str!("assets/page.js")),
    ("style.css", "text/css; charset=utf-8", include_str!("assets/style.css")),
];

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/assets/{name}", get(file)).route("/favicon.ico", get(icon))
}

async fn file(Path(name): Path<String>) -> Response {
    match FILES.iter().find(|(known, _, _)| *known == name) {
        Some((_, kind, text)) => ([(header::CONTENT_TYPE, *kind)], *text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Serves the icon to documents that do not name it, such as JSON.
async fn icon() -> Response {
    ([(header::CONTENT_TYPE, SVG)], ICON).into_response()
}
