//! Passes results from tokio to asyncio, through one completion queue per event loop.
//!
//! Threads of the runtime do not call Python, because the interpreter may be shutting down. They push the result to the
//! queue and wake the event loop through a file descriptor, if the loop can watch one (see `loop_waker`). The loop's thread drains the queue, decodes the results and
//! resolves all futures. `bimpe._future.settle` does the last step in Python: before 3.14, the exit of the interpreter
//! unwinds the stack of daemon threads that wait for the GIL, which aborts the process if a native frame lies below a task.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bimpe_runtime::lock;
use futures_util::future::Abortable;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyCFunction, PyMapping, PyTuple, PyType, PyWeakrefMethods, PyWeakrefReference};

use crate::blocking_wait::Task;
use crate::errors::{catch_panic, exception, fork_error};
use crate::fork::Local;
use crate::loop_waker::LoopWaker;
use crate::retry_events::Retry;
use crate::runtime::background;

/// Converts a result into a Python value, on the event loop's thread.
pub(crate) type Outcome = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

/// Returns an asyncio future of the work, on the running loop. Cancelling it drops the work. The hook is called for
/// each retry that the work reports.
pub(crate) fn future<W: Future<Output = Outcome> + Send + 'static>(
    py: Python<'_>,
    hook: Option<Py<PyAny>>,
    start: impl FnOnce(CompletionSender) -> W,
) -> PyResult<Bound<'_, PyAny>> {
    static FUTURE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let event_loop = running_loop(py)?;
    let completions = queue_for_loop(&event_loop)?;
    let Some(queue) = completions.get().queue.get() else { return Err(fork_error(py)) };
    let background = background().map_err(|error| exception(py, &error))?;

    // Everything that can fail runs before the work starts.
    let future = FUTURE.import(py, "bimpe._future", "CallFuture")?.call0()?;
    let id = completions.get().next_id.fetch_add(1, Ordering::Relaxed);
    let (task, registration) = Task::new();
    let task = CallTask { completions: completions.clone().unbind(), id, task: Local::new(task) };
    future.setattr(intern!(py, "_call"), task)?;
    future.setattr(intern!(py, "_sole"), py.None())?;
    lock(&completions.get().waiting).insert(id, PendingFuture { future: future.clone().unbind(), hook });

    let queue = queue.clone();
    let work = start(CompletionSender { queue: queue.clone(), id });
    let work = Abortable::new(work, registration);
    background.spawn(Box::pin(async move {
        if let Ok(outcome) = work.await {
            queue.push(Completion::Done(id, outcome));
        }
    }));
    Ok(future)
}

fn running_loop(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static GET: PyOnceLock<Py<PyCFunction>> = PyOnceLock::new();
    GET.import(py, "asyncio", "get_running_loop")?.call0()
}

/// Returns the completion queue of an event loop, created on first use.
fn queue_for_loop<'py>(event_loop: &Bound<'py, PyAny>) -> PyResult<Bound<'py, CompletionQueue>> {
    static QUEUES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static DICT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static SETTLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static PARTIAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    /// The queue of the last request, because nearly all programs have one loop.
    static LAST: Mutex<Option<Py<PyWeakrefReference>>> = Mutex::new(None);
    let py = event_loop.py();
    let last = lock(&LAST).as_ref().map(|last| last.clone_ref(py));
    if let Some(last) = last
        && let Some(completions) = last.bind(py).upgrade_as::<CompletionQueue>()?
        && completions.get().belongs_to(event_loop)
    {
        return Ok(completions);
    }
    let make = || DICT.import(py, "weakref", "WeakKeyDictionary")?.call0().map(Bound::unbind);
    let queues = QUEUES.get_or_try_init(py, make)?.bind(py).cast::<PyMapping>()?;
    if let Ok(found) = queues.get_item(event_loop)
        && let found = found.cast_into::<PyWeakrefReference>()?
        && let Some(completions) = found.upgrade_as::<CompletionQueue>()?
        && completions.get().belongs_to(event_loop)
    {
        let earlier = lock(&LAST).replace(found.unbind());
        drop(earlier);
        return Ok(completions);
    }
    let completions = Bound::new(py, CompletionQueue::new(event_loop)?)?;
    if let Some(queue) = completions.get().queue.get() {
        let settle = SETTLE.import(py, "bimpe._future", "settle")?;
        let partial = PARTIAL.import(py, "functools", "partial")?;
        queue.waker.install(event_loop, &partial.call1((settle, &completions))?)?;
    }
    // The loop owns the queue. Pending futures keep the loop alive, and the queue keeps the futures alive.
    queues.set_item(event_loop, PyWeakrefReference::new(&completions)?)?;
    Ok(completions)
}

/// An update from a thread of the runtime, with the id of the work.
enum Completion {
    Retry(u64, Retry),
    Done(u64, Outcome),
}

/// Reports the retries of one unit of work.
pub(crate) struct CompletionSender {
    queue: Arc<Shared>,
    id: u64,
}

impl CompletionSender {
    pub(crate) fn notify_retry(&self, retry: Retry) {
        self.queue.push(Completion::Retry(self.id, retry));
    }
}

/// Updates for the loop. Any thread may push at any time, because no Python object is involved.
struct Shared {
    pending: Mutex<Vec<Completion>>,
    waker: LoopWaker,
}

impl Shared {
    fn push(&self, item: Completion) {
        let mut pending = lock(&self.pending);
        let is_first = pending.is_empty();
        pending.push(item);
        // Unlock first, otherwise the woken thread would block on the lock.
        drop(pending);
        if is_first {
            self.waker.wake();
        }
    }

    fn drain(&self) -> Vec<Completion> {
        // Drain the waker first, so that later updates wake the loop again.
        self.waker.drain();
        std::mem::take(&mut *lock(&self.pending))
    }
}

/// A future that waits for its work.
struct PendingFuture {
    future: Py<PyAny>,
    hook: Option<Py<PyAny>>,
}

/// The completion queue of an event loop.
#[pyclass(frozen, weakref, module = "bimpe._native")]
pub(crate) struct CompletionQueue {
    queue: Local<Arc<Shared>>,
    waiting: Mutex<HashMap<u64, PendingFuture>>,
    next_id: AtomicU64,
    event_loop: Py<PyWeakrefReference>,
}

impl CompletionQueue {
    fn new(event_loop: &Bound<'_, PyAny>) -> PyResult<Self> {
        let queue = Shared { pending: Mutex::default(), waker: LoopWaker::new()? };
        Ok(Self {
            queue: Local::new(Arc::new(queue)),
            waiting: Mutex::default(),
            next_id: AtomicU64::new(0),
            event_loop: PyWeakrefReference::new(event_loop)?.unbind(),
        })
    }

    /// Whether the queue belongs to this loop and this process. A loop that survives a fork still has the parent's queue.
    fn belongs_to(&self, event_loop: &Bound<'_, PyAny>) -> bool {
        let own = self.event_loop.bind(event_loop.py()).upgrade();
        own.is_some_and(|own| own.is(event_loop)) && self.queue.get().is_some()
    }
}

#[pymethods]
impl CompletionQueue {
    /// Returns functions to call with their arguments: retry hooks, and the setters of results.
    fn take<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        // A forked child shares the descriptor with the parent, so reading here would take the parent's updates.
        let Some(queue) = self.queue.get() else { return Ok(Vec::new()) };
        queue.drain().into_iter().filter_map(|pending| self.resolve(py, pending).transpose()).collect()
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // The lock is never held during a collection. Visiting too little is safe.
        if let Ok(waiting) = self.waiting.try_lock() {
            for PendingFuture { future, hook } in waiting.values() {
                visit.call(future)?;
                visit.call(hook)?;
            }
        }
        Ok(())
    }

    fn __clear__(&self) {
        let waiting = std::mem::take(&mut *lock(&self.waiting));
        drop(waiting);
    }
}

impl CompletionQueue {
    fn resolve<'py>(&self, py: Python<'py>, pending: Completion) -> PyResult<Option<Bound<'py, PyTuple>>> {
        match pending {
            Completion::Retry(id, retry) => {
                let hook = lock(&self.waiting)
                    .get(&id)
                    .and_then(|waiting| Some(waiting.hook.as_ref()?.clone_ref(py)));
                hook.map(|hook| retry.call(py, &hook)).transpose()
            }
            // Without a pending future the caller has cancelled.
            Completion::Done(id, outcome) => {
                let waiting = lock(&self.waiting).remove(&id);
                waiting.map(|waiting| resolve_future(waiting.future.bind(py), outcome)).transpose()
            }
        }
    }
}

fn resolve_future<'py>(future: &Bound<'py, PyAny>, outcome: Outcome) -> PyResult<Bound<'py, PyTuple>> {
    let py = future.py();
    let settle = future.getattr(intern!(py, "settle"))?;
    match catch_panic(py, || outcome(py)) {
        Ok(value) => (settle, true, value).into_pyobject(py),
        Err(error) => (settle, false, error.into_value(py)).into_pyobject(py),
    }
}

/// The work of a future. Cancelling or dropping the future ends the work.
#[pyclass(frozen, module = "bimpe._native")]
pub(crate) struct CallTask {
    completions: Py<CompletionQueue>,
    id: u64,
    task: Local<Task>,
}

#[pymethods]
impl CallTask {
    /// Ends the work.
    fn cancel(&self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
        let waiting = lock(&self.completions.get().waiting).remove(&self.id);
        drop(waiting);
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.completions)
    }
}
