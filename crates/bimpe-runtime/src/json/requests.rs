//! Requests and streams from the arguments that cross the boundary.

use bimpe::engine::{EventStream, Observer, OperationRequest, Response, SharedApiKey};
use bimpe::{ApiKey, Client, Error};
use futures_util::future::{AbortRegistration, Abortable};

use super::{RequestSettings, StreamSettings, parse};

/// The arguments of a request.
pub struct RequestArguments {
    /// An operation id, or a method and a path with a space between.
    pub operation: String,
    /// Ids in path order.
    pub path: Vec<String>,
    /// The query as JSON text.
    pub query: Option<String>,
    /// The body as JSON text.
    pub body: Option<String>,
    /// Options as JSON text.
    pub options: Option<String>,
    /// The cursor of a page.
    pub cursor: Option<String>,
}

impl RequestArguments {
    /// Parses the arguments and sends the request.
    ///
    /// # Errors
    /// If an argument is invalid, or if the request fails or is aborted.
    pub async fn execute(
        self,
        client: Client,
        observer: Option<Observer>,
        registration: AbortRegistration,
    ) -> Result<Response, Error> {
        let execute = async {
            let mut request = OperationRequest::new(&self.operation)?;
            request.path = self.path;
            request.query = self.query.as_deref().map(parse).transpose()?.unwrap_or_default();
            request.body = self.body.as_deref().map(parse).transpose()?;
            request.options =
                self.options.as_deref().map(RequestSettings::read).transpose()?.unwrap_or_default();
            request.cursor = self.cursor;
            request.observer = observer;
            client.execute(request).await
        };
        // JavaScript ignores this error, because it rejects its promise when it aborts.
        let aborted = |_| Err(Error::user("the request was aborted"));
        Abortable::new(execute, registration).await.unwrap_or_else(aborted)
    }
}

/// Returns the URL of a request without its secrets. Of the query, JSON text, it has only the names. Returns an empty text
/// for an invalid request.
pub fn redacted_url(client: &Client, operation: &str, path: Vec<String>, query: Option<String>) -> String {
    let Ok(mut request) = OperationRequest::new(operation) else { return String::new() };
    request.path = path;
    request.query = query.and_then(|query| parse(&query).ok()).unwrap_or_default();
    client.redacted_url(&request)
}

/// Creates a stream. With `key_per_stream`, also returns the place of its API key.
///
/// # Errors
/// If an argument is invalid.
pub fn create_stream(
    client: &Client,
    operation: &str,
    path: Vec<String>,
    options: &str,
    key_per_stream: bool,
) -> Result<(EventStream, Option<SharedApiKey>), Error> {
    let operation = OperationRequest::new(operation)?.operation;
    let mut stream = client.stream(operation, path, parse::<StreamSettings>(options)?.into())?;
    let key = key_per_stream.then(SharedApiKey::default);
    if let Some(key) = &key {
        stream.use_key(key.clone());
    }
    Ok((stream, key))
}

/// Sets the API key of a stream that has its own.
///
/// # Errors
/// If the key is invalid.
pub fn set_stream_key(slot: Option<&SharedApiKey>, key: &str) -> Result<(), Error> {
    let key = ApiKey::new(key)?;
    if let Some(slot) = slot {
        slot.set(key);
    }
    Ok(())
}
