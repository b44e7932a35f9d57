//! Runs the tools of custom APIs: renders the templates, sends the request and maps the response.

mod arguments;
mod response;
mod template;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Request};
use serde_json::{Map, Value, json};
use url::Url;

use super::Error;
use crate::spec::SPEC;
use crate::store::Row;
pub(crate) use response::ToolResult;

const DEFAULT_TIMEOUT_MS: u64 = 30_000;
const MASK: &str = "****";

/// A request of a tool, its response and its result, without secrets.
pub(crate) struct Exchange {
    /// The rendered request.
    pub request: Value,
    /// The status and the body, or null if no response came.
    pub response: Value,
    pub result: ToolResult,
}

/// Runs a tool. `integration` is the custom API, and `tool` one of its tools.
///
/// Contacts only this machine unless `allow_outbound`, because tests must not reach the servers of others.
pub(crate) async fn run(
    integration: &Row,
    tool: &Row,
    arguments: &Map<String, Value>,
    allow_outbound: bool,
) -> Result<Exchange, Error> {
    let definition = &tool.secret;
    let errors = arguments::check(definition, arguments);
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let url = url(integration, definition, arguments)?;
    if !bimpe_mcp::is_loopback(&url) && !allow_outbound {
        let host = url.host_str().unwrap_or_default();
        return Err(Error::bad_request(format!(
            "The sandbox contacts only this machine. Start it with --allow-outbound to send requests to {host}"
        )));
    }
    let client = client(&url)?;
    let request = build(&client, url, integration, definition, arguments)?;
    let secrets = secrets(integration, definition);
    let shown = show(&request, &secrets);
    let timeout = Duration::from_millis(definition["timeout"].as_u64().unwrap_or(DEFAULT_TIMEOUT_MS));
    let exchanged = tokio::time::timeout(timeout, response::read(&client, request)).await;
    let exchanged =
        exchanged.unwrap_or_else(|_| Err(format!("no response within {} ms", timeout.as_millis())));
    let (response, result) = match exchanged {
        Ok((status, mut body)) => {
            mask(&mut body, &secrets);
            let result = response::map(status, &body, &definition["response_mapping"]);
            (json!({ "status": status, "body": body }), result)
        }
        Err(text) => (Value::Null, ToolResult { is_error: true, message: Some(text), data: Value::Null }),
    };
    Ok(Exchange { request: shown, response, result })
}

fn client(url: &Url) -> Result<Client, Error> {
    // The port is that of the URL.
    let loopback: [SocketAddr; 2] = [(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()];
    let builder = bimpe_mcp::client_builder(url).redirect(Policy::none());
    builder
        .resolve_to_addrs("localhost", &loopback)
        .build()
        .map_err(|error| Error::new("internal_error", format!("The HTTP client did not start: {error}")))
}

/// Returns the rendered URL, relative to the base URL of the API.
fn url(integration: &Row, definition: &Value, arguments: &Map<String, Value>) -> Result<Url, Error> {
    let rendered = template::url(definition["url_template"].as_str().unwrap_or_default(), arguments);
    let absolute = if rendered.starts_with("http://") || rendered.starts_with("https://") {
        rendered
    } else {
        let base = integration.secret["base_url"].as_str().ok_or_else(|| {
            Error::bad_request(
                "The custom API has no base_url, so the url_template of the tool must be absolute",
            )
        })?;
        format!("{}/{}", base.trim_end_matches('/'), rendered.trim_start_matches('/'))
    };
    let url = Url::parse(&absolute).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or_else(|| Error::bad_request("The url_template of the tool gives an invalid URL"))
}

fn build(
    client: &Client,
    url: Url,
    integration: &Row,
    definition: &Value,
    arguments: &Map<String, Value>,
) -> Result<Request, Error> {
    let method = Method::from_bytes(definition["http_method"].as_str().unwrap_or("GET").as_bytes());
    let mut request = client.request(method.unwrap_or(Method::GET), url);
    // As the live API: without a template the request has no body, also with `body_params`.
    if !definition["body_template"].is_null() {
        let body = template::json(&definition["body_template"], arguments);
        request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_string());
    }
    let (auth_type, auth) = authentication(integration, definition);
    let text = |field: &str| auth[field].as_str().unwrap_or_default();
    let mut headers = Vec::new();
    match auth_type {
        "bearer" => request = request.bearer_auth(text("token")),
        "basic" => request = request.basic_auth(text("username"), Some(text("password"))),
        "api_key" => headers.push((auth["header_name"].as_str().unwrap_or("X-API-Key"), text("api_key"))),
        // The fields of this type are not published, so the sandbox sends each field as a header.
        "custom" => {
            headers.extend(fields(auth).filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))));
        }
        _ => {}
    }
    let mut request =
        request.build().map_err(|_| Error::bad_request("The credentials fit into no HTTP header"))?;
    for (name, value) in headers {
        insert_header(&mut request, name, value)?;
    }
    for (name, value) in fields(&definition["headers_template"]) {
        insert_header(&mut request, name, &template::header(value, arguments))?;
    }
    Ok(request)
}

/// Returns the type and the credentials. Those of the tool replace those of the API.
fn authentication<'a>(integration: &'a Row, definition: &'a Value) -> (&'a str, &'a Value) {
    let owner = if definition["auth_type"].is_string() { definition } else { &integration.secret };
    (owner["auth_type"].as_str().unwrap_or("none"), &owner["auth_config"])
}

fn insert_header(request: &mut Request, name: &str, value: &str) -> Result<(), Error> {
    let invalid = || Error::bad_request(format!("The header {name:?} of the tool has invalid characters"));
    let parsed = HeaderName::try_from(name).map_err(|_| invalid())?;
    let value = HeaderValue::try_from(value).map_err(|_| invalid())?;
    request.headers_mut().insert(parsed, value);
    Ok(())
}

fn fields(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}

/// Returns the credentials of the tool and of its API.
fn secrets(integration: &Row, definition: &Value) -> Vec<String> {
    let configs = [&integration.secret["auth_config"], &definition["auth_config"]];
    let values = configs.into_iter().flat_map(fields).filter(|(name, _)| *name != "header_name");
    values
        .filter_map(|(_, value)| value.as_str())
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Returns a request as JSON without secrets.
fn show(request: &Request, secrets: &[String]) -> Value {
    let headers: Map<String, Value> = request
        .headers()
        .iter()
        .map(|(name, value)| {
            let text =
                if value.is_sensitive() { MASK.into() } else { String::from_utf8_lossy(value.as_bytes()) };
            (name.to_string(), text.into())
        })
        .collect();
    let body = request.body().and_then(|body| serde_json::from_slice::<Value>(body.as_bytes()?).ok());
    let mut shown = json!({
        "method": request.method().as_str(),
        "url": request.url().as_str(),
        "headers": headers,
        "body": body,
    });
    mask(&mut shown, secrets);
    shown
}

/// Masks credentials in all texts, and the values of secret fields and headers.
fn mask(value: &mut Value, secrets: &[String]) {
    SPEC.mask(value);
    replace(value, secrets);
}

fn replace(value: &mut Value, secrets: &[String]) {
    match value {
        Value::String(text) => {
            *text = secrets.iter().fold(text.clone(), |text, secret| text.replace(secret, MASK));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, secrets)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
