//! The input of pages.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::Value;

use super::{Problem, templates};
use crate::http::{RequestId, read_body};
use crate::model::onboarding;
use crate::state::AppState;

/// A visit of a page.
pub(super) struct Visit {
    pub state: Arc<AppState>,
    pub id: RequestId,
    pub query: BTreeMap<String, String>,
    /// Path and query.
    here: String,
}

impl FromRequestParts<Arc<AppState>> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<AppState>) -> Result<Self, Infallible> {
        let id = parts.extensions.get::<RequestId>().cloned();
        Ok(Self {
            state: Arc::clone(state),
            id: id.unwrap_or_else(|| RequestId(String::new())),
            query: pairs(parts.uri.query().unwrap_or_default().as_bytes()),
            here: parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        })
    }
}

impl Visit {
    /// Returns a page from a template.
    pub(super) fn page(&self, template: &str, context: Value) -> Result<Response, Problem> {
        self.page_at(&self.here, StatusCode::OK, template, context)
    }

    /// Returns a page whose live parts load `path`.
    pub(super) fn page_at(
        &self,
        path: &str,
        status: StatusCode,
        template: &str,
        mut context: Value,
    ) -> Result<Response, Problem> {
        context["here"] = path.into();
        context["open_onboardings"] = self.state.store.transaction(onboarding::open)?.len().into();
        Ok(templates::html(status, template, &context))
    }

    /// Returns a value of the query, or an empty text.
    pub(super) fn text(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }
}

/// The fields of a form that a person filled in.
pub(super) struct Form(pub BTreeMap<String, String>);

impl FromRequest<Arc<AppState>> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<AppState>) -> Result<Self, Problem> {
        let mut fields = pairs(&read_body(request.into_body()).await?);
        fields.retain(|_, text| !text.is_empty());
        Ok(Self(fields))
    }
}

fn pairs(text: &[u8]) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(text).into_owned().collect()
}
