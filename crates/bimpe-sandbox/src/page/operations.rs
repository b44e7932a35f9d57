//! Requests of the Console API that a person sends from a page. The journal records them as those of any client.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request};
use axum::http::header;
use axum::routing::get;
use serde_json::{Value, json};

use super::input::{Form, Visit};
use super::{PageResult, Problem, forms, not_found, see};
use crate::http::{JournalId, serve};
use crate::model::Error;
use crate::spec::{Operation, SPEC};
use crate::state::AppState;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/operations/{id}", get(show).post(send_form))
}

/// Shows a form for the parameters and the body of an operation. The query fills in fields.
async fn show(visit: Visit, Path(id): Path<String>) -> PageResult {
    let operation = find(&id)?;
    let given = &visit.query;
    let mut fields: Vec<Value> = Vec::new();
    for parameter in operation.path_parameters.iter().chain(&operation.query) {
        let required = parameter.required || operation.path_names().any(|name| name == parameter.name);
        let value = given.get(&parameter.name);
        fields.push(forms::field(&SPEC, &parameter.name, &parameter.schema, required, value));
    }
    let mut choices = json!([]);
    let mut discriminator = Value::Null;
    if let Some(schema) = &operation.body {
        let union = &SPEC.resolve(schema)["discriminator"];
        discriminator = union["propertyName"].clone();
        choices =
            union["mapping"].as_object().map(|mapping| mapping.keys().cloned().collect()).unwrap_or(choices);
        fields.extend(forms::fields(&SPEC, body_schema(operation, given).unwrap_or(schema), given));
    }
    let context = json!({
        "id": operation.id,
        "summary": operation.summary,
        "method": operation.method,
        "fields": fields,
        "choices": choices,
        "discriminator": discriminator,
        "given": given,
    });
    visit.page("operation.html", context)
}

/// Sends the request of a form. Leads to the page in `back`, or to the recorded request.
async fn send_form(visit: Visit, Path(id): Path<String>, Form(form): Form) -> PageResult {
    let operation = find(&id)?;
    let record = send(&visit, operation, &form).await?;
    let status = record["status"].as_u64();
    if status.is_none_or(|status| status >= 400) {
        return Ok(see(&format!("/requests/{}", record["id"])));
    }
    let onboarding = record["response"]["data"]["onboarding_url"].as_str();
    // Without the origin, because the browser may use the other name of this host.
    if let Some(path) = onboarding.and_then(|url| url.strip_prefix(visit.state.url.as_str())) {
        return Ok(see(path));
    }
    let back = form.get("back").filter(|path| path.starts_with('/') && !path.starts_with("//"));
    Ok(see(&back.cloned().unwrap_or_else(|| format!("/requests/{}", record["id"]))))
}

/// Sends a request with the values of a form, and returns its record in the journal.
pub(super) async fn send(
    visit: &Visit,
    operation: &Operation,
    values: &BTreeMap<String, String>,
) -> Result<Value, Problem> {
    let mut request = request(visit, operation, values)?;
    request.extensions_mut().insert(visit.id.clone());
    let response = serve(&visit.state, request, false).await;
    let recorded = response.extensions().get().and_then(|JournalId(id)| visit.state.journal.find(*id));
    Ok(recorded.map(|entry| entry.data()).ok_or_else(|| Error::not_found("Request"))?)
}

fn request(
    visit: &Visit,
    operation: &Operation,
    values: &BTreeMap<String, String>,
) -> Result<Request, Error> {
    let missing = operation.path_names().find(|name| !values.contains_key(*name)).unwrap_or("path");
    let path = operation.path(values).ok_or_else(|| Error::invalid_field(missing, "is required"))?;
    let given = operation.query.iter().filter_map(|known| Some((&known.name, values.get(&known.name)?)));
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
    let body = body_schema(operation, values).map(|schema| forms::body(&SPEC, schema, values).to_string());
    Request::builder()
        .method(operation.method.as_str())
        .uri(format!("{}{path}?{query}", SPEC.prefix).trim_end_matches('?'))
        .header(header::AUTHORIZATION, format!("Bearer {}", visit.state.seed_data.key))
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.unwrap_or_default().into())
        .map_err(|error| Error::bad_request(format!("The form is no HTTP request: {error}")))
}

fn body_schema<'a>(operation: &'a Operation, values: &BTreeMap<String, String>) -> Option<&'a Value> {
    let schema = operation.body.as_ref()?;
    let discriminator = SPEC.resolve(schema)["discriminator"]["propertyName"].as_str();
    let choice = discriminator.and_then(|name| values.get(name)).map(String::as_str);
    Some(forms::object(&SPEC, schema, choice))
}

/// Returns an operation that a form can send.
pub(super) fn find(id: &str) -> Result<&'static Operation, Problem> {
    SPEC.operation(id).filter(|operation| !operation.is_stream()).ok_or_else(|| not_found("Operation"))
}
