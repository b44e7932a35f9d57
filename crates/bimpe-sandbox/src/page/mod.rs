//! The pages for a person: HTML from templates, with htmx for the parts that follow changes.
//!
//! A page reads the store, and changes it by the functions of `admin` or by requests of the Console API, which the
//! journal records.

mod agents;
mod assets;
mod conversations;
mod faults;
mod forms;
mod home;
mod input;
mod live;
mod onboarding;
mod operations;
mod requests;
mod snippets;
mod state;
mod templates;
mod tools;

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::admin;
use crate::model::Error;
use crate::response::ApiError;
use crate::state::AppState;

/// Returns the routes of the pages and of `admin`.
pub(crate) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .merge(agents::router())
        .merge(conversations::router())
        .merge(faults::router())
        .merge(home::router())
        .merge(live::router())
        .merge(onboarding::router())
        .merge(operations::router())
        .merge(requests::router())
        .merge(state::router())
        .merge(tools::router())
        .layer(from_fn(admin::own_origin))
        .merge(assets::router())
        .merge(admin::router(onboarding::decision_router()))
}

type PageResult = Result<Response, Problem>;

/// An error as a page.
struct Problem(ApiError);

impl<E: Into<ApiError>> From<E> for Problem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(error) = self;
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        templates::html(status, "problem.html", &json!({ "problem": error.message, "here": "" }))
    }
}

fn not_found(what: &str) -> Problem {
    Error::not_found(what).into()
}

/// Leads the browser to a page after a form.
fn see(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, path.to_owned())]).into_response()
}
