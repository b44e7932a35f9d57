//! The engine behind `future_into_py`, as the smallest binding by pyo3-async-runtimes would have it.

use bimpe::engine::OperationRequest;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// A client with one method.
#[pyclass(frozen)]
struct Client(bimpe::Client);

#[pymethods]
impl Client {
    #[new]
    fn new(key: &str, url: &str) -> PyResult<Self> {
        let client = bimpe::Client::builder().api_key(key).base_url(url).build();
        client.map(Self).map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    /// Returns the JSON text of a response without decoding it, which is an advantage for this bridge.
    fn request<'py>(&self, py: Python<'py>, operation: &str, id: String) -> PyResult<Bound<'py, PyAny>> {
        let client = self.0.clone();
        let mut call = OperationRequest::new(operation).map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        call.path.push(id);
        pyo3_async_runtimes::tokio::future_into_py(py, async move {
            let response = client.execute(call).await;
            response.map(|response| response.data().to_owned()).map_err(|error| PyRuntimeError::new_err(error.to_string()))
        })
    }
}

#[pymodule]
fn asyncio_bridge(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Client>()
}
