//! Fuzzes a stream of events. The first byte of the input is the position of the cut between two chunks.

#![no_main]

#[path = "../../crates/bimpe/tests/invariants/sse.rs"]
mod sse;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((cut, input)) = input.split_first() else { return };
    sse::agree(input, &[usize::from(*cut)]);
});
