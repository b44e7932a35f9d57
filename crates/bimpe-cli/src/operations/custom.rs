//! `bimpe api`: a request to any path.

use bimpe::engine::OperationRequest;
use clap::{Arg, ArgMatches, Command};
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::{body, command};
use crate::failure::Failure;
use crate::globals::Globals;
use crate::{output, prompt};

/// The word of the command.
pub(crate) const NAME: &str = "api";

/// Returns the command.
pub(crate) fn command() -> Command {
    let method = Arg::new("method").value_name("METHOD").required(true);
    let path = Arg::new("path").value_name("PATH").required(true);
    Command::new(NAME)
        .about("Send a request to any path of the API")
        .arg(method.help("GET, POST, PUT, PATCH or DELETE"))
        .arg(path.help("Path below /api/v1/console with its query, as in /agents?limit=5"))
        .arg(command::body())
        .arg(command::insecure())
}

/// Sends the request and prints the `data` of its response.
pub(crate) async fn run(matches: ArgMatches, globals: Globals) -> Result<(), Failure> {
    let text = |name: &str| matches.get_one::<String>(name).cloned().unwrap_or_default();
    let address = text("path");
    let (path, query) = address.split_once('?').unwrap_or((&address, ""));
    let mut request = OperationRequest::custom(&text("method"), path)?;
    request.query = parameters(query);
    request.options = globals.request_options();
    request.body = prompt::wait(move || body::whole(&matches)).await?;
    let sent = globals.connect().await?.send(request).await;
    // The only hint of a response is that of an unknown id, which can be an unknown path here.
    let sent = sent.map_err(|failure| match failure.next_step() {
        Some(_) => failure.hint("check the path, and the ids in it"),
        None => failure,
    })?;
    output::result(&sent, globals.json)
}

fn parameters(query: &str) -> Map<String, Value> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    pairs.map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect()
}
