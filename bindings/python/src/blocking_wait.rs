//! Work on the shared runtime that a Python thread waits for.

use std::sync::Arc;
use std::time::Duration;

use bimpe::Error;
use bimpe_runtime::{catch_panic_async, panic_to_error};
use futures_util::future::{AbortHandle, AbortRegistration, Abortable};
use pyo3::prelude::*;

use crate::channel::{Receiver, RecvResult, Sender};
use crate::errors::{exception, fork_error};
use crate::fork::Local;
use crate::retry_events::Retry;
use crate::runtime::background;

/// Interval between checks for signals such as Ctrl-C.
pub(crate) const SIGNAL_CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// An update of a pending request.
pub(crate) enum CallUpdate<T> {
    Retry(Retry),
    Done(Result<T, Error>),
}

/// A running request. Dropping it ends the work.
pub(crate) struct PendingCall<T>(Local<Running<T>>);

struct Running<T> {
    receiver: Receiver<CallUpdate<T>>,
    /// Ends the work when dropped.
    _task: Task,
}

/// A task on the background thread. Dropping it aborts the task.
pub(crate) struct Task(AbortHandle);

impl Task {
    /// Returns a task and the registration for its work.
    pub(crate) fn new() -> (Self, AbortRegistration) {
        let (handle, registration) = AbortHandle::new_pair();
        (Self(handle), registration)
    }

    pub(crate) fn abort(&self) {
        self.0.abort();
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.abort();
    }
}

/// Runs the work and waits for its result.
pub(crate) fn wait<T: Send + 'static>(
    py: Python<'_>,
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> PyResult<T> {
    PendingCall::begin(|_outbox| work).map_err(|error| exception(py, &error))?.finish(py, None)
}

impl<T: Send + 'static> PendingCall<T> {
    /// Starts the work, which may send updates.
    pub(crate) fn begin<W: Future<Output = Result<T, Error>> + Send + 'static>(
        work: impl FnOnce(&Arc<Sender<CallUpdate<T>>>) -> W,
    ) -> Result<Self, Error> {
        let (sender, receiver) = Receiver::new();
        let sender = Arc::new(sender);
        let (task, registration) = Task::new();
        let work = Abortable::new(run(work(&sender)), registration);
        background()?.spawn(Box::pin(async move {
            if let Ok(outcome) = work.await {
                sender.send(CallUpdate::Done(outcome));
            }
        }));
        Ok(Self(Local::new(Running { receiver, _task: task })))
    }

    /// Waits with the GIL released, and checks for signals in between. Ctrl-C drops the work.
    pub(crate) fn finish(self, py: Python<'_>, hook: Option<&Py<PyAny>>) -> PyResult<T> {
        let Some(Running { receiver, .. }) = self.0.get() else { return Err(fork_error(py)) };
        loop {
            let raised = match py.detach(|| receiver.recv(SIGNAL_CHECK_INTERVAL)) {
                RecvResult::Item(CallUpdate::Done(outcome)) => {
                    return outcome.map_err(|error| exception(py, &error));
                }
                RecvResult::Item(CallUpdate::Retry(retry)) => {
                    hook.map_or(Ok(()), |hook| retry.notify(py, hook))
                }
                RecvResult::Closed => return Err(exception(py, &panic_to_error())),
                RecvResult::TimedOut => py.check_signals(),
            };
            if self.0.get().is_none() {
                return Err(fork_error(py));
            }
            raised?;
        }
    }
}

/// Runs the work, and returns a panic of the engine as an error.
pub(crate) async fn run<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    catch_panic_async(work, Err).await
}
