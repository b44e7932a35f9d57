//! Work on the runtime's threads that a thread of Python waits for.

use std::mem;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use bimpe::Error;
use bimpe::panics::{as_error, caught_async};
use pyo3::prelude::*;
use tokio::task::AbortHandle;

use crate::outcome::{exception, forked_call};
use crate::parting::detached;
use crate::process::process;
use crate::retries::Retry;
use crate::runtime::runtime;

/// How long a waiting call leaves a signal such as Ctrl-C unheard.
pub(crate) const SLICE: Duration = Duration::from_millis(50);

/// What the engine says while somebody waits.
pub(crate) enum News<T> {
    Retry(Retry),
    Done(Result<T, Error>),
}

/// Work that has begun. Dropping it ends the work.
pub(crate) struct Waiting<T> {
    inbox: Receiver<News<T>>,
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
    Waiting::begin(channel(), work).map_err(|error| exception(py, &error))?.finish(py, None)
}

impl<T: Send + 'static> Waiting<T> {
    /// Begins the work, which may send news of its own.
    pub(crate) fn begin(
        (sender, inbox): (Sender<News<T>>, Receiver<News<T>>),
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<Self, Error> {
        let task = runtime()?.spawn(async move {
            // The receiver is gone only if nobody waits any more.
            let _ = sender.send(News::Done(run(work).await));
        });
        Ok(Self { inbox, task: Task(task.abort_handle()) })
    }

    /// Waits with the GIL released, and looks for signals between slices; Ctrl-C drops the work.
    pub(crate) fn finish(self, py: Python<'_>, hook: Option<&Py<PyAny>>) -> PyResult<T> {
        let here = process();
        let Self { mut inbox, task } = self;
        loop {
            let (back, news) = detached(py, move || {
                let news = inbox.recv_timeout(SLICE);
                (inbox, news)
            });
            inbox = back;
            let heard = match news {
                Ok(News::Done(outcome)) => return outcome.map_err(|error| exception(py, &error)),
                Ok(News::Retry(retry)) => hook.map_or(Ok(()), |hook| retry.tell(py, hook)),
                Err(RecvTimeoutError::Disconnected) => return Err(exception(py, &as_error())),
                Err(RecvTimeoutError::Timeout) => py.check_signals(),
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
