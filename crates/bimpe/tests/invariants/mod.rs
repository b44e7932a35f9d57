//! Invariants for every input. The property tests check them with generated inputs, the fuzzer with
//! inputs that it finds.

pub(crate) mod block_on;
pub(crate) mod ids;
pub(crate) mod responses;
pub(crate) mod retry_after;
pub(crate) mod sse;
pub(crate) mod wire;
