//! Fuzzes the body of a response. The first two bytes of the input determine the status.

#![no_main]

#[path = "../../crates/bimpe/tests/invariants/responses.rs"]
mod responses;
#[path = "../../crates/bimpe/tests/invariants/block_on.rs"]
mod block_on;
#[allow(dead_code, reason = "the other targets use the rest")]
#[path = "../../crates/bimpe/tests/invariants/wire.rs"]
mod wire;

thread_local! {
    static WIRE: wire::Wire = wire::Wire::new(|builder| builder);
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((status, body)) = input.split_first_chunk::<2>() else { return };
    let status = match status[0] {
        // Half of the responses have status 200.
        0..128 => 200,
        _ => 200 + u16::from_le_bytes(*status) % 400,
    };
    WIRE.with(|wire| responses::end_well(wire, status, "application/json", body));
});
