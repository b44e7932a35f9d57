//! Work on the runtime's threads that a thread of Python waits for.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use bimpe::Error;
use bimpe::panics::{as_error, caught_async};
use futures_util::future::{AbortHandle, Abortable};
use pyo3::prelude::*;

use crate::inbox::{Inbox, Outbox, Read};
use crate::outcome::{exception, forked_call};
use crate::parting::detached;
use crate::process::process;
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
pub(crate) struct Waiting<T> {
    inbox: Inbox<News<T>>,
    task: Task,
}

struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
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
        let (task, registration) = AbortHandle::new_pair();
        let work = Abortable::new(run(work(&outbox)), registration);
        background()?.begin(Box::pin(async move {
            if let Ok(outcome) = work.await {
                outbox.put(News::Done(outcome));
            }
        }));
        Ok(Self { inbox, task: Task(task) })
    }

    /// Waits with the GIL released, and looks for signals between slices; Ctrl-C drops the work.
    pub(crate) fn finish(self, py: Python<'_>, hook: Option<&Py<PyAny>>) -> PyResult<T> {
        let here = process();
        let Self { inbox, task } = self;
        loop {
            let heard = match detached(py, || inbox.read(SLICE)) {
                Read::Thing(News::Done(outcome)) => return outcome.map_err(|error| exception(py, &error)),
                Read::Thing(News::Retry(retry)) => hook.map_or(Ok(()), |hook| retry.tell(py, hook)),
                Read::Closed => return Err(exception(py, &as_error())),
                Read::Nothing => py.check_signals(),
            };
            if process() != here {
                mem::forget((inbox, task));
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
