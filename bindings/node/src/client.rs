//! `NativeClient`: sends requests and opens streams. It knows no single endpoint.
#![expect(clippy::needless_pass_by_value, reason = "Node-API passes copies of JavaScript strings")]
#![expect(clippy::too_many_arguments, reason = "separate arguments cross Node-API faster than an object")]

use bimpe::{Client, Error};
use bimpe_runtime::json::{
    RequestArguments, RequestSettings, Settings, create_stream, error_fields, parse, redacted_url,
};
use bimpe_runtime::{catch_panic, catch_panic_async};
use napi::{Either, Env};
use napi_derive::napi;

use crate::completion_queue::CompletionQueue;
use crate::executor;
use crate::operation_info::OperationInfo;
use crate::request_result::RequestResult;
use crate::retry_events::{OnRetry, observer};
use crate::settings::{build_client, environment_variables};
use crate::stream::NativeStream;

/// A client of the engine. Derived clients share its connections.
#[napi]
pub struct NativeClient {
    client: Client,
    /// Whether each request and stream has its own API key.
    key_per_request: bool,
}

#[napi]
impl NativeClient {
    /// Creates a client from settings in JSON. Returns the client, or the error as JSON text.
    #[napi(catch_unwind)]
    pub fn connect(settings: String) -> Either<NativeClient, String> {
        or_error_json(|| {
            let settings: Settings = parse(&settings)?;
            let key_per_request = settings.api_key_per_request;
            Ok(Self { client: build_client(settings)?, key_per_request })
        })
    }

    /// Derives a client with other defaults. Closing it does not close this client. Returns the client, or the error as
    /// JSON text.
    #[napi(catch_unwind)]
    pub fn with_options(&self, options: String) -> Either<NativeClient, String> {
        or_error_json(|| {
            let client = self.client.with_options(&RequestSettings::read(&options)?)?;
            Ok(Self { client, key_per_request: self.key_per_request })
        })
    }

    /// Returns the method and path of an operation, or `null` if the name is unknown.
    #[napi(catch_unwind)]
    pub fn operation_info(operation: String) -> Option<OperationInfo> {
        OperationInfo::of(&operation)
    }

    /// Returns the names of the environment variables that belong in `env` of the settings.
    #[napi(catch_unwind)]
    pub fn environment_variables() -> Vec<&'static str> {
        environment_variables()
    }

    /// Returns the webchat user id (a UUID) of a text.
    #[napi(catch_unwind)]
    pub fn webchat_user_id(text: String) -> String {
        bimpe::webchat_user_id(&text)
    }

    /// Returns the base URL.
    #[napi(getter, catch_unwind)]
    pub fn base_url(&self) -> String {
        self.client.base_url().to_owned()
    }

    /// Refuses new requests and ends open streams, also those of derived clients.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.client.close();
    }

    /// Sends a request. `operation` is an operation id, or a method and a path with a space between. Path ids are in path
    /// order. `query`, `body` and `options` are JSON text. The result goes to the queue, with this id.
    #[napi(catch_unwind)]
    pub fn request(
        &self,
        env: Env,
        queue: &CompletionQueue,
        id: u32,
        operation: String,
        path: Vec<String>,
        query: Option<String>,
        body: Option<String>,
        options: Option<String>,
        cursor: Option<String>,
        on_retry: Option<OnRetry>,
    ) -> napi::Result<()> {
        let (slot, registration) = queue.request_slot(env, id)?;
        let arguments = RequestArguments { operation, path, query, body, options, cursor };
        let execute = arguments.execute(self.client.clone(), on_retry.map(observer), registration);
        let completion = async move { RequestResult::new(id, execute.await) };
        let failed = move |error| RequestResult::new(id, Err(error));
        match executor::background() {
            // A panic becomes an error, because a panic that reached Node-API would leave the promise pending forever.
            Ok(background) => background.spawn(Box::pin(async move {
                slot.complete(Either::A(catch_panic_async(completion, failed).await));
            })),
            Err(error) => slot.complete(Either::A(failed(error))),
        }
        Ok(())
    }

    /// Returns the URL of a request without its secrets. Of the query, JSON text, it has only the names. Returns an empty
    /// text for an invalid request.
    #[napi(catch_unwind)]
    pub fn redacted_url(&self, operation: String, path: Vec<String>, query: Option<String>) -> String {
        redacted_url(&self.client, &operation, path, query)
    }

    /// Creates a stream of an operation. `options` are JSON text. Returns the stream, or the error as JSON text.
    #[napi(catch_unwind)]
    pub fn stream(
        &self,
        operation: String,
        path: Vec<String>,
        options: String,
    ) -> Either<NativeStream, String> {
        or_error_json(|| {
            let (stream, key) =
                create_stream(&self.client, &operation, path, &options, self.key_per_request)?;
            Ok(NativeStream::new(stream, key))
        })
    }
}

/// Runs a function. Returns its value, or its error as JSON text.
fn or_error_json<T>(run: impl FnOnce() -> Result<T, Error>) -> Either<T, String> {
    match catch_panic(run, Err) {
        Ok(value) => Either::A(value),
        Err(error) => Either::B(error_fields(&error).to_string()),
    }
}
