//! What a Python stream is made of: the events that are ready are handed out without a step of Python code for each.
//!
//! The bases know nothing of connections. When nothing is ready they call `_more`, a method of their Python subclasses,
//! which waits for the next batch and says whether there is one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bimpe::engine::StreamEvents;
use bimpe::schema::Type;
use pyo3::exceptions::{PyStopAsyncIteration, PyStopIteration};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::cursors::Cursors;
use crate::decode::{self, Memory};
use crate::outcome::guarded;

/// Events that have arrived together. They become Python objects when they are handed out.
#[pyclass(frozen, module = "bimpe._native")]
pub(crate) struct EventBatch(Mutex<Option<Arrived>>);

struct Arrived {
    ty: &'static Type,
    /// The cursors of the stream, and the place of these events' source.
    cursors: Arc<Cursors>,
    source: usize,
    events: Arc<StreamEvents>,
    /// How many of them were handed out.
    taken: usize,
}

impl EventBatch {
    pub(crate) fn new(ty: &'static Type, cursors: Arc<Cursors>, source: usize, events: StreamEvents) -> Self {
        Self(Mutex::new(Some(Arrived { ty, cursors, source, events: Arc::new(events), taken: 0 })))
    }
}

/// The events that are ready.
#[pyclass(frozen, subclass, module = "bimpe._native")]
#[derive(Default)]
pub(crate) struct Events(Mutex<State>);

#[derive(Default)]
struct State {
    ready: VecDeque<Arrived>,
    /// Events of one stream are much alike. Away while one is made.
    memory: Option<Box<Memory>>,
}

/// An event among those that arrived with it.
struct Place {
    ty: &'static Type,
    events: Arc<StreamEvents>,
    at: usize,
}

impl State {
    /// Where the next event is. It counts as handed out.
    fn pop(&mut self) -> Option<Place> {
        loop {
            let arrived = self.ready.front_mut()?;
            let at = arrived.taken;
            let Some(event) = arrived.events.get(at) else {
                self.ready.pop_front();
                continue;
            };
            arrived.taken += 1;
            arrived.cursors.pass(arrived.source, event.id);
            return Some(Place { ty: arrived.ty, events: arrived.events.clone(), at });
        }
    }
}

impl Events {
    /// The next event, if one is ready.
    fn take<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        // Unlocked before Python code can run.
        let mut state = lock(&self.0);
        let Place { ty, events, at } = state.pop()?;
        let mut memory = state.memory.take().unwrap_or_else(|| Box::new(Memory::of_many()));
        drop(state);
        let event = events.get(at).map(|event| decode::event(py, event.data, ty, &mut memory));
        lock(&self.0).memory = Some(memory);
        event
    }
}

#[pymethods]
impl Events {
    fn _add(&self, batch: &EventBatch) {
        let arrived = lock(&batch.0).take();
        lock(&self.0).ready.extend(arrived);
    }

    fn _clear(&self) {
        lock(&self.0).ready.clear();
    }
}

/// The base of streams that threads iterate over.
#[pyclass(frozen, subclass, extends = Events, module = "bimpe._native")]
pub(crate) struct SyncEvents;

#[pymethods]
impl SyncEvents {
    #[new]
    #[expect(unused_variables, reason = "it is for the `__init__` of the subclass")]
    fn new(native: &Bound<'_, PyAny>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Events::default()).add_subclass(Self)
    }

    #[classmethod]
    fn __class_getitem__(class: &Bound<'_, PyType>, _item: &Bound<'_, PyAny>) -> Py<PyType> {
        class.clone().unbind()
    }

    fn __iter__(stream: Py<Self>) -> Py<Self> {
        stream
    }

    fn __next__<'py>(stream: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = stream.py();
        guarded(py, || {
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

/// The base of streams that tasks iterate over.
#[pyclass(frozen, subclass, extends = Events, module = "bimpe._native")]
pub(crate) struct AsyncEvents;

#[pymethods]
impl AsyncEvents {
    #[new]
    #[expect(unused_variables, reason = "it is for the `__init__` of the subclass")]
    fn new(native: &Bound<'_, PyAny>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Events::default()).add_subclass(Self)
    }

    #[classmethod]
    fn __class_getitem__(class: &Bound<'_, PyType>, _item: &Bound<'_, PyAny>) -> Py<PyType> {
        class.clone().unbind()
    }

    fn __aiter__(stream: Py<Self>) -> Py<Self> {
        stream
    }

    fn __anext__(stream: Py<Self>) -> NextEvent {
        NextEvent { stream, waiting: Mutex::new(None) }
    }
}

/// What a task awaits, and can be run as: a coroutine. The event is taken when the task goes on, and not before, so that a
/// task that is cancelled loses none.
#[pyclass(frozen, module = "bimpe._native")]
pub(crate) struct NextEvent {
    stream: Py<AsyncEvents>,
    /// The coroutine of `_more`, while nothing is ready.
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
        guarded(py, || {
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
        guarded(py, || {
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
    /// The next event, as what a coroutine returns; or the first step of the wait for it.
    fn begin<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let stream = self.stream.bind(py);
        if let Some(event) = stream.as_super().get().take(py) {
            return Err(PyStopIteration::new_err(event.unbind()));
        }
        let waiting = stream.call_method0(intern!(py, "_more"))?;
        let step = waiting.call_method1(intern!(py, "send"), (py.None(),));
        self.after(waiting, step)
    }

    /// What comes after a step of the wait.
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
