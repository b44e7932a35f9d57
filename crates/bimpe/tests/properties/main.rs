//! Laws that hold for every input, tried with many. Few in an ordinary run, a million where figures are recorded.

mod cases;
mod headers;
mod ids;
#[path = "../invariants/mod.rs"]
mod invariants;
mod json;
mod lists;
mod malformed_items;
mod responses;
mod retry_after;
mod retry_timing;
mod settings;
mod sse;
