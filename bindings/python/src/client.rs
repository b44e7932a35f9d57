//! `NativeClient`: a request, in both colours, and nothing about any one endpoint.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use bimpe::engine::Call;
use bimpe::{CallOptions, Client, Error};
use futures_util::FutureExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::outcome::{exception, guarded, panicked};
use crate::parting::detached;
use crate::runtime::{PerProcess, runtime};
use crate::settings::Settings;
use crate::stream::NativeStream;
use crate::{bridge, decode, options};

/// How long a waiting call leaves a signal such as Ctrl-C unheard.
const SLICE: Duration = Duration::from_millis(50);

/// A client of the engine. Safe to share between threads, event loops and forked processes.
#[pyclass(frozen, module = "bimpe._native")]
pub(crate) struct NativeClient {
    shared: Arc<Shared>,
    defaults: CallOptions,
}

/// What a client and those derived from it have in common.
struct Shared {
    settings: Settings,
    client: PerProcess<Client>,
    closed: AtomicBool,
}

impl Shared {
    fn client(&self) -> Result<&Client, Error> {
        self.client.get_or_make(|| {
            let client = self.settings.connect()?;
            if self.closed.load(Ordering::Acquire) {
                client.close();
            }
            Ok(client)
        })
    }
}

type Arguments<'a, 'py> = (
    &'a str,
    &'a Bound<'py, PyTuple>,
    Option<&'a Bound<'py, PyAny>>,
    Option<&'a Bound<'py, PyAny>>,
    &'a Bound<'py, PyTuple>,
    Option<String>,
);

impl NativeClient {
    fn call(&self, arguments: Arguments<'_, '_>) -> Result<(Client, Call), Error> {
        let (operation, path, query, body, given, cursor) = arguments;
        let options = options::options(given, &self.defaults)?;
        let call = options::call(operation, path, query, body, options, cursor)?;
        Ok((self.shared.client()?.clone(), call))
    }
}

#[pymethods]
impl NativeClient {
    #[new]
    #[pyo3(signature = (**settings))]
    fn new(py: Python<'_>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        guarded(py, || {
            let build = || -> Result<Self, Error> {
                let settings = settings.map_or_else(|| Ok(Settings::default()), Settings::new)?;
                let shared = Shared { settings, client: PerProcess::new(), closed: AtomicBool::new(false) };
                shared.client()?;
                Ok(Self { shared: Arc::new(shared), defaults: CallOptions::default() })
            };
            build().map_err(|error| exception(py, &error))
        })
    }

    /// A client with other defaults over the same connections.
    fn with_options(&self, py: Python<'_>, options: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let defaults = options::options(options, &self.defaults).map_err(|error| exception(py, &error))?;
        Ok(Self { shared: self.shared.clone(), defaults })
    }

    /// Sends a request and waits for the result.
    #[expect(clippy::too_many_arguments, reason = "the whole boundary, once")]
    fn request(
        &self,
        py: Python<'_>,
        operation: &str,
        path: &Bound<'_, PyTuple>,
        query: Option<&Bound<'_, PyAny>>,
        body: Option<&Bound<'_, PyAny>>,
        options: &Bound<'_, PyTuple>,
        cursor: Option<String>,
        raw: bool,
    ) -> PyResult<Py<PyAny>> {
        guarded(py, || {
            let (client, call) = self
                .call((operation, path, query, body, options, cursor))
                .map_err(|error| exception(py, &error))?;
            let response = wait(py, client.execute(call))?;
            decode::response(py, &response, raw).map(Bound::unbind)
        })
    }

    /// Sends a request; returns an asyncio future of the result.
    #[expect(clippy::too_many_arguments, reason = "the whole boundary, once")]
    fn request_async<'py>(
        &self,
        py: Python<'py>,
        operation: &str,
        path: &Bound<'py, PyTuple>,
        query: Option<&Bound<'py, PyAny>>,
        body: Option<&Bound<'py, PyAny>>,
        options: &Bound<'py, PyTuple>,
        cursor: Option<String>,
        raw: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        guarded(py, || {
            let (client, call) = self
                .call((operation, path, query, body, options, cursor))
                .map_err(|error| exception(py, &error))?;
            bridge::future(py, async move {
                let outcome = run(client.execute(call)).await;
                Box::new(move |py: Python<'_>| {
                    let response = outcome.map_err(|error| exception(py, &error))?;
                    decode::response(py, &response, raw).map(Bound::unbind)
                }) as bridge::Outcome
            })
        })
    }

    /// A stream of events, which opens when it is first asked for one.
    fn stream(
        &self,
        py: Python<'_>,
        operation: &str,
        path: &Bound<'_, PyTuple>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<NativeStream> {
        guarded(py, || {
            let open = || {
                let call = options::call(operation, path, None, None, CallOptions::default(), None)?;
                let options = options::stream(options)?;
                self.shared.client()?.with_options(&self.defaults).stream(call.operation, call.path, options)
            };
            open().map(NativeStream::new).map_err(|error| exception(py, &error))
        })
    }

    /// Where requests go.
    fn base_url(&self, py: Python<'_>) -> PyResult<String> {
        let client = self.shared.client().map_err(|error| exception(py, &error))?;
        Ok(client.base_url().to_owned())
    }

    /// Ends calls in flight and refuses new ones.
    fn close(&self) {
        self.shared.closed.store(true, Ordering::Release);
        if let Some(client) = self.shared.client.get() {
            client.close();
        }
    }
}

/// Does the work on the runtime's threads. The caller waits with the GIL released, and looks for signals
/// between slices; Ctrl-C drops the work.
pub(crate) fn wait<T: Send + 'static>(
    py: Python<'_>,
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> PyResult<T> {
    let (sender, mut inbox) = sync_channel(1);
    let runtime = runtime().map_err(|error| exception(py, &error))?;
    let task = runtime.spawn(async move {
        // The receiver is gone only if the caller was interrupted.
        let _ = sender.send(run(work).await);
    });
    loop {
        let (back, outcome) = detached(py, move || {
            let outcome = inbox.recv_timeout(SLICE);
            (inbox, outcome)
        });
        inbox = back;
        match outcome {
            Ok(outcome) => return outcome.map_err(|error| exception(py, &error)),
            Err(RecvTimeoutError::Disconnected) => return Err(exception(py, &panicked())),
            Err(RecvTimeoutError::Timeout) => py.check_signals().inspect_err(|_interrupt| task.abort())?,
        }
    }
}

/// The work, with a panic of the engine as an error.
pub(crate) async fn run<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_panic| Err(panicked()))
}
