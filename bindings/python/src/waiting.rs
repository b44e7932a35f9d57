//! Work on the runtime's threads that a thread of Python waits for.

use std::sync::Arc;
use std::time::Duration;

use bimpe::Error;
use bimpe::panics::{as_error, caught_async};
use futures_util::future::{AbortHandle, AbortRegistration, Abortable};
use pyo3::prelude::*;

use crate::inbox::{Inbox, Outbox, Read};
use crate::outcome::{exception, forked_call};
use crate::process::Local;
use crate::retries::Retry;
use crate::runtime::background;

/// How long a waiting call leaves a signal such as Ctrl-C unheard.
pub(crate) const SLICE: Duration = Duration::from_millis(50);

/// What the engine says while somebody waits.
pub(crate) enum News<T> {
    Retry(Retry),
    Done(Result<T, Error>),
}

/// Work that has begun. Dropping it ends the work.
pub(crate) struct Waiting<T>(Local<Begun<T>>);

struct Begun<T> {
    inbox: Inbox<News<T>>,
    /// Only to be dropped.
    _task: Task,
}

/// A task on the background thread. Dropping it ends the task.
pub(crate) struct Task(AbortHandle);

impl Task {
    /// A task, and what the work is to be registered with.
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

/// Does the work and waits for it.
pub(crate) fn wait<T: Send + 'static>(
    py: Python<'_>,
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> PyResult<T> {
    Waiting::begin(|_outbox| work).map_err(|error| exception(py, &error))?.finish(py, None)
}

impl<T: Send + 'static> Waiting<T> {
    /// Begins the work, which may put news of its own into the inbox.
    pub(crate) fn begin<W: Future<Output = Result<T, Error>> + Send + 'static>(
        work: impl FnOnce(&Arc<Outbox<News<T>>>) -> W,
    ) -> Result<Self, Error> {
        let (outbox, inbox) = Inbox::new();
        let outbox = Arc::new(outbox);
        let (task, registration) = Task::new();
        let work = Abortable::new(run(work(&outbox)), registration);
        background()?.begin(Box::pin(async move {
            if let Ok(outcome) = work.await {
                outbox.put(News::Done(outcome));
            }
        }));
        Ok(Self(Local::new(Begun { inbox, _task: task })))
    }

    /// Waits with the GIL released, and looks for signals between slices; Ctrl-C drops the work.
    pub(crate) fn finish(self, py: Python<'_>, hook: Option<&Py<PyAny>>) -> PyResult<T> {
        let Some(Begun { inbox, .. }) = self.0.get() else { return Err(forked_call(py)) };
        loop {
            let heard = match py.detach(|| inbox.read(SLICE)) {
                Read::Thing(News::Done(outcome)) => return outcome.map_err(|error| exception(py, &error)),
                Read::Thing(News::Retry(retry)) => hook.map_or(Ok(()), |hook| retry.tell(py, hook)),
                Read::Closed => return Err(exception(py, &as_error())),
                Read::Nothing => py.check_signals(),
            };
            if self.0.get().is_none() {
                return Err(forked_call(py));
            }
            heard?;
        }
    }
}

/// The work, with a panic of the engine as an error.
pub(crate) async fn run<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    caught_async(work, Err).await
}
