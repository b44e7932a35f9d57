//! How many cases are tried, and where the figures go.

use std::cell::Cell;

use bimpe_fault_server::results;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

/// The share of the cases that an ordinary run tries.
const ORDINARY: u32 = 500;

/// Checks an invariant with this number of cases, or a small part of them in an ordinary run, and records that none broke it.
pub(crate) fn try_all<S: Strategy>(promise: u64, what: &str, cases: u32, inputs: &S, law: impl Fn(S::Value)) {
    let cases = if results::is_full_run() { cases } else { (cases / ORDINARY).max(100) };
    // Regressions become separate tests, with a name.
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let tried = Cell::new(0_u64);
    let outcome = TestRunner::new(config).run(inputs, |input| {
        tried.set(tried.get() + 1);
        law(input);
        Ok(())
    });
    let violations = u8::from(outcome.is_err());
    results::record(
        promise,
        what,
        tried.get(),
        &json!({"violations": violations}),
        &json!({"violations": 0}),
    );
    if let Err(failure) = outcome {
        panic!("{what}: {failure}");
    }
}
