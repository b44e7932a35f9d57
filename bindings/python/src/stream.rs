//! `NativeStream`: events in batches, so that the boundary is crossed once for all that have arrived.

use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bimpe::Error;
use bimpe::engine::{EventStream, StreamEvent};
use bimpe::schema::{Answer, Operation, Type};
use futures_util::future::{Either, select};
use pyo3::prelude::*;
use pyo3::types::PyList;
use tokio::sync::{Mutex, Notify};

use crate::client::{run, wait};
use crate::outcome::{exception, forked_stream, guarded};
use crate::runtime::runtime;
use crate::{bridge, decode};

/// A stream of events. It belongs to the process that opened it.
#[pyclass(frozen, module = "bimpe._native")]
pub(crate) struct NativeStream {
    shared: Arc<Shared>,
    operation: &'static Operation,
    pid: u32,
}

struct Shared {
    stream: Mutex<EventStream>,
    closed: AtomicBool,
    closing: Notify,
}

impl Shared {
    /// The events that come next; none at the end, or once the stream is closed.
    async fn next_batch(&self) -> Result<Vec<StreamEvent>, Error> {
        let closing = self.closing.notified();
        if self.closed.load(Ordering::Acquire) {
            return Ok(Vec::new());
        }
        let next = async { self.stream.lock().await.next_batch().await };
        match select(pin!(next), pin!(closing)).await {
            Either::Left((batch, _)) => batch,
            Either::Right(((), _)) => Ok(Vec::new()),
        }
    }
}

impl NativeStream {
    pub(crate) fn new(stream: EventStream) -> Self {
        let operation = stream.operation();
        let shared =
            Shared { stream: Mutex::new(stream), closed: AtomicBool::new(false), closing: Notify::new() };
        Self { shared: Arc::new(shared), operation, pid: std::process::id() }
    }

    fn here(&self, py: Python<'_>) -> PyResult<Arc<Shared>> {
        if self.pid == std::process::id() { Ok(self.shared.clone()) } else { Err(forked_stream(py)) }
    }
}

#[pymethods]
impl NativeStream {
    /// Waits for events: a list of `(id, event)`, empty at the end.
    fn next_batch(&self, py: Python<'_>) -> PyResult<Py<PyList>> {
        guarded(py, || {
            let shared = self.here(py)?;
            let batch = wait(py, async move { shared.next_batch().await })?;
            events(py, self.operation, &batch)
        })
    }

    /// The same as an asyncio future.
    fn next_batch_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        guarded(py, || {
            let (shared, operation) = (self.here(py)?, self.operation);
            bridge::future(py, async move {
                let batch = run(shared.next_batch()).await;
                Box::new(move |py: Python<'_>| {
                    let batch = batch.map_err(|error| exception(py, &error))?;
                    events(py, operation, &batch).map(Py::into_any)
                }) as bridge::Outcome
            })
        })
    }

    /// Closes the connection; whoever waits is told that the stream is at its end.
    fn close(&self) {
        if self.pid != std::process::id() || self.shared.closed.swap(true, Ordering::AcqRel) {
            return;
        }
        self.shared.closing.notify_waiters();
        if let Ok(runtime) = runtime() {
            let shared = self.shared.clone();
            runtime.spawn(async move { shared.stream.lock().await.close() });
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

fn events(py: Python<'_>, operation: &'static Operation, batch: &[StreamEvent]) -> PyResult<Py<PyList>> {
    let ty = if let Answer::Stream(ty) = operation.answer { ty } else { &Type::Any };
    let list = PyList::empty(py);
    for event in batch {
        list.append((event.id.as_deref(), decode::event(py, &event.data, ty)))?;
    }
    Ok(list.unbind())
}
