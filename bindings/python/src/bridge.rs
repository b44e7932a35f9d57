//! From tokio to asyncio: results are put into the mailbox of the event loop that waits for them.
//!
//! The runtime's threads never touch Python, which may be shutting down at any moment: they leave the result
//! in a queue and ring a bell, which the loop hears like any other socket. The loop's own thread empties the
//! queue, decodes, and settles the futures, however many there are, in one go. `bimpe._future.settle` does the last
//! step: before Python 3.14, the exit of the interpreter unwinds the stack of a daemon thread that waits for the GIL. That
//! aborts the process if a frame of ours lies below the code of a task.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::Abortable;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyCFunction, PyMapping, PyTuple, PyType, PyWeakrefMethods, PyWeakrefReference};

use crate::bell::Bell;
use crate::outcome::{exception, forked_call, guarded};
use crate::process::Local;
use crate::retries::Retry;
use crate::runtime::background;
use crate::waiting::Task;

/// What came of some work: it becomes a Python value on the loop's own thread.
pub(crate) type Outcome = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

/// An asyncio future of the work, on the running loop. Cancelling it drops the work. The hook is told of the
/// retries that the work posts.
pub(crate) fn future<W: Future<Output = Outcome> + Send + 'static>(
    py: Python<'_>,
    hook: Option<Py<PyAny>>,
    begin: impl FnOnce(Post) -> W,
) -> PyResult<Bound<'_, PyAny>> {
    static FUTURE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let event_loop = running_loop(py)?;
    let mailbox = mailbox_of(&event_loop)?;
    let Some(queue) = mailbox.get().queue.get() else { return Err(forked_call(py)) };
    let background = background().map_err(|error| exception(py, &error))?;

    // All that can fail comes before the work begins. The future finds the running loop by itself.
    let future = FUTURE.import(py, "bimpe._future", "CallFuture")?.call0()?;
    let id = mailbox.get().next_id.fetch_add(1, Ordering::Relaxed);
    let (task, registration) = Task::new();
    let task = CallTask { mailbox: mailbox.clone().unbind(), id, task: Local::new(task) };
    future.setattr(intern!(py, "_call"), task)?;
    future.setattr(intern!(py, "_sole"), py.None())?;
    lock(&mailbox.get().waiting).insert(id, Waiting { future: future.clone().unbind(), hook });

    let queue = queue.clone();
    let work = begin(Post { queue: queue.clone(), id });
    let work = Abortable::new(work, registration);
    background.begin(Box::pin(async move {
        if let Ok(outcome) = work.await {
            queue.put(Mail::Done(id, outcome));
        }
    }));
    Ok(future)
}

fn running_loop(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static GET: PyOnceLock<Py<PyCFunction>> = PyOnceLock::new();
    GET.import(py, "asyncio", "get_running_loop")?.call0()
}

/// The mailbox of this loop in this process, made when the loop is first seen.
fn mailbox_of<'py>(event_loop: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Mailbox>> {
    static MAILBOXES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static DICT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static SETTLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static PARTIAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    /// That of the last call: nearly all programs have one loop.
    static LAST: Mutex<Option<Py<PyWeakrefReference>>> = Mutex::new(None);
    let py = event_loop.py();
    let last = lock(&LAST).as_ref().map(|last| last.clone_ref(py));
    if let Some(last) = last
        && let Some(mailbox) = last.bind(py).upgrade_as::<Mailbox>()?
        && mailbox.get().serves(event_loop)
    {
        return Ok(mailbox);
    }
    let make = || DICT.import(py, "weakref", "WeakKeyDictionary")?.call0().map(Bound::unbind);
    let mailboxes = MAILBOXES.get_or_try_init(py, make)?.bind(py).cast::<PyMapping>()?;
    if let Ok(found) = mailboxes.get_item(event_loop)
        && let found = found.cast_into::<PyWeakrefReference>()?
        && let Some(mailbox) = found.upgrade_as::<Mailbox>()?
        && mailbox.get().serves(event_loop)
    {
        let earlier = lock(&LAST).replace(found.unbind());
        drop(earlier);
        return Ok(mailbox);
    }
    let mailbox = Bound::new(py, Mailbox::new(event_loop)?)?;
    if let Some(queue) = mailbox.get().queue.get() {
        let settle = SETTLE.import(py, "bimpe._future", "settle")?;
        let partial = PARTIAL.import(py, "functools", "partial")?;
        queue.bell.install(event_loop, &partial.call1((settle, &mailbox))?)?;
    }
    // It belongs to the loop, and ends with it: who waits keeps the loop alive, and is kept alive by the mailbox.
    mailboxes.set_item(event_loop, PyWeakrefReference::new(&mailbox)?)?;
    Ok(mailbox)
}

/// What a thread of the runtime leaves for the loop, with the id of the work.
enum Mail {
    Retry(u64, Retry),
    Done(u64, Outcome),
}

/// Where work posts its retries.
pub(crate) struct Post {
    queue: Arc<Queue>,
    id: u64,
}

impl Post {
    pub(crate) fn tell(&self, retry: Retry) {
        self.queue.put(Mail::Retry(self.id, retry));
    }
}

/// Mail that waits for the loop. Pure Rust, so that any thread may add to it at any time.
struct Queue {
    mail: Mutex<Vec<Mail>>,
    bell: Bell,
}

impl Queue {
    fn put(&self, item: Mail) {
        let mut mail = lock(&self.mail);
        let is_first = mail.is_empty();
        mail.push(item);
        // Whoever the bell wakes must not find the lock taken.
        drop(mail);
        if is_first {
            self.bell.ring();
        }
    }

    fn take(&self) -> Vec<Mail> {
        // First, so that what is put in from now on rings again.
        self.bell.hush();
        std::mem::take(&mut *lock(&self.mail))
    }
}

/// Who waits for some work.
struct Waiting {
    future: Py<PyAny>,
    hook: Option<Py<PyAny>>,
}

/// The mailbox of a loop.
#[pyclass(frozen, weakref, module = "bimpe._native")]
pub(crate) struct Mailbox {
    queue: Local<Arc<Queue>>,
    waiting: Mutex<HashMap<u64, Waiting>>,
    next_id: AtomicU64,
    event_loop: Py<PyWeakrefReference>,
}

impl Mailbox {
    fn new(event_loop: &Bound<'_, PyAny>) -> PyResult<Self> {
        let queue = Queue { mail: Mutex::default(), bell: Bell::new(event_loop)? };
        Ok(Self {
            queue: Local::new(Arc::new(queue)),
            waiting: Mutex::default(),
            next_id: AtomicU64::new(0),
            event_loop: PyWeakrefReference::new(event_loop)?.unbind(),
        })
    }

    /// Whether it is the one of this loop; a loop that was carried over a fork shares its mailbox with the parent.
    fn serves(&self, event_loop: &Bound<'_, PyAny>) -> bool {
        let own = self.event_loop.bind(event_loop.py()).upgrade();
        own.is_some_and(|own| own.is(event_loop)) && self.queue.get().is_some()
    }
}

#[pymethods]
impl Mailbox {
    /// What has come, as functions to call with their arguments: the hooks of retries, and what settles the futures.
    fn take<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        // In a forked child the descriptor still belongs to the parent, which waits for what is read here.
        let Some(queue) = self.queue.get() else { return Ok(Vec::new()) };
        queue.take().into_iter().filter_map(|mail| self.open(py, mail).transpose()).collect()
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Locked only for moments in which nothing is collected; to see too little is safe.
        if let Ok(waiting) = self.waiting.try_lock() {
            for Waiting { future, hook } in waiting.values() {
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

impl Mailbox {
    fn open<'py>(&self, py: Python<'py>, mail: Mail) -> PyResult<Option<Bound<'py, PyTuple>>> {
        match mail {
            Mail::Retry(id, retry) => {
                let hook = lock(&self.waiting)
                    .get(&id)
                    .and_then(|waiting| Some(waiting.hook.as_ref()?.clone_ref(py)));
                hook.map(|hook| retry.call(py, &hook)).transpose()
            }
            // Otherwise who waited has given up.
            Mail::Done(id, outcome) => {
                let waiting = lock(&self.waiting).remove(&id);
                waiting.map(|waiting| settlement(waiting.future.bind(py), outcome)).transpose()
            }
        }
    }
}

fn settlement<'py>(future: &Bound<'py, PyAny>, outcome: Outcome) -> PyResult<Bound<'py, PyTuple>> {
    let py = future.py();
    let settle = future.getattr(intern!(py, "settle"))?;
    match guarded(py, || outcome(py)) {
        Ok(value) => (settle, true, value).into_pyobject(py),
        Err(error) => (settle, false, error.into_value(py)).into_pyobject(py),
    }
}

/// The work behind a future, which the future ends when it is cancelled. If the future is lost, so is the work.
#[pyclass(frozen, module = "bimpe._native")]
pub(crate) struct CallTask {
    mailbox: Py<Mailbox>,
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
        let waiting = lock(&self.mailbox.get().waiting).remove(&self.id);
        drop(waiting);
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.mailbox)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
