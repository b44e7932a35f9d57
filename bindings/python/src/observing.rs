//! Calls hooks and loggers. Their exceptions never change the outcome of a request.

use pyo3::call::PyCallArgs;
use pyo3::exceptions::{PyKeyboardInterrupt, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// Calls an observer. Its exceptions go to `sys.unraisablehook`, except `KeyboardInterrupt` and `SystemExit`, which end the
/// program.
pub(crate) fn notify<'py>(
    observer: &Bound<'py, PyAny>,
    arguments: impl PyCallArgs<'py>,
    keywords: Option<&Bound<'py, PyDict>>,
) -> PyResult<()> {
    let py = observer.py();
    match observer.call(arguments, keywords) {
        Err(raised)
            if !raised.is_instance_of::<PyKeyboardInterrupt>(py)
                && !raised.is_instance_of::<PySystemExit>(py) =>
        {
            raised.write_unraisable(py, Some(observer));
            Ok(())
        }
        outcome => outcome.map(drop),
    }
}

/// `notify` for Python code.
#[pyfunction]
#[pyo3(name = "notify", signature = (observer, /, *arguments, **keywords))]
pub(crate) fn notify_from_python<'py>(
    observer: &Bound<'py, PyAny>,
    arguments: &Bound<'py, PyTuple>,
    keywords: Option<&Bound<'py, PyDict>>,
) -> PyResult<()> {
    notify(observer, arguments, keywords)
}
