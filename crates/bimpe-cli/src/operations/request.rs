//! Sends the request of an operation and prints its result.

use bimpe::engine::{Client, OperationRequest, StreamOptions};
use bimpe::schema::ResponseShape;
use clap::ArgMatches;
use serde_json::Value;

use super::body;
use crate::client::{Session, data};
use crate::failure::Failure;
use crate::globals::Globals;
use crate::note::note;
use crate::spec::{self, Operation};
use crate::{output, prompt};

/// The most items of a page.
const PAGE: u64 = 100;

/// Runs the operation that the command line names.
pub(crate) async fn run(matches: ArgMatches, globals: Globals) -> Result<(), Failure> {
    let (operation, matches) = find(matches)?;
    let path: Vec<String> =
        operation.ids().filter_map(|(name, _)| matches.get_one::<String>(name).cloned()).collect();
    let mut request = OperationRequest::of(operation.table);
    request.path = path;
    request.options = globals.request_options();
    request.query = body::query(operation, &matches)?;
    let limit = matches.try_get_one::<String>("limit").ok().flatten().and_then(|limit| limit.parse().ok());
    let all = matches.try_get_one("all").ok().flatten() == Some(&true);
    request.body = prompt::wait(move || body::body(operation, &matches)).await?;
    let session = globals.connect().await?;
    match operation.table.response {
        ResponseShape::Stream(_) => stream(&session.client, request).await,
        ResponseShape::Page(_) => {
            let items = pages(&session, request, limit, all).await?;
            output::result(&items.into(), globals.json)
        }
        _ => output::result(&session.send(request).await?, globals.json),
    }
}

/// Follows the words to the operation.
fn find(mut matches: ArgMatches) -> Result<(Operation, ArgMatches), Failure> {
    let mut id = Vec::new();
    while let Some((word, inner)) = matches.remove_subcommand() {
        id.push(word);
        matches = inner;
    }
    let id = id.join(".");
    let found = spec::operations().find(|operation| spec::words(operation.table.id) == id);
    found
        .map(|operation| (operation, matches))
        .ok_or_else(|| Failure::usage(format!("unknown command `{id}`")))
}

/// Returns the items of the first page, of all pages, or as many as are asked for.
async fn pages(
    session: &Session,
    mut request: OperationRequest,
    limit: Option<u64>,
    all: bool,
) -> Result<Vec<Value>, Failure> {
    if all || limit.is_some_and(|limit| limit > 0) {
        request.query.insert("limit".to_owned(), limit.unwrap_or(PAGE).min(PAGE).into());
    }
    let wanted = limit.and_then(|limit| usize::try_from(limit).ok());
    let mut items = Vec::new();
    loop {
        items.extend(session.page(&mut request).await?);
        let is_enough = wanted.map_or(!all, |wanted| items.len() >= wanted);
        if request.cursor.is_none() || is_enough {
            break;
        }
    }
    items.truncate(wanted.unwrap_or(usize::MAX));
    if request.cursor.is_some() && wanted.is_none() {
        note(&format!("these are the first {}: pass --limit NUMBER or --all for more", items.len()));
    }
    Ok(items)
}

/// Prints each event of a stream as one line of JSON.
async fn stream(client: &Client, request: OperationRequest) -> Result<(), Failure> {
    let mut options = StreamOptions::default();
    options.after = request.query.get("after").and_then(Value::as_str).map(str::to_owned);
    let mut events = client.stream(request.operation, request.path, options)?;
    while let Some(event) = events.next().await {
        output::line(&data(&event?.data)?.to_string())?;
    }
    Ok(())
}
