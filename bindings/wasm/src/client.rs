//! `NativeClient`: sends requests and opens streams. It knows no single endpoint.
#![expect(clippy::too_many_arguments, reason = "the Node binding has the same function")]

use std::sync::Arc;

use bimpe::engine::{Observer, OperationRequest, RequestEvent};
use bimpe::{Client, Error};
use bimpe_runtime::json::{
    RequestArguments, RequestSettings, Settings, create_stream, error_fields, parse, redacted_url,
    response_metadata, retry_event,
};
use js_sys::{Function, Object};
use send_wrapper::SendWrapper;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::clock::HostClock;
use crate::completion_queue::CompletionQueue;
use crate::objects::object;
use crate::stream::NativeStream;
use crate::transport::Fetch;
use crate::{executor, or_error_json};

/// A client of the engine.
#[wasm_bindgen]
pub struct NativeClient {
    client: Client,
    /// Whether each request and stream has its own API key.
    key_per_request: bool,
}

#[wasm_bindgen]
impl NativeClient {
    /// Creates a client from settings in JSON. Returns the client, or the error as JSON text.
    pub fn connect(settings: &str) -> JsValue {
        or_error_json(parse(settings).and_then(|settings: Settings| {
            let key_per_request = settings.api_key_per_request;
            let builder = settings.into_builder()?.transport(Arc::new(Fetch)).clock(Arc::new(HostClock));
            Ok(Self { client: builder.build()?, key_per_request })
        }))
    }

    /// Derives a client with other defaults. Closing it does not close this client. Returns the client, or the error as
    /// JSON text.
    #[wasm_bindgen(js_name = withOptions)]
    pub fn with_options(&self, options: &str) -> JsValue {
        or_error_json(RequestSettings::read(options).and_then(|options| {
            let client = self.client.with_options(&options)?;
            Ok(Self { client, key_per_request: self.key_per_request })
        }))
    }

    /// Returns the method and path of an operation, or `null` if the name is unknown.
    #[wasm_bindgen(js_name = operationInfo)]
    pub fn operation_info(operation: &str) -> JsValue {
        OperationRequest::new(operation).map_or(JsValue::NULL, |request| {
            let operation = request.operation;
            let method = JsValue::from_str(operation.method.as_str());
            object([("method", Some(method)), ("path", Some(operation.path.into()))]).into()
        })
    }

    /// Returns the names of the environment variables that belong in `env` of the settings.
    #[wasm_bindgen(js_name = environmentVariables)]
    pub fn environment_variables() -> Vec<String> {
        // The others are about connections, which are those of the host.
        ["BIMPEAI_API_KEY", "BIMPEAI_BASE_URL"].map(str::to_owned).into()
    }

    /// Returns the webchat user id (a UUID) of a text.
    #[wasm_bindgen(js_name = webchatUserId)]
    pub fn webchat_user_id(text: &str) -> String {
        bimpe::webchat_user_id(text)
    }

    /// Returns the base URL.
    #[wasm_bindgen(getter, js_name = baseUrl)]
    pub fn base_url(&self) -> String {
        self.client.base_url().to_owned()
    }

    /// Refuses new requests and ends open streams, also those of derived clients.
    pub fn close(&self) {
        self.client.close();
    }

    /// Sends a request. `operation` is an operation id, or a method and a path with a space between. Path ids are in path
    /// order. `query`, `body` and `options` are JSON text. The result goes to the queue, with this id.
    pub fn request(
        &self,
        queue: &CompletionQueue,
        id: u32,
        operation: String,
        path: Vec<String>,
        query: Option<String>,
        body: Option<String>,
        options: Option<String>,
        cursor: Option<String>,
        on_retry: Option<Function>,
    ) {
        let (slot, registration) = queue.request_slot(id);
        let arguments = RequestArguments { operation, path, query, body, options, cursor };
        let execute = arguments.execute(self.client.clone(), on_retry.map(observer), registration);
        executor::spawn(async move { slot.complete(id, request_result(id, execute.await)) });
    }

    /// Returns the URL of a request without its secrets. Of the query, JSON text, it has only the names. Returns an empty
    /// text for an invalid request.
    #[wasm_bindgen(js_name = redactedUrl)]
    pub fn redacted_url(&self, operation: &str, path: Vec<String>, query: Option<String>) -> String {
        redacted_url(&self.client, operation, path, query)
    }

    /// Creates a stream of an operation. `options` are JSON text. Returns the stream, or the error as JSON text.
    pub fn stream(&self, operation: &str, path: Vec<String>, options: &str) -> JsValue {
        let stream = create_stream(&self.client, operation, path, options, self.key_per_request);
        or_error_json(stream.map(|(stream, key)| NativeStream::new(stream, key)))
    }
}

/// Returns an observer that passes retries to the callback, as JSON text.
fn observer(on_retry: Function) -> Observer {
    let on_retry = SendWrapper::new(on_retry);
    Observer::new(move |event| {
        let RequestEvent::Retry { attempt, wait, error, .. } = event else { return };
        let text = retry_event(*attempt, *wait, error);
        // The function of the package does not throw.
        let _ = on_retry.call1(&JsValue::UNDEFINED, &text.into());
    })
}

/// Creates the result of a request: an error, or data and metadata. All are JSON text.
fn request_result(id: u32, result: Result<bimpe::engine::Response, Error>) -> Object {
    match result {
        Err(error) => {
            let error = error_fields(&error).to_string();
            object([("id", Some(id.into())), ("error", Some(error.into()))])
        }
        Ok(response) => object([
            ("id", Some(id.into())),
            ("data", Some(response.data().into())),
            ("metadata", Some(response_metadata(&response).into())),
        ]),
    }
}
