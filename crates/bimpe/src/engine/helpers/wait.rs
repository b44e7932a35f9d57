//! Waiting for the end of a call, and for a connection that a person makes.

use std::time::Duration;

use serde_json::{Map, Value};

use super::session::{Read, Session, Wanted, find, items};
use crate::engine::{Response, json};
use crate::error::Error;
use crate::operations as op;
use crate::schema::Operation;

const FINAL: [&str; 4] = ["ended", "busy", "failed", "cancelled"];

/// Waits until a call is over.
pub(super) async fn call(mut session: Session) -> Result<Response, Error> {
    let interval = session.interval(Duration::from_secs(2));
    let read = Read { operation: &op::CALLS_RETRIEVE, ids: session.ids(), query: Map::new() };
    let wanted = Wanted {
        fault: "the call did not end".to_owned(),
        hint: "it goes on; wait again, or give a longer timeout",
    };
    let response =
        session.poll(&read, &wanted, interval, |data| is_over(data).then(|| data.to_owned())).await?;
    Ok(session.finish(response))
}

/// A state that is not known yet is final if the call has an end.
fn is_over(data: &str) -> bool {
    let call: Value = json::value(data).unwrap_or_default();
    call["ended_at"].is_string() || call["status"].as_str().is_some_and(|status| FINAL.contains(&status))
}

/// Waits until a first-party service is connected.
pub(super) async fn service(session: Session) -> Result<Response, Error> {
    let name = session.text("type").unwrap_or_default().to_owned();
    let is_it = |item: &Value| item["type"] == name.as_str() && item["is_connected"] == true;
    connection(session, &op::AGENTS_INTEGRATIONS_BIMPEAI_LIST, &name, is_it).await
}

/// Waits until a Pipedream app is connected: it is listed then, and not before.
pub(super) async fn pipedream(session: Session) -> Result<Response, Error> {
    let slug = session.text("app_slug").unwrap_or_default().to_owned();
    let is_it = |item: &Value| item["config"]["app_slug"] == slug.as_str();
    connection(session, &op::AGENTS_INTEGRATIONS_PIPEDREAM_LIST, &slug, is_it).await
}

/// Waits until a list holds what a person is to connect.
async fn connection(
    mut session: Session,
    list: &'static Operation,
    name: &str,
    is_it: impl Fn(&Value) -> bool,
) -> Result<Response, Error> {
    let interval = session.interval(Duration::from_secs(3));
    let read = Read { operation: list, ids: session.ids(), query: Map::new() };
    let wanted = Wanted {
        fault: format!("`{name}` was not connected"),
        hint: "a person connects it on the page of the `onboarding_url` that `configure` answers with",
    };
    let look = |data: &str| find(&items(data)?, &is_it);
    let response = session.poll(&read, &wanted, interval, look).await?;
    Ok(session.finish(response))
}
