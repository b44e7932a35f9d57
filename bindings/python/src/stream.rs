//! `NativeStream`: events in batches, so that one crossing of the boundary delivers all received events.
//!
//! Waiting and taking are two steps, so that a cancelled wait loses no event.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::mem;
use std::sync::{Arc, Mutex};

use bimpe::engine::{EventStream, SharedApiKey, StreamBatch};
use bimpe::schema::{Operation, ResponseShape, Type};
use bimpe::{ApiKey, Error, ErrorKind};
use bimpe_runtime::json::log_fields;
use bimpe_runtime::{ReadAheadStream, lock};
use pyo3::exceptions::PyStopIteration;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyList;
use tokio::sync::Notify;

use crate::asyncio_bridge;
use crate::blocking_wait::{run, wait};
use crate::cursors::Cursors;
use crate::errors::{catch_panic, exception, exception_for_stream, forked_stream, to_python};
use crate::events::EventBatch;
use crate::runtime::background;

/// A stream of events, which only the process that opened it can read.
#[pyclass(frozen, module = "bimpe._native")]
pub(crate) struct NativeStream {
    shared: Arc<Shared>,
    operation: &'static Operation,
    /// Key of the streams, if the client has a key function.
    key: Option<SharedApiKey>,
    pid: u32,
}

/// One stream, or several merged streams.
struct Shared {
    sources: Vec<Source>,
    cursors: Arc<Cursors>,
    readiness: Arc<Readiness>,
}

/// A stream, with a name if there are several.
struct Source {
    name: Option<Arc<str>>,
    events: ReadAheadStream,
}

struct Readiness {
    state: Mutex<State>,
    /// Wakes waiting readers after an update or a close.
    changed: Notify,
}

/// Sets of sources, by index.
struct State {
    /// Sources with updates, in the order of arrival.
    ready: VecDeque<usize>,
    /// Sources without updates, which pause until more is requested.
    empty: Vec<usize>,
    /// Sources that have not ended.
    open: HashSet<usize>,
}

/// The next update.
enum StreamUpdate {
    /// Events or an error of the source with this index.
    Batch {
        place: usize,
        batch: Result<StreamBatch, Error>,
    },
    End,
}

impl Readiness {
    fn arrived(&self, place: usize) {
        lock(&self.state).ready.push_back(place);
        self.changed.notify_waiters();
    }
}

impl Shared {
    fn new(streams: Vec<(Option<Arc<str>>, EventStream)>) -> Self {
        let places = 0..streams.len();
        let state = State { ready: VecDeque::new(), empty: places.clone().collect(), open: places.collect() };
        let readiness = Arc::new(Readiness { state: Mutex::new(state), changed: Notify::new() });
        let begin = |(name, stream): &(Option<Arc<str>>, EventStream)| {
            (name.clone(), stream.last_id().map(str::to_owned))
        };
        let cursors = Arc::new(Cursors::new(streams.iter().map(begin).collect()));
        let sources = streams.into_iter().enumerate().map(|(place, (name, stream))| {
            let readiness = readiness.clone();
            Source { name, events: ReadAheadStream::new(stream, move || readiness.arrived(place)) }
        });
        Self { sources: sources.collect(), cursors, readiness: readiness.clone() }
    }

    /// Waits until an update is available.
    async fn arrival(&self) -> Result<(), Error> {
        let changed = self.readiness.changed.notified();
        let empty = {
            let mut state = lock(&self.readiness.state);
            if !state.ready.is_empty() || state.open.is_empty() {
                return Ok(());
            }
            mem::take(&mut state.empty)
        };
        self.request_more(empty)?;
        changed.await;
        Ok(())
    }

    /// Returns the next update, if there is one. Sources take turns.
    fn take(&self) -> Option<StreamUpdate> {
        loop {
            let mut state = lock(&self.readiness.state);
            if state.open.is_empty() {
                return Some(StreamUpdate::End);
            }
            let place = state.ready.pop_front()?;
            drop(state);
            let events = &self.sources[place].events;
            let Some(batch) = events.take() else { continue };
            let mut state = lock(&self.readiness.state);
            if batch.as_ref().is_ok_and(StreamBatch::is_end) {
                state.open.remove(&place);
                continue;
            }
            if batch.as_ref().is_err_and(|error| error.kind() == ErrorKind::StreamDecode) {
                // The error takes the place of an event. All events before it were delivered.
                self.cursors.pass(place, events.last_id().as_deref());
            }
            if events.has_update() {
                state.ready.push_back(place);
            } else {
                state.empty.push(place);
            }
            // Request more from this source only while others have no updates.
            let empty = if state.ready.is_empty() || batch.is_err() {
                Vec::new()
            } else {
                mem::take(&mut state.empty)
            };
            drop(state);
            let batch = self.request_more(empty).and(batch);
            return Some(StreamUpdate::Batch { place, batch });
        }
    }

    fn request_more(&self, places: Vec<usize>) -> Result<(), Error> {
        let background = background()?;
        for place in places {
            self.sources[place].events.request_more(|task| background.spawn(task));
        }
        Ok(())
    }

    fn close(&self) {
        lock(&self.readiness.state).open.clear();
        for source in &self.sources {
            source.events.close();
        }
        self.readiness.changed.notify_waiters();
    }
}

impl NativeStream {
    /// Creates a stream from one source, or from several named ones.
    pub(crate) fn new(
        operation: &'static Operation,
        streams: Vec<(Option<Arc<str>>, EventStream)>,
        key: Option<SharedApiKey>,
    ) -> Self {
        Self { shared: Arc::new(Shared::new(streams)), operation, key, pid: std::process::id() }
    }

    fn check_process(&self, py: Python<'_>) -> PyResult<Arc<Shared>> {
        if self.pid == std::process::id() { Ok(self.shared.clone()) } else { Err(forked_stream(py)) }
    }
}

#[pymethods]
impl NativeStream {
    /// The operation.
    #[getter]
    fn operation(&self) -> &'static str {
        self.operation.id
    }

    /// Waits for events and connection notices. Both are absent at the end of the stream.
    fn next_batch(&self, py: Python<'_>) -> PyResult<NextEvents> {
        catch_panic(py, || {
            loop {
                let shared = self.check_process(py)?;
                if let Some(batch) = self.take(py)? {
                    return Ok(batch);
                }
                wait(py, async move { shared.arrival().await })?;
            }
        })
    }

    /// Sets the API key for later requests of the streams.
    fn use_key(&self, py: Python<'_>, key: &str) -> PyResult<()> {
        catch_panic(py, || {
            let key = ApiKey::new(key).map_err(|error| exception(py, &error))?;
            self.key.iter().for_each(|slot| slot.set(key.clone()));
            Ok(())
        })
    }

    /// Id to resume with after the last delivered event.
    #[getter]
    fn last_event_id(&self) -> Option<String> {
        self.shared.cursors.latest()
    }

    /// Resume id of each merged stream.
    #[getter]
    fn last_event_ids(&self) -> BTreeMap<String, String> {
        self.shared.cursors.by_source()
    }

    /// Awaitable version of `next_batch`.
    fn next_batch_async(stream: Py<Self>) -> NextBatch {
        NextBatch { stream, waiting: Mutex::new(None) }
    }

    /// Closes the connection. Waiting readers see the end of the stream.
    fn close(&self) {
        if self.pid == std::process::id() {
            self.shared.close();
        }
    }
}

impl Drop for NativeStream {
    fn drop(&mut self) {
        self.close();
        if self.pid != std::process::id() {
            // The connection belongs to the parent, whose runtime still uses it.
            mem::forget(self.shared.clone());
        }
    }
}

impl NativeStream {
    /// Returns the next update, if there is one.
    fn take(&self, py: Python<'_>) -> PyResult<Option<NextEvents>> {
        self.shared.take().map(|arrival| self.batch(py, arrival)).transpose()
    }

    /// Returns an asyncio future that resolves when an update is available.
    fn arrival<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let shared = self.check_process(py)?;
        asyncio_bridge::future(py, None, move |_post| async move {
            let arrived = run(shared.arrival()).await;
            Box::new(move |py: Python<'_>| {
                arrived.map_err(|error| exception(py, &error))?;
                Ok(py.None())
            }) as asyncio_bridge::Outcome
        })
    }

    fn batch(&self, py: Python<'_>, arrival: StreamUpdate) -> PyResult<NextEvents> {
        let notices = PyList::empty(py);
        let StreamUpdate::Batch { place, batch } = arrival else { return Ok((None, notices.unbind())) };
        let batch = batch.map_err(|error| {
            // An internal error names the place of the bug, not the stream.
            let source =
                self.shared.sources[place].name.as_deref().filter(|_| error.kind() != ErrorKind::Internal);
            exception_for_stream(py, &error, source)
        })?;
        for notice in &batch.notices {
            notices.append(to_python(py, &log_fields(*notice, 1.0))?)?;
        }
        if batch.events.is_empty() {
            return Ok((None, notices.unbind()));
        }
        let ty = if let ResponseShape::Stream(ty) = self.operation.response { ty } else { &Type::Any };
        let events = EventBatch::new(ty, self.shared.cursors.clone(), place, batch.events);
        Ok((Some(Py::new(py, events)?), notices.unbind()))
    }
}

/// Awaitable for the next batch. Events are taken when the task resumes, so a cancelled task loses none.
#[pyclass(frozen, module = "bimpe._native")]
pub(crate) struct NextBatch {
    stream: Py<NativeStream>,
    /// Iterator of the future that the task waits for.
    waiting: Mutex<Option<Py<PyAny>>>,
}

#[pymethods]
impl NextBatch {
    fn __await__(this: Py<Self>) -> Py<Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        catch_panic(py, || {
            let stream = self.stream.get();
            loop {
                let waiting = lock(&self.waiting).take();
                if let Some(waiting) = waiting {
                    match waiting.call_method0(py, "__next__") {
                        Err(over) if over.is_instance_of::<PyStopIteration>(py) => {}
                        step => {
                            *lock(&self.waiting) = Some(waiting);
                            return step;
                        }
                    }
                }
                stream.check_process(py)?;
                if let Some(batch) = stream.take(py)? {
                    return Err(PyStopIteration::new_err((batch,)));
                }
                let steps = stream.arrival(py)?.call_method0("__await__")?.unbind();
                *lock(&self.waiting) = Some(steps);
            }
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.stream)?;
        // The lock is never held during a collection. Visiting too little is safe.
        if let Ok(waiting) = self.waiting.try_lock() {
            visit.call(&*waiting)?;
        }
        Ok(())
    }

    fn __clear__(&self) {
        let waiting = lock(&self.waiting).take();
        drop(waiting);
    }
}

/// Events and connection notices.
type NextEvents = (Option<Py<EventBatch>>, Py<PyList>);
