//! `NativeStream`: events in batches, so that the boundary is crossed once for all that have arrived.
//!
//! To wait for events and to take them are two steps, so that a wait that is given up, by a cancelled task or by
//! Ctrl-C, has taken nothing.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bimpe::ahead::Ahead;
use bimpe::engine::{EventStream, KeySlot, StreamBatch, StreamNotice};
use bimpe::schema::{Answer, Operation, Type};
use bimpe::{ApiKey, Error, ErrorKind};
use pyo3::exceptions::PyStopIteration;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyList;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::bridge;
use crate::cursors::Cursors;
use crate::events::EventBatch;
use crate::outcome::{exception, exception_in, forked_stream, guarded, to_python};
use crate::runtime::background;
use crate::waiting::{run, wait};

/// A stream of events. It belongs to the process that opened it.
#[pyclass(frozen, module = "bimpe._native")]
pub(crate) struct NativeStream {
    shared: Arc<Shared>,
    operation: &'static Operation,
    /// Where the streams find their key, if the client has none.
    key: Option<KeySlot>,
    pid: u32,
}

/// One stream, or several that are merged.
struct Shared {
    sources: Vec<Source>,
    cursors: Arc<Cursors>,
    news: Arc<News>,
}

/// A stream, and its name if there are several.
struct Source {
    name: Option<Arc<str>>,
    ahead: Ahead,
}

struct News {
    state: Mutex<State>,
    /// Tells those who wait that something has arrived, or that the stream is closed.
    told: Notify,
}

/// Sources are known by their places.
struct State {
    /// Those from which something can be taken, in the order in which it arrived.
    ready: VecDeque<usize>,
    /// Those from which all was taken. They may rest until more is wanted.
    empty: Vec<usize>,
    /// Those that have not come to their end.
    open: HashSet<usize>,
}

/// What comes next.
enum Arrival {
    /// What the source at this place has brought.
    Batch {
        place: usize,
        brought: Result<StreamBatch, Error>,
    },
    End,
}

impl News {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn arrived(&self, place: usize) {
        self.state().ready.push_back(place);
        self.told.notify_waiters();
    }
}

impl Shared {
    fn new(streams: Vec<(Option<Arc<str>>, EventStream)>) -> Self {
        let places = 0..streams.len();
        let state = State { ready: VecDeque::new(), empty: places.clone().collect(), open: places.collect() };
        let news = Arc::new(News { state: Mutex::new(state), told: Notify::new() });
        let begin = |(name, stream): &(Option<Arc<str>>, EventStream)| {
            (name.clone(), stream.last_id().map(str::to_owned))
        };
        let cursors = Arc::new(Cursors::new(streams.iter().map(begin).collect()));
        let sources = streams.into_iter().enumerate().map(|(place, (name, stream))| {
            let news = news.clone();
            Source { name, ahead: Ahead::new(stream, move || news.arrived(place)) }
        });
        Self { sources: sources.collect(), cursors, news: news.clone() }
    }

    /// Waits until there is something to take.
    async fn arrival(&self) -> Result<(), Error> {
        let told = self.news.told.notified();
        let empty = {
            let mut state = self.news.state();
            if !state.ready.is_empty() || state.open.is_empty() {
                return Ok(());
            }
            mem::take(&mut state.empty)
        };
        self.want(empty)?;
        told.await;
        Ok(())
    }

    /// What has arrived, if anything has: of each source in its turn. A closed stream is at its end.
    fn take(&self) -> Option<Arrival> {
        loop {
            let mut state = self.news.state();
            if state.open.is_empty() {
                return Some(Arrival::End);
            }
            let place = state.ready.pop_front()?;
            drop(state);
            let ahead = &self.sources[place].ahead;
            let Some(brought) = ahead.take() else { continue };
            let mut state = self.news.state();
            if brought.as_ref().is_ok_and(StreamBatch::is_end) {
                state.open.remove(&place);
                continue;
            }
            if brought.as_ref().is_err_and(|error| error.kind() == ErrorKind::StreamDecode) {
                // It stands for an event. All events before it were handed out.
                self.cursors.pass(place, ahead.last_id().as_deref());
            }
            if ahead.has_arrived() {
                state.ready.push_back(place);
            } else {
                state.empty.push(place);
            }
            // Nobody would want more of this one while others bring enough.
            let empty = if state.ready.is_empty() || brought.is_err() {
                Vec::new()
            } else {
                mem::take(&mut state.empty)
            };
            drop(state);
            let brought = self.want(empty).and(brought);
            return Some(Arrival::Batch { place, brought });
        }
    }

    fn want(&self, places: Vec<usize>) -> Result<(), Error> {
        let background = background()?;
        for place in places {
            self.sources[place].ahead.want(|task| background.begin(task));
        }
        Ok(())
    }

    fn close(&self) {
        self.news.state().open.clear();
        for source in &self.sources {
            source.ahead.close();
        }
        self.news.told.notify_waiters();
    }
}

impl NativeStream {
    /// One stream, or several with their names.
    pub(crate) fn new(
        operation: &'static Operation,
        streams: Vec<(Option<Arc<str>>, EventStream)>,
        key: Option<KeySlot>,
    ) -> Self {
        Self { shared: Arc::new(Shared::new(streams)), operation, key, pid: std::process::id() }
    }

    fn here(&self, py: Python<'_>) -> PyResult<Arc<Shared>> {
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

    /// Waits for what comes next: the events, if there are any, and a list of what happened to the connection. At the end
    /// there is neither.
    fn next_batch(&self, py: Python<'_>) -> PyResult<Brought> {
        guarded(py, || {
            loop {
                let shared = self.here(py)?;
                if let Some(brought) = self.take(py)? {
                    return Ok(brought);
                }
                wait(py, async move { shared.arrival().await })?;
            }
        })
    }

    /// The API key for what the streams send from now on.
    fn use_key(&self, py: Python<'_>, key: &str) -> PyResult<()> {
        guarded(py, || {
            let key = ApiKey::new(key).map_err(|error| exception(py, &error))?;
            self.key.iter().for_each(|slot| slot.set(key.clone()));
            Ok(())
        })
    }

    /// The id to resume with after the last event that was handed out.
    #[getter]
    fn last_event_id(&self) -> Option<String> {
        self.shared.cursors.latest()
    }

    /// The same for each of several streams that were opened as one.
    #[getter]
    fn last_event_ids(&self) -> BTreeMap<String, String> {
        self.shared.cursors.by_source()
    }

    /// The same to be awaited.
    fn next_batch_async(stream: Py<Self>) -> NextBatch {
        NextBatch { stream, waiting: Mutex::new(None) }
    }

    /// Closes the connection; whoever waits is told that the stream is at its end.
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
            // The connection is the parent's: closing it here would take it from the parent's reactor.
            mem::forget(self.shared.clone());
        }
    }
}

impl NativeStream {
    /// What has arrived, if anything has.
    fn take(&self, py: Python<'_>) -> PyResult<Option<Brought>> {
        self.shared.take().map(|arrival| self.brought(py, arrival)).transpose()
    }

    /// An asyncio future of the moment when there is something to take.
    fn arrival<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let shared = self.here(py)?;
        bridge::future(py, None, move |_post| async move {
            let arrived = run(shared.arrival()).await;
            Box::new(move |py: Python<'_>| {
                arrived.map_err(|error| exception(py, &error))?;
                Ok(py.None())
            }) as bridge::Outcome
        })
    }

    fn brought(&self, py: Python<'_>, arrival: Arrival) -> PyResult<Brought> {
        let notices = PyList::empty(py);
        let Arrival::Batch { place, brought } = arrival else { return Ok((None, notices.unbind())) };
        let brought = brought.map_err(|error| {
            // A fault of our own tells where it happened, and not what it was about.
            let source =
                self.shared.sources[place].name.as_deref().filter(|_| error.kind() != ErrorKind::Internal);
            exception_in(py, &error, source)
        })?;
        for notice in &brought.notices {
            notices.append(to_python(py, &fields(*notice))?)?;
        }
        if brought.events.is_empty() {
            return Ok((None, notices.unbind()));
        }
        let ty = if let Answer::Stream(ty) = self.operation.answer { ty } else { &Type::Any };
        let events = EventBatch::new(ty, self.shared.cursors.clone(), place, brought.events);
        Ok((Some(Py::new(py, events)?), notices.unbind()))
    }
}

/// What a task awaits: the events are taken when the task goes on, and not before.
#[pyclass(frozen, module = "bimpe._native")]
pub(crate) struct NextBatch {
    stream: Py<NativeStream>,
    /// The steps of the future that the task waits for.
    waiting: Mutex<Option<Py<PyAny>>>,
}

#[pymethods]
impl NextBatch {
    fn __await__(this: Py<Self>) -> Py<Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        guarded(py, || {
            let stream = self.stream.get();
            loop {
                let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some(waiting) = waiting {
                    match waiting.call_method0(py, "__next__") {
                        Err(over) if over.is_instance_of::<PyStopIteration>(py) => {}
                        step => {
                            *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(waiting);
                            return step;
                        }
                    }
                }
                stream.here(py)?;
                if let Some(brought) = stream.take(py)? {
                    return Err(PyStopIteration::new_err((brought,)));
                }
                let steps = stream.arrival(py)?.call_method0("__await__")?.unbind();
                *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(steps);
            }
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.stream)?;
        // Locked only for moments in which nothing is collected; to see too little is safe.
        if let Ok(waiting) = self.waiting.try_lock() {
            visit.call(&*waiting)?;
        }
        Ok(())
    }

    fn __clear__(&self) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(waiting);
    }
}

/// The events, and what happened to the connection.
type Brought = (Option<Py<EventBatch>>, Py<PyList>);

/// A notice as the fields of a record in a log.
fn fields(notice: StreamNotice) -> Value {
    match notice {
        StreamNotice::Reconnecting { reason, status, wait } => {
            json!({ "event": "stream.reconnecting", "reason": reason, "status": status, "wait": wait.as_secs_f64() })
        }
        _ => json!({ "event": "stream.opened" }),
    }
}
