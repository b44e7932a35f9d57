//! Any bytes as a stream of events: the first byte says where they are cut.

#![no_main]

#[path = "../../crates/bimpe/tests/laws/sse.rs"]
mod sse;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((cut, input)) = input.split_first() else { return };
    sse::agree(input, &[usize::from(*cut)]);
});
