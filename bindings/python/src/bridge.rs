//! From tokio to asyncio: the result of a task is handed to the event loop that waits for it.
//!
//! The loop's own thread decodes and settles the future, so the runtime's threads hold the GIL for one
//! `call_soon_threadsafe` only. A loop that was closed in the meantime is left alone.

use std::sync::Mutex;

use bimpe::engine::{Call, Response};
use bimpe::{Client, Error};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyCFunction;
use tokio::task::AbortHandle;

use crate::client::run;
use crate::decode;
use crate::outcome::{exception, guarded};
use crate::runtime::runtime;

/// An asyncio future of the call, on the running loop. Cancelling it drops the call.
pub(crate) fn future(py: Python<'_>, client: Client, call: Call, raw: bool) -> PyResult<Bound<'_, PyAny>> {
    let event_loop = running_loop(py)?;
    let future = event_loop.call_method0("create_future")?;
    let runtime = runtime().map_err(|error| exception(py, &error))?;
    let (target, waiting) = (event_loop.unbind(), future.clone().unbind());
    let task = runtime.spawn(async move {
        let outcome = run(client, call).await;
        // Fails only while the interpreter shuts down, when nobody waits any more.
        Python::try_attach(|py| {
            let delivery = Delivery { future: waiting, outcome: Mutex::new(Some(outcome)), raw };
            // Fails only if the loop is closed: nobody waits any more.
            let _ = target.call_method1(py, "call_soon_threadsafe", (delivery,));
            drop(target);
        });
    });
    future.call_method1("add_done_callback", (Cancel(task.abort_handle()),))?;
    Ok(future)
}

fn running_loop(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static GET: PyOnceLock<Py<PyCFunction>> = PyOnceLock::new();
    GET.import(py, "asyncio", "get_running_loop")?.call0()
}

/// What the loop calls when the result is there.
#[pyclass(frozen)]
struct Delivery {
    future: Py<PyAny>,
    outcome: Mutex<Option<Result<Response, Error>>>,
    raw: bool,
}

#[pymethods]
impl Delivery {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let future = self.future.bind(py);
        let outcome = self.outcome.lock().ok().and_then(|mut outcome| outcome.take());
        let Some(outcome) = outcome else { return Ok(()) };
        if future.call_method0("done")?.is_truthy()? {
            return Ok(());
        }
        let result = guarded(py, || {
            let response = outcome.map_err(|error| exception(py, &error))?;
            decode::response(py, &response, self.raw)
        });
        match result {
            Ok(value) => future.call_method1("set_result", (value,))?,
            Err(error) => future.call_method1("set_exception", (error.into_value(py),))?,
        };
        Ok(())
    }
}

/// What the loop calls when the future is settled, whoever settled it.
#[pyclass(frozen)]
struct Cancel(AbortHandle);

#[pymethods]
impl Cancel {
    fn __call__(&self, future: &Bound<'_, PyAny>) -> PyResult<()> {
        if future.call_method0("cancelled")?.is_truthy()? {
            self.0.abort();
        }
        Ok(())
    }
}
