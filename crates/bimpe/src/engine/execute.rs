//! A call from start to end: check, send, wait, send again, and never beyond the deadline.

use std::time::Duration;

use futures_util::future::{Either, select};
use http::Method;
use serde_json::Value;
use tracing::{Instrument, Span};

use super::attempt::{Success, attempt};
use super::attempt_error::{AttemptError, RetrySafety};
use super::key::is_key;
use super::pagination::Cursor;
use super::prepare::{Prepared, REQUEST_ID};
use super::redact::Secrets;
use super::{ApiKey, Call, CallEvent, Client, Observer, Response, helpers, retry, trace};
use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind, Place};
use crate::schema::{Operation, ResponseShape};

impl Client {
    /// Carries out a call. Everything is checked before anything is sent; dropping the future cancels the call.
    pub fn execute(&self, call: Call) -> BoxFuture<'static, Result<Response, Error>> {
        let client = self.clone();
        let span = trace::span(&call);
        let own = span.clone();
        // Boxed once, here: it is large, and every layer around it would move it again.
        let ended = async move { client.observed(call, &own).await };
        Box::pin(ended.instrument(span))
    }

    async fn observed(&self, mut call: Call, span: &Span) -> Result<Response, Error> {
        let settings = &self.shared.settings;
        settings.ensure_runtime()?;
        // Hooks see a helper as one call.
        let is_part = call.options.time_left.is_some();
        if !is_part {
            settings.hooks.begin(&mut call);
        }
        let (operation, started) = (call.operation.id, settings.clock.now());
        let outcome = match self.provide_key(&mut call).await {
            Ok(()) => self.run(call).await,
            Err(error) => Err(error),
        };
        let elapsed = settings.clock.now().saturating_sub(started);
        trace::end(span, elapsed, &outcome);
        if !is_part {
            settings.hooks.end(operation, elapsed, &outcome);
        }
        outcome
    }

    async fn run(&self, mut call: Call) -> Result<Response, Error> {
        if let Some(total) = call.operation.helper {
            let place = self.place(call.operation, &call.path, &call);
            let ended = helpers::run(self.clone(), call, total).await;
            return ended.map_err(|error| error.about(|| place));
        }
        let ended = self.run_once(&mut call).await;
        ended.map_err(|error| error.about(|| self.place(call.operation, &call.path, &call)))
    }

    /// Where an error happened; the secrets are those of the call.
    pub(crate) fn place(&self, operation: &'static Operation, ids: &[String], call: &Call) -> Place {
        let key = call.options.api_key.as_ref().or(self.defaults.api_key.as_ref());
        let key = key.or(self.shared.settings.key.as_ref()).map_or("", ApiKey::text);
        let secrets = Secrets::of(key, call.operation, call.body.as_ref());
        Place::new(operation, ids, |id| is_key(id) || secrets.text(id) != id)
    }

    async fn run_once(&self, call: &mut Call) -> Result<Response, Error> {
        self.ensure_open()?;
        let cursor = match call.operation.response {
            ResponseShape::Page(_) => Some(Cursor::start(call.cursor.as_deref(), &mut call.query)?),
            _ => None,
        };
        let prepared = Prepared::new(self, call)?;
        let response = self.send(prepared, call.observer.as_ref()).await?;
        match cursor {
            Some(cursor) => {
                let limit = call.query.get("limit").and_then(Value::as_u64);
                cursor.after(response, limit.or(call.operation.page_limit))
            }
            None => Ok(response),
        }
    }

    async fn send(&self, prepared: Prepared, observer: Option<&Observer>) -> Result<Response, Error> {
        #[cfg(feature = "__panics")]
        panic_if_asked(&prepared, "prepare");
        let clock = self.shared.settings.clock.clone();
        let mut progress = Progress::new(&prepared, clock.now());
        loop {
            progress.attempts += 1;
            let outcome = self.attempt(&prepared, &progress).await;
            #[cfg(feature = "__panics")]
            panic_if_asked(&prepared, "answer");
            let failed = match outcome {
                Ok(success) => {
                    self.shared.budget.refund(progress.paid);
                    return Ok(progress.response(success, clock.now()));
                }
                // An earlier attempt may have deleted it: the goal is reached.
                Err(failed) if progress.found_deleted(&failed) => {
                    return Ok(progress.response(Success::nothing(&failed.error), clock.now()));
                }
                Err(failed) => failed,
            };
            progress.may_have_been_applied |= failed.may_have_been_applied;

            if !progress.may_resend(failed.retry_safety) {
                return Err(progress.complete(failed));
            }
            let left = progress.left(clock.now());
            // A call that ran into its deadline says so itself.
            if left.timeout.is_zero() {
                return Err(progress.complete(failed));
            }
            let wait = match retry::wait(progress.attempts - 1, failed.error.retry_after(), &left) {
                Ok(wait) => wait,
                Err(reason) => {
                    let error = failed.error.explained(format!("not retried: {reason}"));
                    return Err(progress.complete(AttemptError { error, ..failed }));
                }
            };
            if !self.can_pay(&failed, &mut progress) {
                let error = failed
                    .error
                    .explained("retries suppressed: too many calls of this client have failed of late")
                    .with(|inner| inner.retries_suppressed = true);
                return Err(progress.complete(AttemptError { error, ..failed }));
            }
            tracing::debug!(
                target: "bimpe", operation = prepared.context.operation.id, attempt = progress.attempts, ?wait,
                kind = failed.error.kind().as_str(), "trying again"
            );
            if let Some(observer) = observer {
                observer.tell(&CallEvent::Retry { attempt: progress.attempts, wait, error: &failed.error });
            }
            self.unless_closed(clock.sleep(wait)).await.map_err(|error| {
                progress.complete(AttemptError {
                    error,
                    retry_safety: RetrySafety::Never,
                    may_have_been_applied: false,
                })
            })?;
        }
    }

    /// Pays for a retry. It is free where the server sets the pace, since it then is not the retries that burden it.
    fn can_pay(&self, failed: &AttemptError, progress: &mut Progress<'_>) -> bool {
        let is_paced =
            failed.error.retry_after().is_some() && matches!(failed.error.status(), Some(429 | 503));
        let timeout = failed.error.kind() == ErrorKind::Timeout;
        progress.paid = if is_paced { None } else { self.shared.budget.take(timeout) };
        is_paced || progress.paid.is_some()
    }

    /// One attempt, within what is left of the time.
    async fn attempt(&self, prepared: &Prepared, progress: &Progress<'_>) -> Result<Success, AttemptError> {
        let settings = &self.shared.settings;
        let limits = &prepared.limits;
        let left = progress.deadline().saturating_sub(settings.clock.now());
        let limit = limits.attempt.min(left);
        // Made before the attempt, so that it counts the attempt's own waits.
        let timer = settings.clock.sleep(limit);
        let running =
            Box::pin(attempt(self.network.requests.as_ref(), prepared.request(), &prepared.context));
        let ended = match self.unless_closed(select(running, timer)).await {
            Ok(ended) => ended,
            Err(error) => {
                return Err(AttemptError {
                    error,
                    retry_safety: RetrySafety::Never,
                    may_have_been_applied: true,
                });
            }
        };
        match ended {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) if limit < left => {
                Err(AttemptError::timeout(format!("no complete answer within {limit:?}")))
            }
            Either::Right(_) => {
                Err(AttemptError::timeout(format!("the call did not end within {:?}", limits.total)))
            }
        }
    }
}

/// What has become of a call so far.
struct Progress<'a> {
    prepared: &'a Prepared,
    started: Duration,
    attempts: u32,
    /// Whether any attempt may have been carried out by the server.
    may_have_been_applied: bool,
    /// What the last retry took from the budget.
    paid: Option<u32>,
}

impl<'a> Progress<'a> {
    fn new(prepared: &'a Prepared, started: Duration) -> Self {
        Self { prepared, started, attempts: 0, may_have_been_applied: false, paid: None }
    }

    fn deadline(&self) -> Duration {
        self.started.saturating_add(self.prepared.limits.total)
    }

    fn found_deleted(&self, failed: &AttemptError) -> bool {
        let method = &self.prepared.context.operation.method;
        self.may_have_been_applied && method == Method::DELETE && failed.error.kind() == ErrorKind::NotFound
    }

    /// Whether the failure allows another attempt at all.
    fn repeatable(&self, resend: RetrySafety) -> bool {
        let operation = self.prepared.context.operation;
        let replay_safe = operation.method != Method::POST
            || self.prepared.idempotency_key.is_some()
            || operation.replay_safe;
        resend == RetrySafety::Always || (resend == RetrySafety::IfSafe && replay_safe)
    }

    fn may_resend(&self, resend: RetrySafety) -> bool {
        self.repeatable(resend) && self.attempts <= self.prepared.limits.retries
    }

    fn left(&self, now: Duration) -> retry::Left {
        retry::Left {
            timeout: self.deadline().saturating_sub(now),
            retry_time: self.started.saturating_add(retry::MAX_RETRY_TIME).saturating_sub(now),
        }
    }

    fn sent_id(&self) -> Option<String> {
        self.prepared.request_id()
    }

    fn complete(&self, failed: AttemptError) -> Error {
        let retryable = self.repeatable(failed.retry_safety);
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
        // They go into logs and hooks, and a server may send back what it likes.
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
fn panic_if_asked(prepared: &Prepared, place: &str) {
    let request = &prepared.request();
    let is_asked = request.headers.get("x-panic").is_some_and(|wanted| wanted == place);
    assert!(!is_asked, "canary: {place} {} {:?} {:?}", request.uri, request.headers, request.body);
}
