//! Fuzzes the ids of a request. The first byte of the input selects the operation.

#![no_main]

#[path = "../../crates/bimpe/tests/invariants/block_on.rs"]
mod block_on;
#[path = "../../crates/bimpe/tests/invariants/ids.rs"]
mod ids;
#[allow(dead_code, reason = "the other targets use the rest")]
#[path = "../../crates/bimpe/tests/invariants/wire.rs"]
mod wire;

thread_local! {
    static WIRE: wire::Wire = wire::Wire::new(|builder| builder);
}

libfuzzer_sys::fuzz_target!(|input: (u8, [String; 3])| {
    let (number, texts) = input;
    let operation = ids::ENDPOINTS[usize::from(number) % ids::ENDPOINTS.len()];
    WIRE.with(|wire| ids::stay_in_their_places(wire, operation, &texts[..ids::count(operation)]));
});
