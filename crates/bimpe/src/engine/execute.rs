//! A request from start to end: checks, attempts and retries within one deadline.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use http::{Method, StatusCode};
use serde_json::Value;
use tracing::Instrument;

use super::attempt::{Success, attempt};
use super::attempt_error::{AttemptError, RetrySafety};
use super::key::is_key;
use super::pace::{Pacer, Permit, UsedUp};
use super::pagination::Cursor;
use super::prepare::{PreparedRequest, REQUEST_ID};
use super::redact::Redactor;
use super::{Client, Observer, OperationRequest, RequestEvent, Response, helpers, retry, trace};
use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind, FailedRequest};
use crate::schema::{Operation, ResponseShape};

impl Client {
    /// Sends a request and returns its response. Checks the input before anything is sent. Dropping the future cancels the
    /// request.
    pub fn execute(&self, mut call: OperationRequest) -> BoxFuture<'static, Result<Response, Error>> {
        let client = self.clone();
        let span = trace::span(self, &call);
        let own = span.clone();
        let request = async move {
            let settings = &client.shared.settings;
            settings.ensure_runtime()?;
            // Hooks see a helper as one request.
            let is_part = call.options.time_left.is_some();
            if !is_part {
                settings.hooks.begin(&mut call);
            }
            let (operation, started) = (call.operation.id, settings.clock.now());
            let outcome = match client.provide_key(&mut call).await {
                Ok(()) => client.run(call).await,
                Err(error) => Err(error),
            };
            let elapsed = settings.clock.now().saturating_sub(started);
            trace::end(&own, elapsed, &outcome);
            if !is_part {
                settings.hooks.end(operation, elapsed, &outcome);
            }
            outcome
        };
        // Boxed once, here, because the future is large and each layer around it would move it again.
        Box::pin(request.instrument(span))
    }

    async fn run(&self, mut call: OperationRequest) -> Result<Response, Error> {
        if let Some(total) = call.operation.helper {
            let request = self.failed_request(call.operation, &call.path, &call);
            let ended = helpers::run(self.clone(), call, total).await;
            return ended.map_err(|error| error.about(|| request));
        }
        let outcome = match self.prepare(&mut call) {
            Ok((prepared, cursor)) => {
                let response = self.send(prepared, call.observer.as_ref()).await;
                response.and_then(|response| match cursor {
                    Some(cursor) => {
                        let limit = call.query.get("limit").and_then(Value::as_u64);
                        cursor.after(response, limit.or(call.operation.page_limit))
                    }
                    None => Ok(response),
                })
            }
            Err(error) => Err(error),
        };
        outcome.map_err(|error| error.about(|| self.failed_request(call.operation, &call.path, &call)))
    }

    /// Checks the input. Returns the request, and the place of its page in the list.
    fn prepare(&self, call: &mut OperationRequest) -> Result<(PreparedRequest, Option<Cursor>), Error> {
        self.ensure_open()?;
        let cursor = match call.operation.response {
            ResponseShape::Page(_) => Some(Cursor::start(call.cursor.as_deref(), &mut call.query)?),
            _ => None,
        };
        Ok((PreparedRequest::new(self, call)?, cursor))
    }

    /// Returns the request of an error, without its secrets.
    pub(crate) fn failed_request(
        &self,
        operation: &'static Operation,
        ids: &[String],
        call: &OperationRequest,
    ) -> FailedRequest {
        let secrets = Redactor::of(self.key_text(call), call.operation, call.body.as_ref());
        FailedRequest::new(operation, ids, |id| is_key(id) || secrets.text(id) != id)
    }

    /// Sends attempts until one succeeds or none may follow.
    async fn send(&self, prepared: PreparedRequest, observer: Option<&Observer>) -> Result<Response, Error> {
        #[cfg(feature = "__panics")]
        panic_if_asked(&prepared, "prepare");
        let clock = self.shared.settings.clock.clone();
        let mut state = RetryState::new(&prepared, clock.now());
        loop {
            let permit = match &prepared.pacer {
                Some(pacer) => Some(Box::pin(self.permit(pacer, &state)).await?),
                None => None,
            };
            state.attempts += 1;
            let left = state.left(clock.now()).timeout;
            let limit = prepared.limits.attempt.min(left);
            // Created before the attempt, so that it covers the waits of the attempt.
            let timer = clock.sleep(limit);
            let running =
                Box::pin(attempt(self.network.requests.as_ref(), prepared.request(), &prepared.context));
            let outcome = match self.unless_closed(select(running, timer)).await {
                Ok(Either::Left((outcome, _))) => outcome,
                Ok(Either::Right(_)) if limit < left => {
                    Err(AttemptError::timeout(format!("no complete response within {limit:?}")))
                }
                Ok(Either::Right(_)) => {
                    let total = prepared.limits.total;
                    Err(AttemptError::timeout(format!("the request did not end within {total:?}")))
                }
                Err(error) => Err(AttemptError::closed(error, true)),
            };
            if let Some(permit) = permit {
                state.observe(&permit, &outcome);
            }
            #[cfg(feature = "__panics")]
            panic_if_asked(&prepared, "response");
            let failed = match outcome {
                Ok(success) => {
                    self.shared.budget.deposit(state.retry_cost);
                    return Ok(state.response(success, clock.now()));
                }
                // An earlier attempt may have deleted it: the goal is reached.
                Err(failed) if state.is_already_deleted(&failed) => {
                    return Ok(state.response(Success::empty(&failed.error), clock.now()));
                }
                Err(failed) => failed,
            };
            let (wait, error) = self.plan_retry(failed, &mut state)?;
            tracing::debug!(
                target: "bimpe", operation = prepared.context.operation.id, attempt = state.attempts, ?wait,
                kind = error.kind().as_str(), "the request is retried"
            );
            if let Some(observer) = observer {
                observer.notify(&RequestEvent::Retry { attempt: state.attempts, wait, error: &error });
            }
            let slept = self.unless_closed(clock.sleep(wait)).await;
            slept.map_err(|error| state.complete(AttemptError::closed(error, false)))?;
        }
    }

    /// Waits for the rate limit of the key, within the deadline of the request.
    async fn permit(&self, pacer: &Arc<Pacer>, state: &RetryState<'_>) -> Result<Permit, Error> {
        let clock = &self.shared.settings.clock;
        let left = state.left(clock.now()).timeout;
        let admitted = Box::pin(pacer.clone().permit(left));
        let error = match self.unless_closed(select(admitted, clock.sleep(left))).await {
            Ok(Either::Left((Ok(permit), _))) => return Ok(permit),
            Ok(Either::Left((Err(UsedUp(wait)), _))) => AttemptError::rate_limit_used_up(wait, left),
            Ok(Either::Right(_)) => AttemptError::rate_limit_used_up(left, left),
            Err(error) => AttemptError::closed(error, false),
        };
        Err(state.complete(error))
    }

    /// Returns the wait before the next attempt and the error of the last one, or the final error.
    fn plan_retry(
        &self,
        failed: AttemptError,
        state: &mut RetryState<'_>,
    ) -> Result<(Duration, Error), Error> {
        state.may_have_been_applied |= failed.may_have_been_applied;
        let left = state.left(self.shared.settings.clock.now());
        // Without time left, the error already names the deadline.
        if !state.may_retry(failed.retry_safety) || left.timeout.is_zero() {
            return Err(state.complete(failed));
        }
        let wait = match retry::wait(state.attempts - 1, failed.error.retry_after(), &left) {
            Ok(wait) => wait,
            Err(reason) => {
                let error = failed.error.explained(format!("not retried: {reason}"));
                return Err(state.complete(AttemptError { error, ..failed }));
            }
        };
        if !self.pay_for_retry(&failed, state) {
            let error = failed
                .error
                .explained("retries suppressed: too many requests of this client failed recently")
                .with(|inner| inner.retries_suppressed = true);
            return Err(state.complete(AttemptError { error, ..failed }));
        }
        Ok((wait, failed.error))
    }

    /// Withdraws the cost of a retry. Returns whether the budget allows it. A retry that the server asked for is free.
    fn pay_for_retry(&self, failed: &AttemptError, state: &mut RetryState<'_>) -> bool {
        let is_paced =
            failed.error.retry_after().is_some() && matches!(failed.error.status(), Some(429 | 503));
        let timeout = failed.error.kind() == ErrorKind::Timeout;
        state.retry_cost = if is_paced { None } else { self.shared.budget.withdraw(timeout) };
        is_paced || state.retry_cost.is_some()
    }
}

/// The attempts of a request so far.
struct RetryState<'a> {
    prepared: &'a PreparedRequest,
    started: Duration,
    attempts: u32,
    /// The attempts that the rate limit refused, although the client followed it.
    refused: u32,
    /// Whether the server may have applied any attempt.
    may_have_been_applied: bool,
    /// The tokens that the last retry withdrew from the budget.
    retry_cost: Option<u32>,
}

impl<'a> RetryState<'a> {
    fn new(prepared: &'a PreparedRequest, started: Duration) -> Self {
        Self { prepared, started, attempts: 0, refused: 0, may_have_been_applied: false, retry_cost: None }
    }

    fn is_already_deleted(&self, failed: &AttemptError) -> bool {
        let method = &self.prepared.context.operation.method;
        self.may_have_been_applied && method == Method::DELETE && failed.error.kind() == ErrorKind::NotFound
    }

    /// Returns whether the error allows another attempt.
    fn is_retryable(&self, retry_safety: RetrySafety) -> bool {
        let operation = self.prepared.context.operation;
        let replay_safe = operation.method != Method::POST
            || self.prepared.idempotency_key.is_some()
            || operation.replay_safe;
        retry_safety == RetrySafety::Always || (retry_safety == RetrySafety::IfSafe && replay_safe)
    }

    fn may_retry(&self, retry_safety: RetrySafety) -> bool {
        self.is_retryable(retry_safety) && self.attempts - self.refused <= self.prepared.limits.retries
    }

    fn left(&self, now: Duration) -> retry::Left {
        retry::Left {
            timeout: self.started.saturating_add(self.prepared.limits.total).saturating_sub(now),
            retry_time: self.started.saturating_add(retry::MAX_RETRY_TIME).saturating_sub(now),
        }
    }

    /// Reads the rate limit of a response.
    fn observe(&mut self, permit: &Permit, outcome: &Result<Success, AttemptError>) {
        match outcome {
            Ok(success) => permit.observe(success.status, &success.headers),
            Err(AttemptError { error, .. }) => {
                if let Some(status) = error.inner().status {
                    permit.observe(status, error.headers());
                    self.refused += u32::from(status == StatusCode::TOO_MANY_REQUESTS);
                }
            }
        }
    }

    fn sent_id(&self) -> Option<String> {
        self.prepared.request_id()
    }

    fn complete(&self, failed: AttemptError) -> Error {
        let retryable = self.is_retryable(failed.retry_safety);
        failed.error.with(|inner| {
            inner.attempts = self.attempts;
            inner.retryable = retryable;
            inner.may_have_been_applied =
                self.prepared.context.operation.is_write() && self.may_have_been_applied;
            inner.idempotency_key.clone_from(&self.prepared.idempotency_key);
            inner.request_id = request_id(&inner.headers).or(inner.request_id.take()).or(self.sent_id());
        })
    }

    fn response(&self, success: Success, now: Duration) -> Response {
        // Hooks and logs receive the headers, and the server may send back secrets.
        let headers = self.prepared.context.secrets.headers(success.headers);
        Response {
            status: success.status.as_u16(),
            request_id: request_id(&headers).or_else(|| self.sent_id()),
            headers,
            attempts: self.attempts,
            elapsed: now.saturating_sub(self.started),
            idempotency_key: self.prepared.idempotency_key.clone(),
            operation: self.prepared.context.operation,
            body: success.envelope.body,
            data: success.envelope.data,
            meta: success.envelope.meta,
            next: None,
        }
    }
}

fn request_id(headers: &http::HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    id.filter(|id| !id.is_empty()).map(str::to_owned)
}

/// Panics if the header `x-panic` names this place. The text holds what a caller would not like to see in a log.
#[cfg(feature = "__panics")]
fn panic_if_asked(prepared: &PreparedRequest, place: &str) {
    let request = &prepared.request();
    let is_asked = request.headers.get("x-panic").is_some_and(|wanted| wanted == place);
    assert!(!is_asked, "canary: {place} {} {:?} {:?}", request.uri, request.headers, request.body);
}
