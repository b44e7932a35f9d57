//! `bimpe._native`: the engine as Python sees it. It holds no code for any one endpoint or model: operations
//! are named by their id, results are built from the static type table, errors by a Python factory.

#![allow(
    unsafe_code,
    reason = "decode/raw.rs fills slots through CPython's own functions, runtime.rs keeps a pointer, process.rs counts forks"
)]

mod bell;
mod bridge;
mod client;
mod crowd;
mod cursors;
mod decode;
mod events;
mod inbox;
mod json;
mod observing;
mod options;
mod outcome;
mod process;
mod reactor;
mod registry;
mod retries;
mod runtime;
mod settings;
mod stream;
mod waiting;

use pyo3::prelude::*;

/// The native part of bimpe.
// `gil_used`: nothing here leans on the GIL for safety that we know of, but nobody has run it under a thread
// sanitizer on a free-threaded build yet. Until then such a build keeps its GIL when it loads this module.
#[pymodule(gil_used = true)]
mod _native {
    use pyo3::prelude::*;
    use pyo3::types::PyTuple;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        bimpe::panics::quiet();
        super::process::count_forks();
        // The variables that a client notes when it is constructed.
        let names: Vec<_> = bimpe::ENVIRONMENT.iter().chain([&super::settings::CA_VARIABLE]).collect();
        module.add("ENVIRONMENT", PyTuple::new(module.py(), names)?)
    }

    #[pymodule_export]
    use super::bridge::{CallTask, Mailbox};
    #[pymodule_export]
    use super::client::{NativeClient, NativePending};
    #[pymodule_export]
    use super::events::{AsyncEvents, EventBatch, SyncEvents};
    #[pymodule_export]
    use super::observing::notify_from_python;
    #[pymodule_export]
    use super::outcome::register_error;
    #[pymodule_export]
    use super::registry::{build, register_types};
    #[pymodule_export]
    use super::stream::NativeStream;

    /// A UUID for the `channel_user_id` of web chat, always the same for the same text.
    #[pyfunction]
    fn webchat_user_id(text: &str) -> String {
        bimpe::webchat_user_id(text)
    }

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "the name that Python reads")]
    const version: &str = bimpe::VERSION;
}
