//! Waits for the end of a call, and for a connection that a person confirms.

use std::time::Duration;

use serde_json::{Map, Value};

use super::context::{HelperContext, ReadRequest, WaitTarget, find, items};
use crate::engine::{Response, json};
use crate::error::Error;
use crate::operations as op;
use crate::schema::Operation;

const FINAL: [&str; 4] = ["ended", "busy", "failed", "cancelled"];

/// Waits for the end of a call.
pub(super) async fn call(mut context: HelperContext) -> Result<Response, Error> {
    let interval = context.interval(Duration::from_secs(2));
    let read = ReadRequest { operation: &op::CALLS_RETRIEVE, ids: context.ids(), query: Map::new() };
    let wanted = WaitTarget {
        message: "the call did not end".to_owned(),
        hint: "the call continues; wait again, or set a longer timeout",
    };
    let response =
        context.poll(&read, &wanted, interval, |data| is_over(data).then(|| data.to_owned())).await?;
    Ok(context.finish(response))
}

/// A state that is not known yet is final if the call has an end.
fn is_over(data: &str) -> bool {
    let call: Value = json::value(data).unwrap_or_default();
    call["ended_at"].is_string() || call["status"].as_str().is_some_and(|status| FINAL.contains(&status))
}

/// Waits until a first-party service is connected.
pub(super) async fn service(context: HelperContext) -> Result<Response, Error> {
    let name = context.text("type").unwrap_or_default().to_owned();
    let is_it = |item: &Value| item["type"] == name.as_str() && item["is_connected"] == true;
    connection(context, &op::AGENTS_INTEGRATIONS_BIMPEAI_LIST, &name, is_it).await
}

/// Waits until a Pipedream app is connected: it is listed then, and not before.
pub(super) async fn pipedream(context: HelperContext) -> Result<Response, Error> {
    let slug = context.text("app_slug").unwrap_or_default().to_owned();
    let is_it = |item: &Value| item["config"]["app_slug"] == slug.as_str();
    connection(context, &op::AGENTS_INTEGRATIONS_PIPEDREAM_LIST, &slug, is_it).await
}

/// Waits until a list holds what a person is to connect.
async fn connection(
    mut context: HelperContext,
    list: &'static Operation,
    name: &str,
    is_it: impl Fn(&Value) -> bool,
) -> Result<Response, Error> {
    let interval = context.interval(Duration::from_secs(3));
    let read = ReadRequest { operation: list, ids: context.ids(), query: Map::new() };
    let wanted = WaitTarget {
        message: format!("`{name}` was not connected"),
        hint: "a person connects it on the page of the `onboarding_url` in the result of `configure`",
    };
    let find_match = |data: &str| find(&items(data)?, &is_it);
    let response = context.poll(&read, &wanted, interval, find_match).await?;
    Ok(context.finish(response))
}
