//! Create a resource unless one of its name exists, and compare one that exists with the request.

use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::context::{HelperContext, ReadRequest, WaitTarget, items};
use crate::engine::{Response, derived_key, difference, json};
use crate::error::{Error, ErrorKind, FieldError};
use crate::schema::Operation;

/// How often a 409 is waited out: the server may be at work on the same request of another program.
const CONFLICTS: u32 = 4;
/// The first of these waits; each is twice as long as the one before.
const WAIT: Duration = Duration::from_millis(250);
/// How long a new resource may take to appear in the list.
const APPEARANCE: Duration = Duration::from_millis(500);

/// A kind of resource that has a name.
pub(super) struct Resource {
    pub(super) list: &'static Operation,
    pub(super) create: &'static Operation,
    pub(super) delete: &'static Operation,
    /// The field of an entry that holds what was configured; none if the entry itself does.
    pub(super) part: Option<&'static str>,
}

/// An entry of the list that has the name.
struct Found {
    text: String,
    id: Option<String>,
    differences: Vec<FieldError>,
}

/// Returns the resource with the name in the body. Creates it from the body if none exists.
pub(super) async fn ensure(
    mut context: HelperContext,
    resource: &'static Resource,
) -> Result<Response, Error> {
    let on_difference = context.query("on_difference").unwrap_or("error").to_owned();
    let name = context.text("name").unwrap_or_default().to_owned();
    let read = ReadRequest { operation: resource.list, ids: context.ids(), query: Map::new() };
    let wanted = WaitTarget {
        message: format!("the search for `{name}` did not end"),
        hint: "repeat the request to continue",
    };
    // Concurrent requests of this process for the same name then find the created resource.
    let lock = context.lock(resource.list, &name);
    let _guard = context.within(&read, &wanted, lock.lock()).await?;
    let mut conflicts = 0;
    loop {
        let response = context.read(&read, &wanted).await?;
        let Some(items) = items(response.data()) else {
            // Without the list, a new one could be a duplicate.
            return Err(context.unexpected(resource.list, "is not a list, so nothing was created"));
        };
        let found = find(&context, resource, &items, &name);
        let old = match found {
            Some(found) if found.differences.is_empty() || on_difference == "keep" => {
                return Ok(context.finish(response.with_data(&found.text)));
            }
            Some(found) if on_difference == "replace" => {
                let Some(id) = found.id else { return Err(context.unexpected(resource.list, "holds no id")) };
                Some(id)
            }
            Some(found) => return Err(conflict(&context, &name, found.differences)),
            None => None,
        };
        match create(&mut context, resource, &read, &wanted, old.as_deref()).await {
            Ok(made) => {
                if let Some(old) = old {
                    delete(&mut context, resource, old).await?;
                }
                return Ok(context.finish(made));
            }
            Err(error) if error.status() == Some(409) && conflicts < max_conflicts(&error) => {
                context.wait_out(error, WAIT * (1 << conflicts)).await;
                conflicts += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Returns the number of retries after a 409. At the limit of the plan, waiting does not help.
fn max_conflicts(error: &Error) -> u32 {
    if error.code() == Some("integration_limit_reached") { 1 } else { CONFLICTS }
}

/// The first entry of this name that does not differ, or else the first of this name.
fn find(context: &HelperContext, resource: &Resource, items: &[&RawValue], name: &str) -> Option<Found> {
    let mut first = None;
    for item in items {
        let entry: Value = json::value(item.get()).unwrap_or_default();
        let configured = resource.part.map_or(&entry, |part| &entry[part]);
        if configured["name"] != name {
            continue;
        }
        let differences =
            difference::between(resource.create, resource.list, resource.part, context.body(), configured);
        let is_equal = differences.is_empty();
        let id = entry["id"].as_str().map(str::to_owned);
        let found = Found { text: item.get().to_owned(), id, differences };
        if is_equal {
            return Some(found);
        }
        first = first.or(Some(found));
    }
    first
}

/// Creates the resource, and returns it as the list shows it afterwards.
///
/// The idempotency key follows from the request, so that the server carries out equal requests of several programs
/// once. A key whose resource was deleted since is of no use; then the next key follows from the deleted one.
async fn create(
    context: &mut HelperContext,
    resource: &'static Resource,
    read: &ReadRequest,
    wanted: &WaitTarget,
    old: Option<&str>,
) -> Result<Response, Error> {
    let derived = |context: &HelperContext, before: Option<&str>| {
        let body = Value::Object(context.body().clone());
        Some(derived_key(context.key_text(), resource.create, &context.ids(), Some(&body), before))
    };
    let mut key = context.own_key().or_else(|| derived(context, old));
    for _ in 0..2 {
        let response = context.write(resource.create, key).await?;
        let Some(id) = id_of(&response) else { return Ok(response) };
        if let Some(listed) = listed(context, read, wanted, &id).await? {
            return Ok(response.with_data(&listed));
        }
        key = derived(context, Some(&id));
    }
    // Deleted twice within the time for which the server remembers keys.
    context.write(resource.create, Some(Uuid::new_v4().to_string())).await
}

fn id_of(response: &Response) -> Option<String> {
    let made: Value = json::value(response.data()).unwrap_or_default();
    made["id"].as_str().map(str::to_owned)
}

/// The entry with this id, which may take a moment to appear.
async fn listed(
    context: &mut HelperContext,
    read: &ReadRequest,
    wanted: &WaitTarget,
    id: &str,
) -> Result<Option<String>, Error> {
    for is_last in [false, true] {
        let response = context.read(read, wanted).await?;
        let found =
            items(response.data()).and_then(|items| super::context::find(&items, |item| item["id"] == id));
        if found.is_some() {
            return Ok(found);
        }
        if !is_last {
            context.pause(APPEARANCE).await;
        }
    }
    Ok(None)
}

/// Deletes what was replaced. Another program may have done so already.
async fn delete(context: &mut HelperContext, resource: &Resource, id: String) -> Result<(), Error> {
    let mut ids = context.ids();
    ids.push(id);
    match context.command(resource.delete, ids).await {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// The error about a resource that differs from the request.
fn conflict(context: &HelperContext, name: &str, differences: Vec<FieldError>) -> Error {
    let texts: Vec<String> =
        differences.iter().map(|field| format!("`{}` {}", field.path, field.message)).collect();
    let message = format!("`{name}` exists and differs: {}", texts.join("; "));
    let hint = "change the request, or set `on_difference` to `keep` or `replace`";
    let error = Error::new(ErrorKind::EnsureConflict, context.without_secrets(&message))
        .hinted(hint)
        .naming(&["on_difference"]);
    context.complete(error).with(|inner| {
        inner.code = Some("ensure_conflict".to_owned());
        inner.field_errors = differences;
        for field in &mut inner.field_errors {
            field.message = context.without_secrets(&field.message);
        }
    })
}
