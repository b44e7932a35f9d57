//! `bimpe._native`: the Python binding of the engine. It has no code for single endpoints or models: operations are named
//! by id, results are decoded by a type table, and a Python function creates the exceptions.

#![allow(
    unsafe_code,
    reason = "slots.rs fills slots through CPython functions, runtime.rs keeps a pointer, fork.rs registers a handler"
)]

mod asyncio_bridge;
mod blocking_wait;
mod channel;
mod client;
mod contention;
mod cursors;
mod decode;
mod errors;
mod events;
mod fork;
mod json;
mod loop_waker;
mod model_registry;
mod observing;
mod options;
mod retry_events;
mod runtime;
mod runtime_pool;
mod settings;
mod slots;
mod stream;

use pyo3::prelude::*;

/// The native part of bimpe.
// `gil_used`: no code here is known to rely on the GIL, but it was never tested with a thread sanitizer on a free-threaded
// build. Until then, such a build enables its GIL when it loads this module.
#[pymodule(gil_used = true)]
mod _native {
    use pyo3::prelude::*;
    use pyo3::types::PyTuple;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        bimpe_runtime::silence_hook();
        super::fork::register_at_fork();
        // Environment variables that a client reads when it is constructed.
        let names: Vec<_> = bimpe::ENVIRONMENT.iter().chain([&super::settings::CA_VARIABLE]).collect();
        module.add("ENVIRONMENT", PyTuple::new(module.py(), names)?)
    }

    #[pymodule_export]
    use super::asyncio_bridge::{CallTask, CompletionQueue};
    #[pymodule_export]
    use super::client::{NativeClient, NativePending};
    #[pymodule_export]
    use super::decode::build;
    #[pymodule_export]
    use super::errors::register_error;
    #[pymodule_export]
    use super::events::{AsyncEvents, EventBatch, SyncEvents};
    #[pymodule_export]
    use super::model_registry::register_types;
    #[pymodule_export]
    use super::observing::notify_from_python;
    #[pymodule_export]
    use super::stream::NativeStream;

    /// Returns the UUID for a `channel_user_id` of web chat. The same text gives the same UUID.
    #[pyfunction]
    fn webchat_user_id(text: &str) -> String {
        bimpe::webchat_user_id(text)
    }

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "the name that Python reads")]
    const version: &str = bimpe::VERSION;
}
