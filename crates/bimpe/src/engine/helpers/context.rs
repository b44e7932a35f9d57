//! One run of a helper: its input, its deadline, and the requests so far.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::{Either, select};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use url::Url;

use super::keyed_lock::{KeyedLock, keyed_lock};
use crate::engine::redact::Redactor;
use crate::engine::request_url::RequestUrl;
use crate::engine::{
    Client, Observer, OperationRequest, RequestEvent, RequestOptions, Response, check_body, input, json,
    positive,
};
use crate::error::{Error, ErrorKind};
use crate::schema::Operation;
use crate::sync::lock;

/// A request of a helper that reads.
pub(super) struct ReadRequest {
    pub(super) operation: &'static Operation,
    pub(super) ids: Vec<String>,
    pub(super) query: Map<String, Value>,
}

/// The target of a wait, as the timeout error names it.
pub(super) struct WaitTarget {
    /// As in `the call did not end`.
    pub(super) message: String,
    pub(super) hint: &'static str,
}

pub(super) struct HelperContext {
    client: Client,
    call: OperationRequest,
    body: Map<String, Value>,
    /// How long all of it may take.
    total: Duration,
    started: Duration,
    attempts: u32,
    /// The idempotency key of what was written already.
    written: Option<String>,
    /// The error of the last request, while the helper waits because of it.
    waited_for: Option<Error>,
}

impl HelperContext {
    /// Checks the input before anything is sent.
    pub(super) fn start(client: Client, mut call: OperationRequest, total: Duration) -> Result<Self, Error> {
        let settings = &client.shared.settings;
        // Without a body, one that takes fields says which are missing.
        let empty = call.operation.body.map(|_| Map::new().into());
        let body = call.body.take().or(empty);
        RequestUrl::of(&settings.base, call.operation, &call.path)?;
        input::query(call.operation, &call.query)?;
        check_body(call.operation, body.as_ref())?;
        let timeout = call.options.timeout.or(client.defaults.timeout);
        let timeout = positive(timeout, "timeout")?.or(settings.timeout);
        let body = match body {
            Some(Value::Object(body)) => body,
            None => Map::new(),
            Some(_) => return Err(Error::internal("the body of a helper is an object")),
        };
        let started = settings.clock.now();
        let total = timeout.unwrap_or(total);
        Ok(Self { client, call, body, total, started, attempts: 0, written: None, waited_for: None })
    }

    pub(super) fn operation(&self) -> &'static Operation {
        self.call.operation
    }

    /// The ids of the path.
    pub(super) fn ids(&self) -> Vec<String> {
        self.call.path.clone()
    }

    /// The base URL of the client.
    pub(super) fn base(&self) -> &Url {
        &self.client.shared.settings.base
    }

    /// A field of the body.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name)?.as_str()
    }

    /// An option of the helper.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.call.query.get(name)?.as_str()
    }

    pub(super) fn body(&self) -> &Map<String, Value> {
        &self.body
    }

    /// A text without the secrets of the request.
    pub(super) fn without_secrets(&self, text: &str) -> String {
        let body = Value::Object(self.body.clone());
        Redactor::of(self.key_text(), self.operation(), Some(&body)).text(text)
    }

    /// Returns the time between two polls.
    pub(super) fn interval(&self, default: Duration) -> Duration {
        let given = self.call.query.get("poll_interval").and_then(Value::as_f64);
        given.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(default)
    }

    /// Sends the body to an operation. The key of the caller goes before `idempotency_key`.
    pub(super) async fn write(
        &mut self,
        operation: &'static Operation,
        idempotency_key: Option<String>,
    ) -> Result<Response, Error> {
        let mut call = self.call_of(operation, self.call.options.clone());
        call.options.idempotency_key = idempotency_key;
        call.path = self.ids();
        call.body = operation.body.map(|_| self.body.clone().into());
        let response = self.send(call).await.map_err(|error| self.complete(error))?;
        self.written.clone_from(&response.idempotency_key);
        Ok(response)
    }

    /// Sends a request without a body.
    pub(super) async fn command(
        &mut self,
        operation: &'static Operation,
        ids: Vec<String>,
    ) -> Result<(), Error> {
        let options = RequestOptions { idempotency_key: None, ..self.call.options.clone() };
        let mut call = self.call_of(operation, options);
        call.path = ids;
        self.send(call).await.map(drop).map_err(|error| self.complete(error))
    }

    /// Sends a read once, within the time that is left.
    pub(super) async fn read(&mut self, read: &ReadRequest, wanted: &WaitTarget) -> Result<Response, Error> {
        let options = RequestOptions { timeout: None, idempotency_key: None, ..self.call.options.clone() };
        let mut call = self.call_of(read.operation, options);
        call.path.clone_from(&read.ids);
        call.query.clone_from(&read.query);
        self.send(call).await.map_err(|error| {
            if error.kind() == ErrorKind::Timeout && self.left().is_zero() {
                let attempts = error.attempts();
                self.timeout_error(read, wanted, error.inner().cause.clone())
                    .with(|inner| inner.attempts += attempts)
            } else {
                self.complete(error)
            }
        })
    }

    /// Sends one request. An error that the request waited out becomes the cause of its timeout.
    async fn send(&mut self, mut call: OperationRequest) -> Result<Response, Error> {
        call.options.time_left = Some(self.left().max(Duration::from_millis(1)));
        let last = Arc::new(Mutex::new(None));
        let (seen, observer) = (last.clone(), call.observer.take());
        call.observer = Some(Observer::new(move |event| {
            match event {
                RequestEvent::Retry { error, .. } => {
                    *lock(&seen) = Some(error.copy());
                }
            }
            if let Some(observer) = &observer {
                observer.notify(event);
            }
        }));
        let error = match self.client.execute(call).await {
            Ok(response) => {
                self.attempts += response.attempts;
                self.waited_for = None;
                return Ok(response);
            }
            Err(error) if error.kind() != ErrorKind::Timeout => return Err(error),
            Err(error) => error,
        };
        let cause = lock(&last).take().or(self.waited_for.take());
        Err(because(error, cause.map(Arc::new)))
    }

    /// Waits because of an error, and keeps the error in case that the time runs out.
    pub(super) async fn wait_out(&mut self, error: Error, wait: Duration) {
        self.attempts = error.attempts();
        self.waited_for = Some(error);
        self.pause(wait).await;
    }

    /// Waits, but not beyond the deadline.
    pub(super) async fn pause(&self, wait: Duration) {
        self.client.shared.settings.clock.sleep(wait.min(self.left())).await;
    }

    /// Waits for a future within the deadline.
    pub(super) async fn within<T>(
        &self,
        read: &ReadRequest,
        wanted: &WaitTarget,
        future: impl Future<Output = T>,
    ) -> Result<T, Error> {
        // Made first, so that it counts all that follows.
        let timer = self.client.shared.settings.clock.sleep(self.left());
        match select(pin!(future), timer).await {
            Either::Left((outcome, _)) => Ok(outcome),
            Either::Right(_) => Err(self.timeout_error(read, wanted, None)),
        }
    }

    /// Returns the lock of all requests in this process with the same name and API key.
    pub(super) fn lock(&self, list: &Operation, name: &str) -> Arc<KeyedLock> {
        let settings = &self.client.shared.settings;
        let base = settings.base.as_str();
        keyed_lock(&[&self.own_transport(), base, self.key_text(), list.id, &self.call.path.join("/"), name])
    }

    /// The memory address of the caller's transport, because it may reach another server.
    fn own_transport(&self) -> String {
        #[cfg(feature = "network")]
        if self.client.shared.settings.connection_config.is_some() {
            return String::new();
        }
        format!("{:p}", Arc::as_ptr(&self.client.network.requests))
    }

    /// The API key, to derive hashes from.
    pub(super) fn key_text(&self) -> &str {
        self.client.key_text(&self.call)
    }

    /// The idempotency key that the caller chose.
    pub(super) fn own_key(&self) -> Option<String> {
        let options = &self.call.options;
        options.idempotency_key.clone().or_else(|| self.client.defaults.idempotency_key.clone())
    }

    /// Polls until `find_match` returns a part of the data. Returns the response with that part as its data.
    pub(super) async fn poll(
        &mut self,
        read: &ReadRequest,
        wanted: &WaitTarget,
        interval: Duration,
        find_match: impl Fn(&str) -> Option<String>,
    ) -> Result<Response, Error> {
        loop {
            let response = self.read(read, wanted).await?;
            if let Some(found) = find_match(response.data()) {
                return Ok(response.with_data(&found));
            }
            let left = self.left();
            self.pause(interval).await;
            if left <= interval {
                return Err(self.timeout_error(read, wanted, None));
            }
        }
    }

    /// Completes the response of the helper.
    pub(super) fn finish(&self, mut response: Response) -> Response {
        response.operation = self.operation();
        response.attempts = self.attempts;
        response.elapsed = self.client.shared.settings.clock.now().saturating_sub(self.started);
        if self.written.is_some() {
            response.idempotency_key.clone_from(&self.written);
        }
        response
    }

    /// Returns the error for a response without what the helper needs.
    pub(super) fn unexpected(&self, operation: &Operation, lack: &str) -> Error {
        let message = format!("the response of `{}` {lack}", operation.id);
        self.complete(Error::new(ErrorKind::UnexpectedResponse, message))
    }

    fn call_of(&self, operation: &'static Operation, options: RequestOptions) -> OperationRequest {
        let mut call = OperationRequest::of(operation);
        call.options = options;
        call.observer.clone_from(&self.call.observer);
        call
    }

    fn left(&self) -> Duration {
        let now = self.client.shared.settings.clock.now();
        (self.started + self.total).saturating_sub(now)
    }

    fn timeout_error(&self, read: &ReadRequest, wanted: &WaitTarget, cause: Option<Arc<Error>>) -> Error {
        let message = format!("{} within {:?}", wanted.message, self.total);
        let error = self.complete(Error::new(ErrorKind::Timeout, message).hinted(wanted.hint));
        because(error, cause).with(|inner| {
            inner.retryable = true;
            inner.failed_request = Some(self.client.failed_request(read.operation, &read.ids, &self.call));
        })
    }

    /// Adds what was done before the error.
    pub(super) fn complete(&self, error: Error) -> Error {
        error.with(|inner| {
            inner.attempts += self.attempts;
            if let Some(key) = &self.written {
                inner.may_have_been_applied = true;
                inner.idempotency_key = Some(key.clone());
            }
        })
    }
}

/// A timeout with the error that was waited out before, and with what the server said then.
fn because(error: Error, cause: Option<Arc<Error>>) -> Error {
    let Some(cause) = cause else { return error };
    error.with(|inner| {
        inner.message = format!("{}; the last request failed: {}", inner.message, cause.message());
        inner.status = cause.inner().status;
        inner.code = cause.code().map(str::to_owned);
        inner.retry_after = cause.retry_after();
        inner.cause = Some(cause);
    })
}

/// Returns the unchanged items of a list, or nothing if the data is no list.
pub(super) fn items(data: &str) -> Option<Vec<&RawValue>> {
    // The items are not read, so their depth does not count.
    serde_json::from_str(data).ok()
}

/// The first item that passes a test.
pub(super) fn find(items: &[&RawValue], test: impl Fn(&Value) -> bool) -> Option<String> {
    let found = items.iter().find(|item| json::value(item.get()).is_ok_and(|item| test(&item)));
    found.map(|item| item.get().to_owned())
}
