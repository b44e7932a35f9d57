//! `NativeClient`: sends requests, sync and async. It knows no single endpoint.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bimpe::engine::{OperationRequest, Response, SharedApiKey};
use bimpe::{Client, Error, RequestOptions};
use bimpe_runtime::{Settings, lock};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::blocking_wait::{CallUpdate, PendingCall, run};
use crate::contention::WaitGuard;
use crate::errors::{catch_panic, exception};
use crate::options::Request;
use crate::runtime::PerProcess;
use crate::runtime_pool::{self, RetryEvents};
use crate::settings::{build_client, read_settings};
use crate::stream::NativeStream;
use crate::{asyncio_bridge, decode, model_registry, options, retry_events};

/// A client of the engine. Safe to share between threads, event loops and forked processes.
#[pyclass(frozen, module = "bimpe._native")]
pub(crate) struct NativeClient {
    shared: Arc<Shared>,
}

/// An engine client per process, and its settings.
struct Shared {
    settings: Arc<Settings>,
    /// The parent of a derived client, and the options that differ.
    origin: Option<(Arc<Shared>, RequestOptions)>,
    client: PerProcess<Client>,
    closed: AtomicBool,
}

impl Shared {
    fn new(settings: Arc<Settings>, origin: Option<(Arc<Self>, RequestOptions)>) -> Result<Self, Error> {
        let shared = Self { settings, origin, client: PerProcess::new(), closed: AtomicBool::new(false) };
        shared.client()?;
        Ok(shared)
    }

    fn client(&self) -> Result<&Client, Error> {
        let client = self.client.get_or_make(|| match &self.origin {
            None => build_client(&self.settings),
            Some((origin, options)) => origin.client()?.with_options(options),
        })?;
        // The client of a forked child is new, so closing has to be repeated on it.
        if self.closed.load(Ordering::Acquire) {
            client.close();
        }
        Ok(client)
    }
}

impl NativeClient {
    fn call(&self, py: Python<'_>, request: &Request<'_>) -> Result<(Client, OperationRequest), Error> {
        let call = request.call()?;
        model_registry::prepare(py, call.operation)?;
        Ok((self.shared.client()?.clone(), call))
    }

    fn start(&self, py: Python<'_>, request: Request<'_>) -> PyResult<Pending> {
        let begin = || {
            let (client, mut call) = self.call(py, &request)?;
            PendingCall::begin(|sender| {
                if request.on_retry.is_some() {
                    let sender = sender.clone();
                    retry_events::observe(&mut call, move |retry| sender.send(CallUpdate::Retry(retry)));
                }
                client.execute(call)
            })
        };
        let waiting = begin().map_err(|error| exception(py, &error))?;
        Ok(Pending { waiting, is_raw: request.is_raw, on_retry: request.on_retry })
    }
}

/// A request in flight.
struct Pending {
    waiting: PendingCall<Response>,
    is_raw: bool,
    on_retry: Option<Py<PyAny>>,
}

impl Pending {
    fn finish(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let response = self.waiting.finish(py, self.on_retry.as_ref())?;
        decode::response(py, &response, self.is_raw).map(Bound::unbind)
    }
}

/// A request in flight. Dropping it ends the request.
#[pyclass(frozen, module = "bimpe._native")]
pub(crate) struct NativePending(Mutex<Option<Pending>>);

#[pymethods]
impl NativePending {
    /// Waits for the result, which is given once.
    fn result(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        // Not in one statement: the lock must not be held while this waits.
        let pending = lock(&self.0).take();
        catch_panic(py, || match pending {
            Some(pending) => pending.finish(py),
            None => Err(exception(py, &Error::user("the result was fetched already"))),
        })
    }

    /// Ends the request.
    fn cancel(&self) {
        let pending = lock(&self.0).take();
        drop(pending);
    }
}

#[pymethods]
impl NativeClient {
    #[new]
    #[pyo3(signature = (**settings))]
    fn new(py: Python<'_>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        catch_panic(py, || {
            let build = || -> Result<Self, Error> {
                let settings = settings.map_or_else(|| Ok(Settings::default()), read_settings)?;
                Ok(Self { shared: Arc::new(Shared::new(Arc::new(settings), None)?) })
            };
            build().map_err(|error| exception(py, &error))
        })
    }

    /// Returns a client with other defaults over the same connections. Closing it leaves this client open.
    fn with_options(&self, py: Python<'_>, options: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let derive = || {
            let origin = Some((self.shared.clone(), options::options(options)?));
            Ok(Self { shared: Arc::new(Shared::new(self.shared.settings.clone(), origin)?) })
        };
        derive().map_err(|error| exception(py, &error))
    }

    /// Returns the HTTP method and the path template of an operation.
    #[staticmethod]
    fn route(py: Python<'_>, operation: &str) -> PyResult<(&'static str, &'static str)> {
        let call = OperationRequest::new(operation).map_err(|error| exception(py, &error))?;
        Ok((call.operation.method.as_str(), call.operation.path))
    }

    /// Returns the URL of a request without its secrets: `query` has only names.
    fn redacted_url(
        &self,
        py: Python<'_>,
        operation: &str,
        path: &Bound<'_, PyTuple>,
        query: Vec<String>,
    ) -> PyResult<String> {
        let url = || {
            let mut call = options::call(operation, path)?;
            call.query = query.into_iter().map(|name| (name, true.into())).collect();
            Ok(self.shared.client()?.redacted_url(&call))
        };
        url().map_err(|error| exception(py, &error))
    }

    /// Sends a request and waits for the result.
    fn send(&self, py: Python<'_>, request: Request<'_>) -> PyResult<Py<PyAny>> {
        catch_panic(py, || {
            let guard = WaitGuard::join().map_err(|error| exception(py, &error))?;
            if guard.is_contended() {
                return self.start(py, request)?.finish(py);
            }
            let (client, mut call) = self.call(py, &request).map_err(|error| exception(py, &error))?;
            let events = RetryEvents::default();
            let hook = request.on_retry.as_ref().map(|hook| (hook, &events));
            if hook.is_some() {
                let events = events.clone();
                retry_events::observe(&mut call, move |retry| events.push(retry));
            }
            let response = runtime_pool::block_on_request(py, &client, hook, |client| async move {
                client.execute(call).await
            })?;
            decode::response(py, &response, request.is_raw).map(Bound::unbind)
        })
    }

    /// Sends a request and returns at once. `NativePending.result` waits for the response.
    fn begin(&self, py: Python<'_>, request: Request<'_>) -> PyResult<NativePending> {
        catch_panic(py, || Ok(NativePending(Mutex::new(Some(self.start(py, request)?)))))
    }

    /// Sends a request and returns an asyncio future of the result.
    fn send_async<'py>(&self, py: Python<'py>, request: Request<'py>) -> PyResult<Bound<'py, PyAny>> {
        catch_panic(py, || {
            let (client, mut call) = self.call(py, &request).map_err(|error| exception(py, &error))?;
            let Request { is_raw, on_retry, .. } = request;
            let is_watched = on_retry.is_some();
            asyncio_bridge::future(py, on_retry, move |sender| {
                if is_watched {
                    retry_events::observe(&mut call, move |retry| sender.notify_retry(retry));
                }
                async move {
                    let outcome = run(client.execute(call)).await;
                    Box::new(move |py: Python<'_>| {
                        let response = outcome.map_err(|error| exception(py, &error))?;
                        decode::response(py, &response, is_raw).map(Bound::unbind)
                    }) as asyncio_bridge::Outcome
                }
            })
        })
    }

    /// Returns a stream of events, which connects when its first event is requested. Several streams, each with its ids and
    /// options, are merged into one.
    fn stream(
        &self,
        py: Python<'_>,
        operation: &str,
        streams: Vec<(Bound<'_, PyTuple>, Bound<'_, PyDict>)>,
        is_named: bool,
    ) -> PyResult<NativeStream> {
        catch_panic(py, || {
            let key = self.shared.settings.api_key_per_request.then(SharedApiKey::default);
            let open = |client: &Client, path: Bound<'_, PyTuple>, options: Bound<'_, PyDict>| {
                let call = options::call(operation, &path)?;
                let source = call.path.last().filter(|_id| is_named).map(|id| id.as_str().into());
                let mut stream = client.stream(call.operation, call.path, options::stream(&options)?)?;
                if let Some(key) = &key {
                    stream.use_key(key.clone());
                }
                Ok((source, stream))
            };
            let all = || {
                let client = self.shared.client()?;
                let streams = streams.into_iter().map(|(path, options)| open(client, path, options));
                let streams = streams.collect::<Result<_, Error>>()?;
                let operation = OperationRequest::new(operation)?.operation;
                model_registry::prepare(py, operation)?;
                Ok(NativeStream::new(operation, streams, key.clone()))
            };
            all().map_err(|error| exception(py, &error))
        })
    }

    /// Returns the base URL.
    fn base_url(&self, py: Python<'_>) -> PyResult<String> {
        let client = self.shared.client().map_err(|error| exception(py, &error))?;
        Ok(client.base_url().to_owned())
    }

    /// Ends requests in flight and refuses new ones, those of derived clients included.
    fn close(&self) {
        self.shared.closed.store(true, Ordering::Release);
        if let Some(client) = self.shared.client.get() {
            client.close();
        }
    }
}
