//! Functions that only observe calls: hooks, loggers. What they raise never changes how a call ends.

use pyo3::call::PyCallArgs;
use pyo3::exceptions::{PyKeyboardInterrupt, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// Calls an observer. An exception goes to `sys.unraisablehook`; if that fails too, Python writes to standard error.
/// Only what ends the program is raised: `KeyboardInterrupt` and `SystemExit`.
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

/// The same for the observers that Python code calls.
#[pyfunction]
#[pyo3(name = "notify", signature = (observer, /, *arguments, **keywords))]
pub(crate) fn notify_from_python<'py>(
    observer: &Bound<'py, PyAny>,
    arguments: &Bound<'py, PyTuple>,
    keywords: Option<&Bound<'py, PyDict>>,
) -> PyResult<()> {
    notify(observer, arguments, keywords)
}
