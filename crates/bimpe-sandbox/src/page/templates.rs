//! The templates of the pages, compiled into the program.

use std::sync::LazyLock;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use minijinja::value::Serde;
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value as Jinja};
use serde_json::Value;

/// Forbids inline scripts and styles, frames, and all other hosts.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const TEMPLATES: [(&str, &str); 16] = [
    ("agent.html", include_str!("templates/agent.html")),
    ("agents.html", include_str!("templates/agents.html")),
    ("base.html", include_str!("templates/base.html")),
    ("chat.html", include_str!("templates/chat.html")),
    ("conversation.html", include_str!("templates/conversation.html")),
    ("conversations.html", include_str!("templates/conversations.html")),
    ("faults.html", include_str!("templates/faults.html")),
    ("home.html", include_str!("templates/home.html")),
    ("macros.html", include_str!("templates/macros.html")),
    ("onboarding.html", include_str!("templates/onboarding.html")),
    ("operation.html", include_str!("templates/operation.html")),
    ("problem.html", include_str!("templates/problem.html")),
    ("request.html", include_str!("templates/request.html")),
    ("requests.html", include_str!("templates/requests.html")),
    ("state.html", include_str!("templates/state.html")),
    ("tool.html", include_str!("templates/tool.html")),
];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.add_filter("pretty", pretty);
    for (name, text) in TEMPLATES {
        environment.add_template(name, text).expect("a test renders each template");
    }
    environment
});

/// Returns a page from a template.
pub(super) fn html(status: StatusCode, template: &str, context: &Value) -> Response {
    let rendered =
        ENVIRONMENT.get_template(template).and_then(|template| template.render(Jinja::from(Serde(context))));
    let headers = [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff")),
    ];
    match rendered {
        Ok(text) => (status, headers, Html(text)).into_response(),
        Err(error) => {
            let text = format!("The sandbox cannot render {template}: {error:#}");
            (StatusCode::INTERNAL_SERVER_ERROR, headers, text).into_response()
        }
    }
}

/// Returns JSON in lines.
#[expect(clippy::needless_pass_by_value, reason = "the signature of a filter")]
fn pretty(value: Serde<Value>) -> Result<String, minijinja::Error> {
    let text = serde_json::to_string_pretty(&value.0);
    text.map_err(|error| minijinja::Error::new(ErrorKind::BadSerialization, error.to_string()))
}
