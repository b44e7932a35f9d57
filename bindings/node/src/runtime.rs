//! The runtime of the process: one thread, which no call of this library keeps busy. More would only wake each other.

use napi::bindgen_prelude::create_custom_tokio_runtime;
use napi_derive::module_init;
use tokio::runtime::Builder;

#[module_init]
fn start() {
    let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("bimpe").enable_all().build();
    // Without threads for it, napi tries again with a runtime of its own, and says what is wrong.
    if let Ok(runtime) = runtime {
        create_custom_tokio_runtime(runtime);
    }
}
