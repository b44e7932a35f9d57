//! What must hold for every input. The property tests try these laws with inputs that they make, the fuzzer with
//! inputs that it finds.

pub(crate) mod block_on;
pub(crate) mod ids;
pub(crate) mod responses;
pub(crate) mod retry_after;
pub(crate) mod sse;
pub(crate) mod wire;
