//! One run of a helper: its input, its deadline, and what it has sent so far.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::turns::Turn;
use crate::config::positive;
use crate::engine::address::Address;
use crate::engine::{Call, CallOptions, Client, Response, input, rules};
use crate::error::{Error, ErrorKind};
use crate::schema::Operation;

/// A request of a helper that reads.
pub(super) struct Read {
    pub(super) operation: &'static Operation,
    pub(super) ids: Vec<String>,
    pub(super) query: Map<String, Value>,
}

/// What a helper waits for, for the error that it did not come.
pub(super) struct Wanted {
    /// As in `the call did not end`.
    pub(super) fault: String,
    pub(super) hint: &'static str,
}

pub(super) struct Session {
    client: Client,
    call: Call,
    body: Map<String, Value>,
    /// How long all of it may take.
    total: Duration,
    started: Duration,
    attempts: u32,
    /// The idempotency key of what was written already.
    written: Option<String>,
}

impl Session {
    /// Checks the input before anything is sent.
    pub(super) fn start(client: Client, mut call: Call, total: Duration) -> Result<Self, Error> {
        let settings = &client.shared.settings;
        let body = call.body.take().unwrap_or_else(|| Map::new().into());
        Address::of(&settings.base, call.operation, &call.path)?;
        input::query(call.operation, &call.query)?;
        input::body(call.operation, Some(&body))?;
        rules::check(call.operation, Some(&body))?;
        // The timeout of the client is that of one request; who waits names the time with the call.
        let timeout = call.options.timeout.or(client.defaults.timeout);
        positive(timeout, "timeout")?;
        let Value::Object(body) = body else {
            return Err(Error::internal("the body of a helper is an object"));
        };
        let started = settings.clock.now();
        let total = timeout.unwrap_or(total);
        Ok(Self { client, call, body, total, started, attempts: 0, written: None })
    }

    pub(super) fn operation(&self) -> &'static Operation {
        self.call.operation
    }

    /// The ids of the path.
    pub(super) fn ids(&self) -> Vec<String> {
        self.call.path.clone()
    }

    /// A field of the body.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name)?.as_str()
    }

    /// Takes the time between two looks out of the body.
    pub(super) fn take_interval(&mut self, default: Duration) -> Duration {
        let given = self.body.remove("poll_interval").and_then(|seconds| seconds.as_f64());
        given.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(default)
    }

    /// Sends the body to an operation, which may take all the time that is left.
    pub(super) async fn write(&mut self, operation: &'static Operation) -> Result<Response, Error> {
        let left = self.left().max(Duration::from_millis(1));
        let options = CallOptions { timeout: Some(left), ..self.call.options.clone() };
        let mut call = self.call_of(operation, options);
        call.path = self.ids();
        call.body = Some(self.body.clone().into());
        let response = self.client.execute(call).await.map_err(|error| self.complete(error))?;
        self.attempts += response.attempts;
        self.written.clone_from(&response.idempotency_key);
        Ok(response)
    }

    /// Asks once, within the usual limits of a request and what is left of the time.
    pub(super) async fn read(&mut self, read: &Read, wanted: &Wanted) -> Result<Response, Error> {
        let options = CallOptions { timeout: None, idempotency_key: None, ..self.call.options.clone() };
        let mut call = self.call_of(read.operation, options);
        call.path.clone_from(&read.ids);
        call.query.clone_from(&read.query);
        let outcome = self.within(read, wanted, self.client.execute(call)).await?;
        let response = outcome.map_err(|error| self.complete(error))?;
        self.attempts += response.attempts;
        Ok(response)
    }

    /// Waits for something as long as there is time.
    pub(super) async fn within<T>(
        &self,
        read: &Read,
        wanted: &Wanted,
        something: impl Future<Output = T>,
    ) -> Result<T, Error> {
        // Made first, so that it counts all that follows.
        let timer = self.client.shared.settings.clock.sleep(self.left());
        match select(pin!(something), timer).await {
            Either::Left((outcome, _)) => Ok(outcome),
            Either::Right(_) => Err(self.too_late(read, wanted)),
        }
    }

    /// The lock of what this helper works on.
    pub(super) fn turn(&self, thing: String) -> Arc<Turn> {
        self.client.shared.turns.of(thing)
    }

    /// Asks again and again until `look` finds something in the data, and answers with that.
    pub(super) async fn poll(
        &mut self,
        read: &Read,
        wanted: &Wanted,
        interval: Duration,
        look: impl Fn(&str) -> Option<String>,
    ) -> Result<Response, Error> {
        loop {
            let response = self.read(read, wanted).await?;
            if let Some(found) = look(response.data()) {
                return Ok(response.with_data(&found));
            }
            let left = self.left();
            self.client.shared.settings.clock.sleep(interval.min(left)).await;
            if left <= interval {
                return Err(self.too_late(read, wanted));
            }
        }
    }

    /// The answer of the helper.
    pub(super) fn finish(&self, mut response: Response) -> Response {
        response.operation = self.operation();
        response.attempts = self.attempts;
        response.elapsed = self.client.shared.settings.clock.now().saturating_sub(self.started);
        if self.written.is_some() {
            response.idempotency_key.clone_from(&self.written);
        }
        response
    }

    /// An error about an answer that does not hold what the helper needs.
    pub(super) fn odd(&self, operation: &Operation, lack: &str) -> Error {
        let message = format!("the answer of `{}` {lack}", operation.id);
        self.complete(Error::new(ErrorKind::UnexpectedResponse, message))
    }

    fn call_of(&self, operation: &'static Operation, options: CallOptions) -> Call {
        let mut call = Call::of(operation);
        call.options = options;
        call.observer.clone_from(&self.call.observer);
        call
    }

    fn left(&self) -> Duration {
        let now = self.client.shared.settings.clock.now();
        (self.started + self.total).saturating_sub(now)
    }

    fn too_late(&self, read: &Read, wanted: &Wanted) -> Error {
        let message = format!("{} within {:?}", wanted.fault, self.total);
        let error = self.complete(Error::new(ErrorKind::Timeout, message).hint(wanted.hint));
        error.with(|inner| {
            inner.retryable = true;
            inner.route = Some((read.operation.method.clone(), read.operation.path));
        })
    }

    /// Adds what was done before the error.
    fn complete(&self, error: Error) -> Error {
        error.with(|inner| {
            inner.attempts += self.attempts;
            if let Some(key) = &self.written {
                inner.may_have_been_applied = true;
                inner.idempotency_key = Some(key.clone());
            }
        })
    }
}

/// The items of a list as they stand there; nothing if this is not a list.
pub(super) fn items(data: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(data).ok()
}

/// The first item that passes a test.
pub(super) fn find(items: &[&RawValue], test: impl Fn(&Value) -> bool) -> Option<String> {
    let found = items.iter().find(|item| serde_json::from_str(item.get()).is_ok_and(|item| test(&item)));
    found.map(|item| item.get().to_owned())
}
