//! `NativeStream`: events in batches, so that the boundary is crossed once for all that have arrived.

use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bimpe::ApiKey;
use bimpe::Error;
use bimpe::engine::{EventStream, KeySlot, StreamEvent};
use bimpe::schema::{Answer, Operation, Type};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::{BoxStream, SelectAll, unfold};
use pyo3::prelude::*;
use pyo3::types::PyList;
use tokio::sync::{Mutex, Notify};

use crate::outcome::{exception, exception_in, forked_stream, guarded};
use crate::runtime::runtime;
use crate::waiting::{run, wait};
use crate::{bridge, decode};

/// A stream of events. It belongs to the process that opened it.
#[pyclass(frozen, module = "bimpe._native")]
pub(crate) struct NativeStream {
    shared: Arc<Shared>,
    operation: &'static Operation,
    /// Where the streams find their key, if the client has none.
    key: Option<KeySlot>,
    pid: u32,
}

struct Shared {
    sources: Mutex<SelectAll<BoxStream<'static, Batch>>>,
    closed: AtomicBool,
    closing: Notify,
}

/// What came of one source, and its name if there are several.
struct Batch {
    source: Option<Arc<str>>,
    events: Result<Vec<StreamEvent>, Error>,
}

impl Shared {
    /// The events that come next; `None` at the end, or once the stream is closed.
    async fn next_batch(&self) -> Result<Option<Batch>, Error> {
        let closing = self.closing.notified();
        if self.closed.load(Ordering::Acquire) {
            return Ok(None);
        }
        let next = async { self.sources.lock().await.next().await };
        match select(pin!(next), pin!(closing)).await {
            Either::Left((batch, _)) => Ok(batch),
            Either::Right(((), _)) => Ok(None),
        }
    }
}

/// The batches of one stream until it ends.
fn batches(source: Option<Arc<str>>, stream: EventStream) -> BoxStream<'static, Batch> {
    unfold((source, stream), |(source, mut stream)| async move {
        let events = stream.next_batch().await;
        if events.as_ref().is_ok_and(Vec::is_empty) {
            return None;
        }
        Some((Batch { source: source.clone(), events }, (source, stream)))
    })
    .boxed()
}

impl NativeStream {
    /// One stream, or several with their names.
    pub(crate) fn new(
        operation: &'static Operation,
        streams: Vec<(Option<Arc<str>>, EventStream)>,
        key: Option<KeySlot>,
    ) -> Self {
        let sources = streams.into_iter().map(|(source, stream)| batches(source, stream));
        let shared = Shared {
            sources: Mutex::new(sources.collect()),
            closed: AtomicBool::new(false),
            closing: Notify::new(),
        };
        Self { shared: Arc::new(shared), operation, key, pid: std::process::id() }
    }

    fn here(&self, py: Python<'_>) -> PyResult<Arc<Shared>> {
        if self.pid == std::process::id() { Ok(self.shared.clone()) } else { Err(forked_stream(py)) }
    }
}

#[pymethods]
impl NativeStream {
    /// Waits for events: a list of `(id, event, source)`, empty at the end.
    fn next_batch(&self, py: Python<'_>) -> PyResult<Py<PyList>> {
        guarded(py, || {
            let shared = self.here(py)?;
            let batch = wait(py, async move { shared.next_batch().await })?;
            events(py, self.operation, batch.as_ref())
        })
    }

    /// The API key for what the streams send from now on.
    fn use_key(&self, py: Python<'_>, key: &str) -> PyResult<()> {
        guarded(py, || {
            let key = ApiKey::new(key).map_err(|error| exception(py, &error))?;
            if let Some(slot) = &self.key {
                slot.set(key);
            }
            Ok(())
        })
    }

    /// The same as an asyncio future.
    fn next_batch_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        guarded(py, || {
            let (shared, operation) = (self.here(py)?, self.operation);
            bridge::future(py, None, move |_post| async move {
                let batch = run(shared.next_batch()).await;
                Box::new(move |py: Python<'_>| {
                    let batch = batch.map_err(|error| exception(py, &error))?;
                    events(py, operation, batch.as_ref()).map(Py::into_any)
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
            runtime.spawn(async move { shared.sources.lock().await.clear() });
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

fn events(py: Python<'_>, operation: &'static Operation, batch: Option<&Batch>) -> PyResult<Py<PyList>> {
    let ty = if let Answer::Stream(ty) = operation.answer { ty } else { &Type::Any };
    let list = PyList::empty(py);
    if let Some(Batch { source, events }) = batch {
        let source = source.as_deref();
        for event in events.as_ref().map_err(|error| exception_in(py, error, source))? {
            list.append((event.id.as_deref(), decode::event(py, &event.data, ty), source))?;
        }
    }
    Ok(list.unbind())
}
