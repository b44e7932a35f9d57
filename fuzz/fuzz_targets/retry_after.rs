//! Fuzzes the headers `Retry-After` and `Date`. A line feed separates them in the input.

#![no_main]

#[path = "../../crates/bimpe/tests/invariants/block_on.rs"]
mod block_on;
#[allow(dead_code, reason = "the property tests use the rest")]
#[path = "../../crates/bimpe/tests/invariants/retry_after.rs"]
mod retry_after;
#[allow(dead_code, reason = "the other targets use the rest")]
#[path = "../../crates/bimpe/tests/invariants/wire.rs"]
mod wire;

thread_local! {
    static WIRE: wire::Wire = wire::Wire::new(|builder| builder);
}

libfuzzer_sys::fuzz_target!(|input: &str| {
    let (text, date) = input.split_once('\n').map_or((input, None), |(text, date)| (text, Some(date)));
    WIRE.with(|wire| retry_after::is_kept(wire, 503, text, date, retry_after::Asked::Something));
});
