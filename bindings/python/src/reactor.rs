//! Calls that a thread of Python waits for run on that thread: a runtime of their own, leased for the call, saves the
//! way to another thread and back. Leases go to the last one that was given back, whose connections are warm.

use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use bimpe::transport::Connections;
use bimpe::{Client, Error};
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::time::{Sleep, sleep};

use crate::outcome::{exception, forked_call};
use crate::process::process;
use crate::retries::Retry;
use crate::runtime::PerProcess;
use crate::waiting::{SLICE, run};

/// More than this many idle ones are not kept.
const KEPT: usize = 64;
/// Turns that let a connection close of which no one wants the response.
const TURNS_AFTER_FAILURE: usize = 3;

static IDLE: PerProcess<Mutex<Vec<Reactor>>> = PerProcess::new();

/// A runtime for one thread, and the connections that it drives.
struct Reactor {
    /// Ends a slice of waiting. It lives as long as the runtime, whose timer would otherwise have to be set anew, by a
    /// call of the system, for every call. Dropped before the runtime, to which it belongs.
    slice: Pin<Box<Sleep>>,
    runtime: Runtime,
    connections: Connections,
}

/// A reactor that is in use.
struct Lease(Option<Reactor>);

impl Lease {
    fn take() -> Result<Self, Error> {
        let idle = IDLE.get_or_make(|| Ok(Mutex::default()))?;
        let reactor = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        reactor.map_or_else(Reactor::new, Ok).map(|reactor| Self(Some(reactor)))
    }

    fn reactor(&mut self) -> Result<&mut Reactor, Error> {
        self.0.as_mut().ok_or_else(|| Error::internal("the lease is over"))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (Some(reactor), Some(idle)) = (self.0.take(), IDLE.get()) else { return };
        let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(reactor);
        }
    }
}

impl Reactor {
    fn new() -> Result<Self, Error> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|problem| {
            Error::internal(format!("could not set up the connections of this thread: {problem}"))
        })?;
        let slice = {
            let _entered = runtime.enter();
            Box::pin(sleep(SLICE))
        };
        Ok(Self { slice, runtime, connections: Connections::default() })
    }
}

/// Retries that the hook has not been told of.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<(Mutex<Vec<Retry>>, Notify)>);

impl Told {
    pub(crate) fn put(&self, retry: Retry) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).push(retry);
        self.0.1.notify_one();
    }

    fn take(&self) -> Vec<Retry> {
        mem::take(&mut self.0.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Why a slice of waiting is over.
enum Pause<T> {
    Done(Result<T, Error>),
    Retries,
    Slice,
}

/// Does the work on this thread with the GIL released, and looks for signals between slices; Ctrl-C drops the work.
pub(crate) fn drive<T: Send, W>(
    py: Python<'_>,
    client: &Client,
    hook: Option<(&Py<PyAny>, &Told)>,
    begin: impl FnOnce(Client) -> W,
) -> PyResult<T>
where
    W: Future<Output = Result<T, Error>> + Send,
{
    let here = process();
    let mut lease = Lease::take().map_err(|error| exception(py, &error))?;
    let reactor = lease.reactor().map_err(|error| exception(py, &error))?;
    let mut work = Box::pin(run(begin(client.over(&reactor.connections))));
    loop {
        let told = hook.map(|(_, told)| told);
        let Reactor { runtime, slice: over, .. } = &mut *reactor;
        let pause = py.detach(|| {
            runtime.block_on(async {
                let pause = slice(work.as_mut(), told, over.as_mut()).await;
                if let Pause::Done(Err(_)) = &pause {
                    turns(TURNS_AFTER_FAILURE).await;
                }
                pause
            })
        });
        let heard = match pause {
            Pause::Done(outcome) => return outcome.map_err(|error| exception(py, &error)),
            Pause::Retries => tell(py, hook),
            Pause::Slice => py.check_signals(),
        };
        if process() != here {
            // What the parent goes on with is not to be touched, not even to let go of it.
            mem::forget((work, lease));
            return Err(forked_call(py));
        }
        if let Err(raised) = heard {
            drop(work);
            py.detach(|| reactor.runtime.block_on(turns(TURNS_AFTER_FAILURE)));
            return Err(raised);
        }
    }
}

/// Waits for the work, but not longer than for a slice, nor beyond the next retry.
async fn slice<T>(
    mut work: Pin<&mut impl Future<Output = Result<T, Error>>>,
    told: Option<&Told>,
    mut over: Pin<&mut Sleep>,
) -> Pause<T> {
    let mut news = pin!(async {
        match told {
            Some(told) => told.0.1.notified().await,
            None => std::future::pending().await,
        }
    });
    poll_fn(|context| {
        if let Poll::Ready(outcome) = work.as_mut().poll(context) {
            return Poll::Ready(Pause::Done(outcome));
        }
        if news.as_mut().poll(context).is_ready() {
            return Poll::Ready(Pause::Retries);
        }
        over.as_mut().poll(context).map(|()| {
            over.as_mut().reset(tokio::time::Instant::now() + SLICE);
            Pause::Slice
        })
    })
    .await
}

/// Lets the tasks of the connections run, and asks the system for what has happened to them.
async fn turns(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

fn tell(py: Python<'_>, hook: Option<(&Py<PyAny>, &Told)>) -> PyResult<()> {
    let Some((hook, told)) = hook else { return Ok(()) };
    told.take().iter().try_for_each(|retry| retry.tell(py, hook))
}
