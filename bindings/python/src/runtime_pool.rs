//! Runtimes for requests that a Python thread waits for. The request runs on that thread, in a runtime leased from this
//! pool, which saves a switch to another thread. The last returned runtime is leased first, because its connections are
//! warm.

use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use bimpe::transport::Connections;
use bimpe::{Client, Error};
use bimpe_runtime::lock;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::time::{Sleep, sleep};

use crate::blocking_wait::{SIGNAL_CHECK_INTERVAL, run};
use crate::errors::{exception, fork_error};
use crate::fork::fork_generation;
use crate::retry_events::Retry;
use crate::runtime::PerProcess;

/// Maximum number of idle runtimes.
const MAX_IDLE: usize = 64;
/// Scheduler yields after a failure, which let the connection close.
const YIELDS_AFTER_FAILURE: usize = 3;

static IDLE: PerProcess<Mutex<Vec<PooledRuntime>>> = PerProcess::new();

/// A current-thread runtime and its connections.
struct PooledRuntime {
    /// Ends a wait for the next signal check. Kept with the runtime, because a new timer costs a system call. Declared
    /// first, because it must be dropped before the runtime.
    timer: Pin<Box<Sleep>>,
    runtime: Runtime,
    connections: Connections,
}

/// A leased runtime, which returns to the pool when dropped.
struct RuntimeLease(Option<PooledRuntime>);

impl RuntimeLease {
    fn take() -> Result<Self, Error> {
        let idle = IDLE.get_or_make(|| Ok(Mutex::default()))?;
        let pooled = lock(idle).pop();
        pooled.map_or_else(PooledRuntime::new, Ok).map(|pooled| Self(Some(pooled)))
    }

    fn pooled(&mut self) -> Result<&mut PooledRuntime, Error> {
        self.0.as_mut().ok_or_else(|| Error::internal("the runtime lease has ended"))
    }
}

impl Drop for RuntimeLease {
    fn drop(&mut self) {
        let (Some(pooled), Some(idle)) = (self.0.take(), IDLE.get()) else { return };
        let mut idle = lock(idle);
        if idle.len() < MAX_IDLE {
            idle.push(pooled);
        }
    }
}

impl PooledRuntime {
    fn new() -> Result<Self, Error> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|problem| {
            Error::internal(format!("could not start a runtime for this thread: {problem}"))
        })?;
        let timer = {
            let _entered = runtime.enter();
            Box::pin(sleep(SIGNAL_CHECK_INTERVAL))
        };
        Ok(Self { timer, runtime, connections: Connections::default() })
    }
}

/// Retries that the hook has yet to receive.
#[derive(Clone, Default)]
pub(crate) struct RetryEvents(Arc<(Mutex<Vec<Retry>>, Notify)>);

impl RetryEvents {
    pub(crate) fn push(&self, retry: Retry) {
        lock(&self.0.0).push(retry);
        self.0.1.notify_one();
    }

    fn take(&self) -> Vec<Retry> {
        mem::take(&mut lock(&self.0.0))
    }
}

/// Reason for the end of a wait.
enum WaitOutcome<T> {
    Done(Result<T, Error>),
    Retries,
    CheckSignals,
}

/// Runs the work on this thread with the GIL released, and checks for signals in between. Ctrl-C drops the work.
pub(crate) fn block_on_request<T: Send, W>(
    py: Python<'_>,
    client: &Client,
    hook: Option<(&Py<PyAny>, &RetryEvents)>,
    begin: impl FnOnce(Client) -> W,
) -> PyResult<T>
where
    W: Future<Output = Result<T, Error>> + Send,
{
    let generation = fork_generation();
    let mut lease = RuntimeLease::take().map_err(|error| exception(py, &error))?;
    let pooled = lease.pooled().map_err(|error| exception(py, &error))?;
    let mut work = Box::pin(run(begin(client.over(&pooled.connections))));
    loop {
        let retries = hook.map(|(_, retries)| retries);
        let PooledRuntime { runtime, timer, .. } = &mut *pooled;
        let outcome = py.detach(|| {
            runtime.block_on(async {
                let outcome = wait_slice(work.as_mut(), retries, timer.as_mut()).await;
                if let WaitOutcome::Done(Err(_)) = &outcome {
                    yield_times(YIELDS_AFTER_FAILURE).await;
                }
                outcome
            })
        });
        let raised = match outcome {
            WaitOutcome::Done(outcome) => return outcome.map_err(|error| exception(py, &error)),
            WaitOutcome::Retries => notify(py, hook),
            WaitOutcome::CheckSignals => py.check_signals(),
        };
        if fork_generation() != generation {
            // Forget these values, because dropping them would touch what the parent still uses.
            mem::forget((work, lease));
            return Err(fork_error(py));
        }
        if let Err(raised) = raised {
            drop(work);
            py.detach(|| pooled.runtime.block_on(yield_times(YIELDS_AFTER_FAILURE)));
            return Err(raised);
        }
    }
}

/// Waits for the work, the next retry or the next signal check.
async fn wait_slice<T>(
    mut work: Pin<&mut impl Future<Output = Result<T, Error>>>,
    retries: Option<&RetryEvents>,
    mut timer: Pin<&mut Sleep>,
) -> WaitOutcome<T> {
    let mut retry_added = pin!(async {
        match retries {
            Some(retries) => retries.0.1.notified().await,
            None => std::future::pending().await,
        }
    });
    poll_fn(|context| {
        if let Poll::Ready(outcome) = work.as_mut().poll(context) {
            return Poll::Ready(WaitOutcome::Done(outcome));
        }
        if retry_added.as_mut().poll(context).is_ready() {
            return Poll::Ready(WaitOutcome::Retries);
        }
        timer.as_mut().poll(context).map(|()| {
            timer.as_mut().reset(tokio::time::Instant::now() + SIGNAL_CHECK_INTERVAL);
            WaitOutcome::CheckSignals
        })
    })
    .await
}

/// Yields to the connection tasks and polls their sockets.
async fn yield_times(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

fn notify(py: Python<'_>, hook: Option<(&Py<PyAny>, &RetryEvents)>) -> PyResult<()> {
    let Some((hook, retries)) = hook else { return Ok(()) };
    retries.take().iter().try_for_each(|retry| retry.notify(py, hook))
}
