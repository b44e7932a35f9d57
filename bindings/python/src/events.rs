//! Base classes of Python streams, which deliver received events without running Python code for each.
//!
//! Without a received event, they call `_more`, a method of their Python subclasses, which waits for the next batch.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bimpe::engine::StreamEvents;
use bimpe::schema::Type;
use bimpe_runtime::lock;
use pyo3::exceptions::{PyStopAsyncIteration, PyStopIteration};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::cursors::Cursors;
use crate::decode::{self, StringCache};
use crate::errors::catch_panic;

/// Events that were received together. They are decoded when they are delivered.
#[pyclass(frozen, module = "bimpe._native")]
pub(crate) struct EventBatch(Mutex<Option<EventChunk>>);

struct EventChunk {
    ty: &'static Type,
    /// Cursors of the stream, and the index of the events' source.
    cursors: Arc<Cursors>,
    source: usize,
    events: Arc<StreamEvents>,
    /// Number of delivered events.
    taken: usize,
}

impl EventBatch {
    pub(crate) fn new(ty: &'static Type, cursors: Arc<Cursors>, source: usize, events: StreamEvents) -> Self {
        Self(Mutex::new(Some(EventChunk { ty, cursors, source, events: Arc::new(events), taken: 0 })))
    }
}

/// Received events.
#[pyclass(frozen, subclass, module = "bimpe._native")]
#[derive(Default)]
pub(crate) struct Events(Mutex<State>);

#[derive(Default)]
struct State {
    ready: VecDeque<EventChunk>,
    /// Strings of earlier events. Absent while an event is decoded.
    cache: Option<Box<StringCache>>,
}

/// The position of an event in its chunk.
struct EventIndex {
    ty: &'static Type,
    events: Arc<StreamEvents>,
    at: usize,
}

impl State {
    /// Returns the position of the next event, and counts it as delivered.
    fn pop(&mut self) -> Option<EventIndex> {
        loop {
            let chunk = self.ready.front_mut()?;
            let at = chunk.taken;
            let Some(event) = chunk.events.get(at) else {
                self.ready.pop_front();
                continue;
            };
            chunk.taken += 1;
            chunk.cursors.pass(chunk.source, event.id);
            return Some(EventIndex { ty: chunk.ty, events: chunk.events.clone(), at });
        }
    }
}

impl Events {
    /// Returns the next received event, if there is one.
    fn take<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        // Unlock before Python code can run.
        let mut state = lock(&self.0);
        let EventIndex { ty, events, at } = state.pop()?;
        let mut cache = state.cache.take().unwrap_or_else(|| Box::new(StringCache::of_many()));
        drop(state);
        let event = events.get(at).map(|event| decode::event(py, event.data, ty, &mut cache));
        lock(&self.0).cache = Some(cache);
        event
    }
}

#[pymethods]
impl Events {
    fn _add(&self, batch: &EventBatch) {
        let chunk = lock(&batch.0).take();
        lock(&self.0).ready.extend(chunk);
    }

    fn _clear(&self) {
        lock(&self.0).ready.clear();
    }

    #[classmethod]
    fn __class_getitem__(class: &Bound<'_, PyType>, _item: &Bound<'_, PyAny>) -> Py<PyType> {
        class.clone().unbind()
    }
}

/// Base class of sync streams.
#[pyclass(frozen, subclass, extends = Events, module = "bimpe._native")]
pub(crate) struct SyncEvents;

#[pymethods]
impl SyncEvents {
    #[new]
    #[expect(unused_variables, reason = "the `__init__` of the subclass takes it")]
    fn new(native: &Bound<'_, PyAny>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Events::default()).add_subclass(Self)
    }

    fn __iter__(stream: Py<Self>) -> Py<Self> {
        stream
    }

    fn __next__<'py>(stream: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = stream.py();
        catch_panic(py, || {
            loop {
                if let Some(event) = stream.as_super().get().take(py) {
                    return Ok(Some(event));
                }
                if !stream.call_method0(intern!(py, "_more"))?.is_truthy()? {
                    return Ok(None);
                }
            }
        })
    }
}

/// Base class of async streams.
#[pyclass(frozen, subclass, extends = Events, module = "bimpe._native")]
pub(crate) struct AsyncEvents;

#[pymethods]
impl AsyncEvents {
    #[new]
    #[expect(unused_variables, reason = "the `__init__` of the subclass takes it")]
    fn new(native: &Bound<'_, PyAny>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Events::default()).add_subclass(Self)
    }

    fn __aiter__(stream: Py<Self>) -> Py<Self> {
        stream
    }

    fn __anext__(stream: Py<Self>) -> NextEvent {
        NextEvent { stream, waiting: Mutex::new(None) }
    }
}

/// Awaitable for the next event, usable as a coroutine. The event is taken when the task resumes, so a cancelled task
/// loses none.
#[pyclass(frozen, module = "bimpe._native")]
pub(crate) struct NextEvent {
    stream: Py<AsyncEvents>,
    /// Coroutine of `_more`, while no event is available.
    waiting: Mutex<Option<Py<PyAny>>>,
}

#[pymethods]
impl NextEvent {
    fn __await__(this: Py<Self>) -> Py<Self> {
        this
    }

    fn __iter__(this: Py<Self>) -> Py<Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        catch_panic(py, || {
            let waiting = lock(&self.waiting).take();
            let Some(waiting) = waiting else { return self.begin(py) };
            let waiting = waiting.into_bound(py);
            let step = waiting.call_method1(intern!(py, "send"), (py.None(),));
            self.after(waiting, step)
        })
    }

    fn send<'py>(&self, py: Python<'py>, _value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.__next__(py)
    }

    #[pyo3(signature = (kind, value=None, traceback=None))]
    fn throw<'py>(
        &self,
        kind: Bound<'py, PyAny>,
        value: Option<Bound<'py, PyAny>>,
        traceback: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = kind.py();
        catch_panic(py, || {
            let waiting = lock(&self.waiting).take();
            let Some(waiting) = waiting else {
                return Err(match (kind.cast_into::<PyType>(), value) {
                    (Ok(kind), value) => PyErr::from_type(kind, value.map(Bound::unbind)),
                    (Err(not_a_class), _) => PyErr::from_value(not_a_class.into_inner()),
                });
            };
            let waiting = waiting.into_bound(py);
            let step = match (value, traceback) {
                (None, None) => waiting.call_method1(intern!(py, "throw"), (kind,)),
                (value, traceback) => waiting.call_method1(intern!(py, "throw"), (kind, value, traceback)),
            };
            self.after(waiting, step)
        })
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let waiting = lock(&self.waiting).take();
        waiting.map_or(Ok(()), |waiting| waiting.call_method0(py, intern!(py, "close")).map(drop))
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
        let waiting = lock(&self.waiting).take();
        drop(waiting);
    }
}

impl NextEvent {
    /// Returns the next event as the result of the coroutine, or starts to wait for it.
    fn begin<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let stream = self.stream.bind(py);
        if let Some(event) = stream.as_super().get().take(py) {
            return Err(PyStopIteration::new_err(event.unbind()));
        }
        let waiting = stream.call_method0(intern!(py, "_more"))?;
        let step = waiting.call_method1(intern!(py, "send"), (py.None(),));
        self.after(waiting, step)
    }

    /// Handles the result of one step of the wait.
    fn after<'py>(
        &self,
        waiting: Bound<'py, PyAny>,
        step: PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = waiting.py();
        match step {
            Ok(step) => {
                *lock(&self.waiting) = Some(waiting.unbind());
                Ok(step)
            }
            Err(over) if over.is_instance_of::<PyStopIteration>(py) => {
                if over.value(py).getattr(intern!(py, "value"))?.is_truthy()? {
                    self.begin(py)
                } else {
                    Err(PyStopAsyncIteration::new_err(()))
                }
            }
            Err(error) => Err(error),
        }
    }
}
